//! Inputs and outputs that are not what the statement says, or not what they may be. Here the index counts inputs or
//! outputs.

use super::{Broken, Draft, List};
use intaglio_program::lower::Role;
use intaglio_program::ops::Op;
use intaglio_program::program::ValueId;
use intaglio_verifier::Boundary;
use std::collections::BTreeSet;

pub(super) const ATTACKS: List = &[
    ("hidden input above its range", input_above),
    ("hidden input below its range", input_below),
    ("hidden input above its range, in its limbs", limbs_above),
    ("hidden input below its range, in its limbs", limbs_below),
    ("padded cell of a hidden input out of range", padded_input),
    ("another input than the public one", other_input),
    ("padded cell of a public input", padded_public_input),
    ("public output + 1", public_output),
    ("committed copy of an output + 1", committed_output),
    ("committed copy of an output on padding", committed_padding),
];

fn input_name(draft: &Draft<'_>, index: usize) -> String {
    format!("input '{}'", draft.model.program.inputs()[index].name)
}

fn output_name(draft: &Draft<'_>, index: usize) -> String {
    format!("output '{}'", draft.model.program.outputs()[index].name)
}

fn lookups(names: impl IntoIterator<Item = String>) -> Option<Broken> {
    Some(Broken { lookups: names.into_iter().collect(), zerochecks: BTreeSet::new() })
}

fn zerochecks(names: impl IntoIterator<Item = String>) -> Option<Broken> {
    Some(Broken { lookups: BTreeSet::new(), zerochecks: names.into_iter().collect() })
}

/// The lookups that see a distance from the least value: one where the range is a power of two, else one from each end.
fn range(draft: &Draft<'_>, index: usize, distance: i64) -> Option<Broken> {
    let input = &draft.model.program.inputs()[index];
    let (name, max) = (input_name(draft, index), input.hi - input.lo);
    let limit = ((max + 1) as u64).next_power_of_two() as i64;
    let low = (distance < 0 || distance >= limit).then(|| name.clone());
    let two_ends = limit != max + 1;
    let high = (two_ends && (distance > max || distance <= max - limit)).then(|| format!("{name}, other end"));
    lookups(low.into_iter().chain(high))
}

fn is_hidden(draft: &Draft<'_>, index: usize) -> bool {
    !matches!(draft.statement.inputs.get(index), None | Some(Boundary::Public(_)))
}

/// A maximum ranges over differences of its input, so that it breaks as well: there the attack has no place.
fn input_out_of_range(draft: &mut Draft<'_>, index: usize, content: impl Fn(i64, i64) -> i64) -> Option<Broken> {
    let maximum = |op: &Op| matches!(op, Op::MaxPool(_) | Op::ArgMax(_));
    let id = ValueId(index as u32);
    if !is_hidden(draft, index) || super::is_read_by(draft, id, maximum) {
        return None;
    }
    let input = &draft.model.program.inputs()[index];
    let (lo, hi) = (input.lo, input.hi);
    draft.force(id, 0, content(lo, hi));
    range(draft, index, content(lo, hi) - lo)
}

fn input_above(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    input_out_of_range(draft, index, |_, hi| hi + 1)
}

fn input_below(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    input_out_of_range(draft, index, |lo, _| lo - 1)
}

/// As above, but the limbs hold all of it.
fn limbs_out_of_range(draft: &mut Draft<'_>, index: usize, content: impl Fn(i64, i64) -> i64) -> Option<Broken> {
    input_out_of_range(draft, index, &content)?;
    let input = &draft.model.program.inputs()[index];
    let (name, lo, hi) = (input_name(draft, index), input.lo, input.hi);
    let cell = draft.model.program.values()[index].layout.cell_of(0);
    let parts = super::spill(draft, ValueId(index as u32), cell, content(lo, hi), (lo, hi))?;
    lookups(parts.into_iter().map(|part| format!("{name}{part}")))
}

fn limbs_above(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    limbs_out_of_range(draft, index, |_, hi| hi + 1)
}

fn limbs_below(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    limbs_out_of_range(draft, index, |lo, _| lo - 1)
}

fn padded_input(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    let input = draft.model.program.inputs().get(index)?;
    let (lo, hi, count) = (input.lo, input.hi, draft.trace.physical[index].len());
    let true_cells = intaglio_program::tensor::cells(&input.shape);
    if !is_hidden(draft, index) || true_cells == count {
        return None;
    }
    draft.force_cell(ValueId(index as u32), count - 1, hi + 1);
    range(draft, index, hi + 1 - lo)
}

fn other_input(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    let Some(Boundary::Public(stated)) = draft.statement.inputs.get(index) else { return None };
    let input = &draft.model.program.inputs()[index];
    let other = if stated[0] < input.hi { stated[0] + 1 } else { stated[0] - 1 };
    draft.force(ValueId(index as u32), 0, other);
    zerochecks([input_name(draft, index)])
}

fn padded_public_input(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    let Some(Boundary::Public(stated)) = draft.statement.inputs.get(index) else { return None };
    let padded = draft.trace.physical[index].len() - 1;
    (stated.len() <= padded).then_some(())?;
    draft.add(Role::Value(ValueId(index as u32)), padded, 1);
    zerochecks([input_name(draft, index)])
}

fn public_output(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    let Some(Boundary::Public(stated)) = draft.statement.outputs.get_mut(index) else { return None };
    stated[0] += 1;
    zerochecks([output_name(draft, index)])
}

fn committed_output(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    let Some(Boundary::Committed(_)) = draft.statement.outputs.get(index) else { return None };
    draft.add(Role::OutputCopy(index), 0, 1);
    zerochecks([output_name(draft, index)])
}

fn committed_padding(draft: &mut Draft<'_>, index: usize) -> Option<Broken> {
    let Some(Boundary::Committed(_)) = draft.statement.outputs.get(index) else { return None };
    let true_cells = draft.trace.outputs[index].data.len();
    let copy = draft.column(Role::OutputCopy(index))?;
    *copy.get_mut(true_cells)? += 1;
    zerochecks([output_name(draft, index)])
}
