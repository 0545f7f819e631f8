//! Models that are not well-formed: weights out of range or on padding.

use super::model::{Model, WeightEdit};
use super::relations::Broken;
use crate::support::{Numbers, cases, parameters};
use intaglio_program::lower::ParameterLayout;
use intaglio_program::program::{ParameterId, Program};
use intaglio_program::tensor::{IntTensor, cells};
use intaglio_verifier::{CheckedModel, Stage};
use std::collections::BTreeSet;

fn equations(broken: &Broken) -> BTreeSet<String> {
    let root = (!broken.lookups.is_empty()).then_some("lookup root");
    let zerocheck = (!broken.zerochecks.is_empty()).then_some("zerocheck");
    root.into_iter().chain(zerocheck).map(str::to_owned).collect()
}

/// A commitment with one cell changed breaks exactly `expected`, and nobody gets a model from it.
fn refuse(program: &Program, honest: &[IntTensor], edit: WeightEdit, expected: &Broken, title: &str) {
    let model = Model::commit(program, honest.to_vec(), &[edit]);
    assert_eq!(&model.broken, expected, "{title}");
    assert_eq!(model.lookups, expected.lookups, "{title}, self-check");
    assert_eq!(model.equations, equations(expected), "{title}, self-check");
    let refused = CheckedModel::check(&model.commitment).expect_err(title);
    assert_eq!(refused.stage, Stage::Model, "{title}: {refused}");
    assert!(refused.reason.contains("well-formedness proof 0 is refused at"), "{title}: {refused}");
}

fn one(name: String) -> BTreeSet<String> {
    BTreeSet::from([name])
}

#[test]
fn a_weight_out_of_range_or_on_padding_makes_no_model() {
    let (mut ranges, mut paddings) = (0, 0);
    for case in cases() {
        let mut numbers = Numbers::new(11);
        let honest = parameters(&case.program, &mut numbers);
        let control = Model::commit(&case.program, honest.clone(), &[]);
        CheckedModel::check(&control.commitment).expect(case.name);
        assert!(control.broken.is_empty() && control.equations.is_empty(), "{}: the control", case.name);
        for (index, parameter) in case.program.parameters().iter().enumerate() {
            let layout = ParameterLayout::of(&case.program, ParameterId(index as u32));
            let (lo, hi) = parameter.range();
            let name = format!("parameter '{}'[0]", parameter.name);
            let top = (parameter.bits - 1) / case.program.limb_bits() * case.program.limb_bits();
            let out = Broken { lookups: one(format!("{name}, bits {top}..")), zerochecks: BTreeSet::new() };
            for value in [lo - 1, hi + 1, lo - (1 << 20), hi + (1 << 40)] {
                let edit = WeightEdit { parameter: index, cell: layout.cell_of(cells(&parameter.shape) - 1), value };
                refuse(&case.program, &honest, edit, &out, &format!("{}, {name} = {value}", case.name));
                ranges += 1;
            }
            let padded = Broken { lookups: BTreeSet::new(), zerochecks: one(format!("{name}, zero padding")) };
            let true_cells: BTreeSet<usize> = (0..cells(&parameter.shape)).map(|flat| layout.cell_of(flat)).collect();
            for cell in (0..1 << layout.num_vars()).filter(|cell| !true_cells.contains(cell)) {
                let edit = WeightEdit { parameter: index, cell, value: if cell % 2 == 0 { lo } else { 1 } };
                refuse(&case.program, &honest, edit, &padded, &format!("{}, {name}, padded cell {cell}", case.name));
                paddings += 1;
            }
        }
    }
    println!("{ranges} weights out of range, {paddings} on padding");
    assert!(ranges > 0 && paddings > 0);
}
