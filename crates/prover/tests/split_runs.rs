//! Split runs: commit to data A, argue lookups, zerochecks, products and wiring about data B, columns and opening about A
//! again, one cell apart. They stand for what a static audit cannot see: each is refused.

#[expect(dead_code, reason = "no task is proven here")]
mod support;

use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Scalar, generators};
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{Assignment, Cells, blind_rows, commit_cells, insecure_split};
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::system::Origin;
use intaglio_argument::verify::{VerifyError, verify};
use intaglio_program::layout::Layout;
use intaglio_program::lower::{Level, Lowered, ParameterLayout, Visibility, inference};
use intaglio_program::program::ParameterId;
use intaglio_prover::witness;
use std::borrow::Cow;
use std::collections::BTreeMap;
use support::{Case, Numbers, cases, inputs, parameters};

/// Tensors changed in one run of the test, spread over all of them.
const SAMPLED: usize = 12;

/// An honest run of a case.
struct Run {
    plan: Plan,
    groups: Vec<Vec<i64>>,
    publics: Vec<Vec<i64>>,
}

impl Run {
    fn new(case: &Case, (input, output): (Level, Level)) -> Self {
        let mut numbers = Numbers::new(11);
        let (w, x) = (parameters(&case.program, &mut numbers), inputs(&case.program, &mut numbers));
        let visibility = Visibility::uniform(&case.program, input, output);
        let lowered: Lowered = inference(&case.program, &visibility).expect(case.name);
        let plan = Plan::new(lowered.system.clone());
        let runner = witness::Runner::new(&case.program, &w).expect(case.name);
        let trace = runner.run(&x, &visibility.inputs).expect(case.name);
        let mut groups = witness::fill(&runner, &lowered, &plan, &trace).groups;
        groups[0] = vec![0; plan.group_rows()[0] << plan.system().column_vars()];
        for (index, parameter) in w.iter().enumerate() {
            let id = ParameterId(index as u32);
            let own = ParameterLayout::of(&case.program, id).scatter(&parameter.data);
            let place = plan.place(intaglio_argument::system::TensorId(index as u32)).expect("placed");
            groups[0][place.offset..][..own.len()].copy_from_slice(&own);
        }
        let flat = |cells: &[i64], shape: &[usize]| Layout::flat(shape).scatter(cells, 0);
        let shown = lowered.public_inputs.iter().map(|i| flat(&x[*i].data, &x[*i].shape));
        let outputs = lowered.public_outputs.iter().map(|i| {
            let y = &trace.outputs[*i];
            flat(&y.data, &y.shape)
        });
        let publics = shown.chain(outputs).collect();
        Self { plan, groups, publics }
    }

    /// The equations that a run breaks, and the verdict.
    fn split(&self, committed: &[Vec<i64>], argued: &[Vec<i64>]) -> (Vec<String>, Result<(), VerifyError>) {
        let mut blinds: Vec<Vec<Scalar>> = Vec::new();
        let mut imported = Vec::new();
        for (group, cells) in self.plan.system().groups().iter().zip(committed) {
            if group.origin == Origin::Imported {
                let width = 1 << group.width_vars;
                let own = random_scalars(cells.len() / width).expect("randomness");
                let points = commit_cells(&generators::rows(width), &Cells::Small(cells.clone()), width);
                imported.push(ImportedRows::new(blind_rows(&points, &own)));
                blinds.push(own);
            }
        }
        let statement = Statement { context: b"split run", publics: &self.publics, imported: &imported };
        let blinds: Vec<&[Scalar]> = blinds.iter().map(Vec::as_slice).collect();
        let assignment = |groups: &[Vec<i64>]| Assignment {
            groups: groups.iter().map(|g| Cow::Owned(Cells::Small(g.clone()))).collect(),
            inner: BTreeMap::new(),
        };
        let attempt = insecure_split(&self.plan, &statement, assignment(committed), assignment(argued), &blinds)
            .expect("an attempt");
        let verdict = verify(&self.plan, &statement, &attempt.proof.to_bytes());
        (attempt.equations, verdict)
    }
}

#[test]
fn a_run_about_other_cells_than_the_committed_ones_is_refused() {
    let levels =
        [(Level::Private, Level::Public), (Level::Public, Level::Committed), (Level::Committed, Level::Public)];
    let mut made = 0;
    for (index, case) in cases().into_iter().enumerate() {
        let run = Run::new(&case, levels[index % 3]);
        let (broken, verdict) = run.split(&run.groups, &run.groups);
        assert_eq!(broken, Vec::<String>::new(), "{}: the control", case.name);
        assert_eq!(verdict, Ok(()), "{}: the control", case.name);
        // the argument fills multiplicities itself
        let tensors = run.plan.system().tensors();
        let own: Vec<usize> = (0..tensors.len()).filter(|t| !tensors[*t].name.contains(".multiplicity.")).collect();
        for tensor in own.iter().step_by(own.len().div_ceil(SAMPLED)) {
            let place = run.plan.place(intaglio_argument::system::TensorId(*tensor as u32)).expect("placed");
            let cell = place.offset + (index * 7) % (1 << place.num_vars);
            let mut changed = run.groups.clone();
            changed[place.group][cell] += 1;
            let title = format!("{}, '{}', cell {cell}", case.name, tensors[*tensor].name);
            let (broken, verdict) = run.split(&changed, &run.groups);
            assert_eq!(broken, ["columns"], "{title}: other cells committed");
            assert!(matches!(verdict, Err(VerifyError::Closing(_))), "{title}: {verdict:?}");
            made += 1;
        }
    }
    println!("{made} split runs");
    assert!(made >= 40, "a sample of every case");
}
