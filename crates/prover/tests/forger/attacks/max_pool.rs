//! Wrong maxima over windows.

use super::{Broken, Draft, List, of_node};
use intaglio_program::layout::Layout;
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;
use intaglio_program::tensor::cells;

pub(super) const ATTACKS: List = &[
    ("selector on a non-maximum", selector_on_less),
    ("M a non-maximum, its selector set", less_than_maximum),
    ("M above the maximum", above_maximum),
    ("two selectors, one on a non-maximum", two_selectors),
    ("selectors 2 and −1", weighted_selectors),
    ("M = 0 of a clipped window that is all negative", zero_of_a_clipped_window),
    ("padded M + 1", padding),
];

/// A pooled maximum and the elements of each of its windows.
struct Site {
    node: usize,
    id: ValueId,
    layout: Layout,
    /// `(row-major index of the window, its elements, true if it is clipped)`.
    windows: Vec<(usize, Vec<i64>, bool)>,
    /// Greatest difference that the range check lets pass.
    reach: i64,
}

impl Site {
    fn of(draft: &Draft<'_>, node: usize) -> Option<Self> {
        let program = &draft.model.program;
        let made = program.nodes().get(node)?;
        let Op::MaxPool(op) = &made.op else { return None };
        let out = &program.values()[program.output_of(node).0 as usize];
        let shape = &program.values()[made.inputs[0].0 as usize].shape;
        let x = draft.logical(made.inputs[0]);
        let (area, count) = (cells(&shape[2..]), cells(&out.shape[2..]));
        let elements = op.elements(&shape[2..], &out.shape[2..]);
        let taps = op.window.taps(&shape[2..], &out.shape[2..]);
        let window = |flat: usize| {
            let (channel, window) = (flat / count, flat % count);
            let own = elements.iter().map(|e| x[channel * area + e[window].expect("a true cell")]).collect();
            (flat, own, taps.iter().filter(|t| t.out == window).count() < elements.len())
        };
        Some(Self {
            node,
            id: program.output_of(node),
            layout: out.layout.clone(),
            windows: (0..cells(&out.shape)).map(window).collect(),
            reach: out.hi.max(0) - out.lo.min(0),
        })
    }

    /// The selectors of one cell, the virtual last one left out.
    fn select(&self, draft: &mut Draft<'_>, flat: usize, selectors: &[(usize, i64)]) {
        let last = self.windows[flat].1.len() - 1;
        for element in 0..last {
            let content = selectors.iter().filter(|(e, _)| *e == element).map(|(_, s)| s).sum();
            draft.set(Role::Selector { node: self.node, element }, self.layout.cell_of(flat), content);
        }
    }
}

fn best(elements: &[i64]) -> (usize, i64) {
    let greatest = *elements.iter().max().expect("an element");
    (elements.iter().position(|x| *x == greatest).expect("the maximum"), greatest)
}

/// Selectors of a pooled maximum as names.
fn selectors(draft: &Draft<'_>, node: usize, elements: &[usize]) -> Option<Broken> {
    let names: Vec<String> = elements.iter().map(|e| format!("s{e}")).collect();
    of_node(draft, node, &[], &names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn selector_on_less(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let less = |x: &[i64]| (0..x.len()).find(|e| x[*e] < best(x).1);
    let (flat, element) = site.windows.iter().find_map(|(flat, x, _)| Some((*flat, less(x)?)))?;
    site.select(draft, flat, &[(element, 1)]);
    selectors(draft, node, &[element])
}

/// The witness is then consistent but for the elements above.
fn less_than_maximum(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let second = |x: &[i64]| x.iter().copied().filter(|v| *v < best(x).1).max();
    let (flat, x, second) = site.windows.iter().find_map(|(flat, x, _)| Some((*flat, x.clone(), second(x)?)))?;
    draft.force(site.id, flat, second);
    let above: Vec<String> = (0..x.len()).filter(|e| x[*e] > second).map(|e| format!("M − x{e}")).collect();
    of_node(draft, node, &above.iter().map(String::as_str).collect::<Vec<_>>(), &[])
}

fn above_maximum(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let room = |x: &[i64]| x.iter().all(|v| best(x).1 + 1 - v <= site.reach);
    let (flat, x, _) = site.windows.iter().find(|(_, x, _)| room(x))?;
    let (element, greatest) = best(x);
    draft.force(site.id, *flat, greatest + 1);
    site.select(draft, *flat, &[(element, 1)]);
    selectors(draft, node, &[element])
}

/// The last selector is what the others leave: it becomes −1 and breaks with the second.
fn two_selectors(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    weighted(draft, node, (1, 1))
}

/// Here the sum is one and the last selector zero, so that only the wrong one breaks.
fn weighted_selectors(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    weighted(draft, node, (2, -1))
}

fn weighted(draft: &mut Draft<'_>, node: usize, (on_best, on_less): (i64, i64)) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let place = |x: &[i64]| {
        let (last, (element, greatest)) = (x.len() - 1, best(x));
        let less = (0..last).find(|e| x[*e] < greatest)?;
        (element < last && x[last] < greatest).then_some((element, less, last))
    };
    let (flat, (element, less, last)) = site.windows.iter().find_map(|(flat, x, _)| Some((*flat, place(x)?)))?;
    site.select(draft, flat, &[(element, on_best), (less, on_less)]);
    let sum_is_one = on_best + on_less == 1;
    let broken = if sum_is_one { vec![less] } else { vec![less, last] };
    selectors(draft, node, &broken)
}

/// As if cells outside the tensor were zeros.
fn zero_of_a_clipped_window(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (flat, x, _) = site.windows.iter().find(|(_, x, clipped)| *clipped && best(x).1 < 0)?;
    draft.force(site.id, *flat, 0);
    site.select(draft, *flat, &[(0, 1)]);
    assert!(x[0] < 0, "no element is zero");
    selectors(draft, node, &[0])
}

/// Padded cells read zeros, and the virtual last selector is set.
fn padding(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (elements, honest) = (site.windows.first()?.1.len(), draft.column(Role::Value(site.id))?.to_vec());
    let cell =
        (0..honest.len()).find(|cell| (0..site.layout.cells()).all(|flat| site.layout.cell_of(flat) != *cell))?;
    let own: Vec<i64> = (0..elements - 1)
        .map(|element| draft.column(Role::Selector { node, element }).expect("a selector")[cell])
        .collect();
    draft.add(Role::Value(site.id), cell, 1);
    let selected = own.iter().position(|s| *s == 1).unwrap_or(elements - 1);
    selectors(draft, node, &[selected])
}
