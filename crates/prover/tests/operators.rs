//! Every operator: the fast witness is the integer meaning, and its proof verifies under every visibility.

mod support;

use intaglio_program::interpret;
use intaglio_program::lower::Level;
use intaglio_program::program::{Parts, Program, ValueId};
use intaglio_prover::witness::Runner;
use intaglio_prover::{Silent, commit, prove};
use intaglio_verifier::{Boundary, CheckedModel, Policy, Request, Stage, verify};
use support::{Numbers, cases, inputs, parameters, task};

#[test]
fn the_fast_witness_is_the_integer_meaning() {
    for case in cases() {
        for seed in 0..5 {
            let mut numbers = Numbers::new(seed);
            let (w, x) = (parameters(&case.program, &mut numbers), inputs(&case.program, &mut numbers));
            let slow = interpret::run(&case.program, &x, &w).expect(case.name);
            let runner = Runner::new(&case.program, &w).expect(case.name);
            let fast = runner.run(&x, &vec![Level::Private; x.len()]).expect(case.name);
            for (output, own) in case.program.outputs().iter().zip(&fast.outputs) {
                assert_eq!(&slow.values[output.value.0 as usize], own, "{}, seed {seed}", case.name);
            }
            let counts: Vec<_> = fast.saturated.iter().map(|s| (s.node, s.cells)).collect();
            assert_eq!(slow.saturated, counts, "{}, seed {seed}", case.name);
        }
    }
}

#[test]
fn a_proof_of_every_operator_verifies_and_of_another_output_does_not() {
    let levels =
        [(Level::Private, Level::Public), (Level::Public, Level::Private), (Level::Committed, Level::Committed)];
    for case in cases() {
        let mut numbers = Numbers::new(7);
        let w = parameters(&case.program, &mut numbers);
        let (secret, commitment) =
            commit(case.program.clone(), w, &Silent).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let model = CheckedModel::check(&commitment).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        for (input, output) in levels {
            let task = task(&case.program, inputs(&case.program, &mut numbers), input, output);
            let made = prove(&secret, task, &Silent).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            let verified = verify(&made.evidence, &model, Request::default(), Policy::default());
            let verified = verified.unwrap_or_else(|e| panic!("{}, {input:?}, {output:?}: {e}", case.name));
            if output == Level::Public {
                assert_eq!(verified.statement().outputs, vec![Boundary::Public(made.outputs[0].data.clone())]);
                let mut forged = intaglio_verifier::Evidence::from_bytes(&made.evidence).expect("ours");
                if let Boundary::Public(cells) = &mut forged.statement.outputs[0] {
                    cells[0] += 1;
                }
                let refused = verify(&forged.to_bytes(), &model, Request::default(), Policy::default());
                assert_eq!(refused.expect_err(case.name).stage, Stage::Closing, "{}", case.name);
            }
        }
    }
}

#[test]
fn threads_change_neither_verdict_nor_size() {
    let case = cases().into_iter().find(|c| c.name == "small cnn").expect("such a case");
    let mut numbers = Numbers::new(7);
    let (secret, commitment) =
        commit(case.program.clone(), parameters(&case.program, &mut numbers), &Silent).expect("a model");
    let x = inputs(&case.program, &mut numbers);
    let pools = [1, 2, 5].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads"));
    let made = pools.each_ref().map(|pool| {
        let task = task(&case.program, x.clone(), Level::Private, Level::Public);
        pool.install(|| prove(&secret, task, &Silent)).expect("a true statement")
    });
    for pool in &pools {
        let verdict = |evidence: &[u8]| {
            pool.install(|| {
                let model = CheckedModel::check(&commitment).expect("a model");
                verify(evidence, &model, Request::default(), Policy::default())
            })
        };
        for one in &made {
            assert_eq!((&one.outputs, one.evidence.len()), (&made[0].outputs, made[0].evidence.len()));
            assert!(verdict(&one.evidence).is_ok());
            let mut wrong = one.evidence.clone();
            // the lowest bit of the last scalar
            let at = wrong.len() - 32;
            wrong[at] ^= 1;
            assert_eq!(verdict(&wrong).expect_err("wrong").stage, Stage::Closing);
        }
    }
}

/// What a decoder must refuse, or one meaning has several identities.
#[test]
fn surplus_parts_are_refused() {
    let case = cases().into_iter().find(|c| c.name.starts_with("function table")).expect("a case");
    let parts = case.program.parts();
    let reason = |parts: Parts| Program::new(parts).expect_err("refused").to_string();
    let mut surplus = parts.clone();
    surplus.nodes[0].inputs.push(ValueId(0));
    assert!(reason(surplus).contains("more values"));
    let mut unread = parts.clone();
    unread.tables.push(unread.tables[0].clone());
    assert!(reason(unread).contains("no node reads it"));
    let mut wide = parts.clone();
    let long = (1 << 24) + 1;
    wide.inputs[0].shape = vec![1, long];
    (wide.inputs[0].lo, wide.inputs[0].hi, wide.parameters[0].bits) = (0, 1, 2);
    wide.parameters[0].shape = vec![3, long];
    assert!(reason(wide).contains("padding"));
    assert!(Program::new(parts.clone()).is_ok());
}
