//! Wrong indices of maxima.

use super::{Broken, Draft, List, of_node};
use intaglio_program::layout::Layout;
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;

pub(super) const ATTACKS: List = &[
    ("index + 1", index_alone),
    ("selector on an earlier non-maximum", earlier),
    ("selector on a later non-maximum", later),
    ("the second of two maxima", second_tie),
    ("both of two maxima", both_ties),
    ("selectors 2 and −1 on two maxima", weighted_ties),
    ("no selector", none),
    ("selector on the padding of a row", padded_cell),
    ("row maximum above", maximum_above),
    ("row maximum below", maximum_below),
    ("selector in a padded row", padded_row),
    ("index of a padded row", padded_index),
];

/// An argmax and its rows.
struct Site {
    node: usize,
    id: ValueId,
    rows: Layout,
    domain: Layout,
    values: Vec<Vec<i64>>,
    reach: i64,
}

impl Site {
    fn of(draft: &Draft<'_>, node: usize) -> Option<Self> {
        let program = &draft.model.program;
        let made = program.nodes().get(node)?;
        let Op::ArgMax(op) = &made.op else { return None };
        let input = &program.values()[made.inputs[0].0 as usize];
        let n = input.shape[op.axis];
        let rows = Layout::separate(&op.rows(&input.shape));
        let x = draft.logical(made.inputs[0]);
        let values = (0..rows.cells()).map(|row| (0..n).map(|i| x[op.cell(&input.shape, row, i)]).collect()).collect();
        let domain = Layout::new(rows.axes().iter().copied().chain([n]).collect());
        Some(Self { node, id: program.output_of(node), rows, domain, values, reach: input.hi - input.lo })
    }

    fn len(&self) -> usize {
        self.values[0].len()
    }

    /// Physical cell of an element.
    fn cell(&self, row: usize, i: usize) -> usize {
        self.domain.cell_of(row * self.len() + i)
    }

    /// Sets the selectors of a row, and the index that they add up to, in column and statement.
    fn select(&self, draft: &mut Draft<'_>, row: usize, selectors: &[(usize, i64)]) {
        let index: i64 = selectors.iter().map(|(i, s)| *i as i64 * s).sum();
        draft.force(self.id, row, index);
        for i in 0..self.len() {
            draft.set(Role::RowSelectors(self.node), self.cell(row, i), 0);
        }
        for (i, s) in selectors {
            draft.set(Role::RowSelectors(self.node), self.cell(row, *i), *s);
        }
    }

    /// Rows with the first maximum, its index first.
    fn each(&self) -> impl Iterator<Item = (usize, usize, &[i64])> {
        self.values.iter().enumerate().map(|(row, x)| {
            let greatest = x.iter().max().expect("a cell");
            (row, x.iter().position(|v| v == greatest).expect("the maximum"), x.as_slice())
        })
    }

    fn ties(&self) -> Option<(usize, usize, usize)> {
        self.each().find_map(|(row, first, x)| {
            let second = (first + 1..x.len()).find(|i| x[*i] == x[first])?;
            Some((row, first, second))
        })
    }
}

fn index_alone(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (row, first, _) = site.each().next()?;
    draft.force(site.id, row, first as i64 + 1);
    of_node(draft, node, &[], &["index"])
}

fn earlier(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (row, _, _) = site.each().find(|(_, first, _)| *first > 0)?;
    site.select(draft, row, &[(0, 1)]);
    of_node(draft, node, &[], &["selected"])
}

/// A cell before the selected one must be strictly smaller: the lookup sees that as well.
fn later(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let place = |first: usize, x: &[i64]| (first + 1..x.len()).find(|i| x[*i] < x[first]);
    let (row, other) = site.each().find_map(|(row, first, x)| Some((row, place(first, x)?)))?;
    site.select(draft, row, &[(other, 1)]);
    of_node(draft, node, &["u"], &["selected"])
}

fn second_tie(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (row, _, second) = site.ties()?;
    site.select(draft, row, &[(second, 1)]);
    of_node(draft, node, &["u"], &[])
}

fn both_ties(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (row, first, second) = site.ties()?;
    site.select(draft, row, &[(first, 1), (second, 1)]);
    of_node(draft, node, &["u"], &["one selected"])
}

/// Everything but Booleanity holds: without it the index `2i − j` would pass.
fn weighted_ties(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (row, first, second) = site.ties()?;
    // a cell between the two gains one, which must not exceed the range
    let room = (first..second).all(|i| site.values[row][first] - site.values[row][i] < site.reach);
    site.select(draft, row, &[(first, 2), (second, -1)]);
    room.then(|| of_node(draft, node, &[], &["Boolean"]))?
}

fn none(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    site.select(draft, 0, &[]);
    of_node(draft, node, &[], &["one selected"])
}

/// The padded class: no true cell is chosen, the index is 0.
fn padded_cell(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let n = site.len();
    let (row, _, _) = site.each().find(|(_, first, _)| *first > 0)?;
    (!n.is_power_of_two()).then_some(())?;
    site.select(draft, row, &[]);
    // the axis lies lowest, so that its padding follows its last true cell
    draft.set(Role::RowSelectors(node), site.cell(row, n - 1) + 1, 1);
    of_node(draft, node, &[], &["selected"])
}

fn maximum_above(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let (row, _, _) = site.each().find(|(_, first, x)| x.iter().all(|v| x[*first] + 1 - v <= site.reach))?;
    draft.add(Role::RowMaximum(node), site.rows.cell_of(row), 1);
    of_node(draft, node, &[], &["selected"])
}

fn maximum_below(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    draft.add(Role::RowMaximum(node), site.rows.cell_of(0), -1);
    of_node(draft, node, &["u"], &["selected"])
}

/// The row after the last true one.
fn padded_row(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let axis = *site.rows.axes().last()?;
    (site.rows.axes().len() == 1 && !axis.is_power_of_two()).then_some(())?;
    let row = site.rows.cell_of(axis - 1) + 1;
    let width = site.domain.num_vars() - site.rows.num_vars();
    draft.set(Role::RowSelectors(node), row << width, 1);
    of_node(draft, node, &[], &["selected", "one selected"])
}

fn padded_index(draft: &mut Draft<'_>, node: usize) -> Option<Broken> {
    let site = Site::of(draft, node)?;
    let axis = *site.rows.axes().last()?;
    (site.rows.axes().len() == 1 && !axis.is_power_of_two()).then_some(())?;
    draft.set(Role::Value(site.id), site.rows.cell_of(axis - 1) + 1, 1);
    of_node(draft, node, &[], &["index"])
}
