//! Wrong witnesses: each breaks exactly the relations that it is meant to, and none verifies.
//!
//! Three judges look at every one. The oracle of `forger/relations.rs` names the broken relations by definition, the
//! argument's self-check names lookups and equations, the verifier refuses the proof at its closing equation.

mod forger;
mod support;

use forger::attacks::{self, Attack};
use forger::model::Model;
use forger::relations::Broken;
use forger::{Attempt, Draft, programs};
use intaglio_argument::prove::ProveError;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::ops::Op;
use intaglio_program::program::{Overflow, Parts, Program};
use intaglio_program::tensor::IntTensor;
use intaglio_prover::witness::Runner;
use intaglio_prover::{Silent, commit, prove};
use intaglio_verifier::{CheckedModel, Evidence, Policy, Request, Stage, verify};
use std::collections::{BTreeMap, BTreeSet};
use support::{Case, Numbers, cases, inputs, parameters, task};

const LEVELS: [(Level, Level); 3] =
    [(Level::Private, Level::Public), (Level::Public, Level::Committed), (Level::Committed, Level::Private)];

fn judge(model: &CheckedModel, attempt: &Attempt) -> Result<(), Stage> {
    verify(&attempt.evidence, model, Request::default(), Policy::default()).map(|_| ()).map_err(|r| r.stage)
}

/// The equations of the argument that a wrong witness reaches.
fn equations(broken: &Broken) -> BTreeSet<String> {
    let root = (!broken.lookups.is_empty()).then_some("lookup root");
    let zerocheck = (!broken.zerochecks.is_empty()).then_some("zerocheck");
    root.into_iter().chain(zerocheck).map(str::to_owned).collect()
}

/// Runs one attack at one place; true if the program has that place.
fn forge(honest: &Draft<'_>, model: &CheckedModel, attack: &Attack, index: usize, title: &str) -> bool {
    let mut draft = honest.clone();
    let Some(expected) = (attack.forge)(&mut draft, index) else { return false };
    let title = format!("{title}, {index}: {}", attack.name);
    assert!((&draft.groups, &draft.statement) != (&honest.groups, &honest.statement), "{title}: nothing was changed");
    assert!(!expected.is_empty(), "{title}: nothing is expected to break");
    assert_eq!(draft.broken(), expected, "{title}");
    match draft.prove() {
        Err(ProveError::Unsatisfied { equations: found, lookups, zerochecks }) => {
            assert_eq!(zerochecks.into_iter().collect::<BTreeSet<_>>(), expected.zerochecks, "{title}, self-check");
            assert_eq!(lookups.into_iter().collect::<BTreeSet<_>>(), expected.lookups, "{title}, self-check");
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), equations(&expected), "{title}, self-check");
        }
        other => panic!("{title}: the self-check says {other:?}"),
    }
    assert_eq!(judge(model, &draft.attempt()), Err(Stage::Closing), "{title}");
    true
}

/// Runs every attack at every place of a program.
fn forge_all(case: &Case, model: &Model, numbers: &mut Numbers, made: &mut BTreeMap<&'static str, usize>) {
    let checked = CheckedModel::check(&model.commitment).expect(case.name);
    let places = case.program.nodes().len().max(case.program.inputs().len()).max(case.program.outputs().len());
    for (input, output) in LEVELS {
        let title = format!("{}, {input:?} to {output:?}", case.name);
        let visibility = Visibility::uniform(&case.program, input, output);
        let honest = Draft::new(model, &inputs(&case.program, numbers), &visibility);
        assert_eq!(honest.broken(), Broken::default(), "{title}: the control");
        assert!(honest.prove().is_ok(), "{title}: the control");
        assert_eq!(judge(&checked, &honest.attempt()), Ok(()), "{title}: the control");
        for attack in attacks::all() {
            let count = (0..places).filter(|index| forge(&honest, &checked, &attack, *index, &title)).count();
            *made.entry(attack.name).or_default() += count;
        }
    }
}

#[test]
fn every_wrong_witness_is_named_and_refused() {
    let mut made = BTreeMap::new();
    for seed in 0..2 {
        let mut numbers = Numbers::new(seed);
        for case in cases() {
            let model = Model::commit(&case.program, parameters(&case.program, &mut numbers), &[]);
            forge_all(&case, &model, &mut numbers, &mut made);
        }
        for case in programs::cases() {
            let model = Model::commit(&case.program, programs::parameters(&case.program, &mut numbers), &[]);
            forge_all(&case, &model, &mut numbers, &mut made);
        }
    }
    println!("{} forgeries: {made:#?}", made.values().sum::<usize>());
    let idle: Vec<_> = made.iter().filter(|(_, count)| **count == 0).collect();
    assert!(idle.is_empty(), "attacks without a place: {idle:?}");
}

/// The forger is the prover but for its freedom: on honest cells both make the same claims in as many bytes.
#[test]
fn the_forger_on_honest_cells_is_the_prover() {
    for case in cases() {
        let mut numbers = Numbers::new(2);
        let (weights, x) = (parameters(&case.program, &mut numbers), inputs(&case.program, &mut numbers));
        let (secret, _) = commit(case.program.clone(), weights.clone(), &Silent).expect(case.name);
        let model = Model::commit(&case.program, weights, &[]);
        for (input, output) in LEVELS {
            let made = prove(&secret, task(&case.program, x.clone(), input, output), &Silent).expect(case.name);
            let draft = Draft::new(&model, &x, &Visibility::uniform(&case.program, input, output));
            let forged = draft.attempt().evidence;
            assert_eq!(forged.len(), made.evidence.len(), "{}", case.name);
            let (own, shipped) = (Evidence::from_bytes(&forged), Evidence::from_bytes(&made.evidence));
            let (own, shipped) = (own.expect("own").statement, shipped.expect("shipped").statement);
            assert_eq!(own.visibility(), shipped.visibility(), "{}", case.name);
            assert_eq!(draft.trace.outputs, made.outputs, "{}", case.name);
        }
    }
}

#[test]
fn a_public_input_without_zero_is_proven() {
    let case = programs::cases().into_iter().find(|c| c.program.inputs()[0].lo > 0).expect("such a case");
    let mut numbers = Numbers::new(0);
    let (secret, _) =
        commit(case.program.clone(), programs::parameters(&case.program, &mut numbers), &Silent).expect("a model");
    let task = task(&case.program, inputs(&case.program, &mut numbers), Level::Public, Level::Public);
    prove(&secret, task, &Silent).expect("a true statement");
}

/// The run of a program that saturates, told as that of one that refuses: all that stops it is the zerocheck on true
/// cells. Padded cells saturate in the honest control as well.
#[test]
fn a_saturated_cell_is_refused_where_overflow_is() {
    let case = cases().into_iter().find(|c| c.program.overflow() == Overflow::Refuse).expect("such a case");
    let mut parts = case.program.parts().clone();
    let Op::Requantise(kept) = &mut parts.nodes[1].op else { panic!("the case has changed") };
    kept.lo = 501;
    let program = Program::new(parts.clone()).expect("a program");
    let saturating = Program::new(Parts { overflow: Overflow::Saturate, ..parts }).expect("a program");
    let model = Model::commit(&program, vec![], &[]);
    let checked = CheckedModel::check(&model.commitment).expect("a model");
    let visibility = Visibility::uniform(&program, Level::Private, Level::Public);
    for (least, expected) in [(101, Ok(())), (100, Err(Stage::Closing))] {
        let x = IntTensor { shape: vec![1, 6], data: vec![least, 101, 102, 110, 120, 127] };
        let runner = Runner::new(&saturating, &[]).expect("no parameters");
        let trace = runner.run(std::slice::from_ref(&x), &visibility.inputs).expect("a run");
        let draft = Draft::of_run(&model, &[x], &visibility, trace);
        let zerochecks = expected.err().map(|_| "1:q, in range".to_owned()).into_iter().collect();
        assert_eq!(draft.broken(), Broken { lookups: BTreeSet::new(), zerochecks });
        assert_eq!(judge(&checked, &draft.attempt()), expected);
    }
}
