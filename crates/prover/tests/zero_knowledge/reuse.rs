//! No pad, mask or blind is used twice: recomputed by the true witness and compared over many proofs, across retries,
//! threads and restored secrets. (Forks are a test of the Python package.)

use crate::positions::{raw, recovered};
use crate::tiny::{Tiny, Witness, program};
use intaglio_argument::mutants::Oracle;
use intaglio_argument::proof::Proof;
use intaglio_argument::prove::{Assignment, Cells, ProveError, Silent, prove as prove_argument};
use intaglio_argument::statement::ImportedRows;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::tensor::IntTensor;
use intaglio_prover::{Audience, Cancelled, CommittedTensor, Observer, ProverError, Secret, Task, commit, prove};
use intaglio_verifier::{Commitment, Evidence};
use std::borrow::Cow;
use std::collections::HashMap;
use std::thread;

const INPUT: [i64; 2] = [2, 2];

fn weights() -> Vec<IntTensor> {
    vec![IntTensor { shape: vec![2, 2], data: vec![1, -1, 2, 1] }]
}

fn task(tiny: &Tiny) -> Task {
    Task {
        inputs: vec![IntTensor { shape: vec![1, 2], data: INPUT.to_vec() }],
        visibility: tiny.visibility.clone(),
        audience: Audience::default(),
        reuse: vec![None],
    }
}

/// Stops at the given call.
struct StopAt(&'static str);

impl Observer for StopAt {
    fn reached(&self, stage: &str, _done: f64) -> Result<(), Cancelled> {
        if stage == self.0 { Err(Cancelled) } else { Ok(()) }
    }
}

/// All proofs of one secret, and what they were made with.
struct Ledger<'a> {
    tiny: &'a Tiny,
    rows: ImportedRows,
    witness: Witness,
    /// Where each value was first drawn.
    drawn: HashMap<u64, String>,
    twice: Vec<String>,
}

impl Ledger<'_> {
    fn enter(&mut self, name: &str, id: [u8; 32], proof: &Proof) {
        let stated = self.tiny.state(id, &self.rows, &self.witness.output);
        let found = self.tiny.recover(&stated, &self.witness, proof, Oracle::Honest);
        let points = raw(proof).into_iter().filter(|(position, _)| position.starts_with("point"));
        for (position, value) in recovered("the witness", &found).into_iter().chain(points) {
            let here = format!("{name}, {position}");
            if let Some(before) = self.drawn.insert(value, here.clone()) {
                self.twice.push(format!("{before}; {here}"));
            }
        }
    }
}

fn proof_in(tiny: &Tiny, evidence: &[u8]) -> Proof {
    let evidence = Evidence::from_bytes(evidence).expect("ours");
    Proof::from_bytes(&evidence.proof, tiny.plan.shape()).expect("ours")
}

#[test]
fn nothing_drawn_for_one_proof_is_drawn_again() {
    let tiny = Tiny::new();
    let (secret, commitment) = commit(program(), weights(), &Silent).expect("a model");
    let rows = ImportedRows::new(Commitment::from_bytes(&commitment).expect("ours").rows);
    let witness = tiny.witness(&secret.parameters(), &INPUT);
    let mut ledger = Ledger { tiny: &tiny, rows, witness, drawn: HashMap::new(), twice: vec![] };
    let make = |secret: &Secret| prove(secret, task(&tiny), &Silent).expect("a proof").evidence;

    for i in 0..50 {
        ledger.enter(&format!("proof {i}"), *secret.id(), &proof_in(&tiny, &make(&secret)));
    }
    // retries: stopped at each stage, and made again
    for stage in ["run", "commit", "argue", "lookups", "columns", "close", "done"] {
        let stopped = prove(&secret, task(&tiny), &StopAt(stage));
        assert!(matches!(stopped, Err(ProverError::Cancelled)), "{stage}");
        ledger.enter(&format!("after a stop at {stage}"), *secret.id(), &proof_in(&tiny, &make(&secret)));
    }
    // threads at the same time on one secret
    let made: Vec<Vec<u8>> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..10).map(|_| make(&secret)).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|t| t.join().expect("a thread")).collect()
    });
    for (i, evidence) in made.iter().enumerate() {
        ledger.enter(&format!("thread proof {i}"), *secret.id(), &proof_in(&tiny, evidence));
    }
    // two restored copies of one file, as after a snapshot
    let file = secret.to_bytes(None).expect("a file");
    for copy in 0..2 {
        let restored = Secret::from_bytes(&file, None).expect("ours");
        for i in 0..10 {
            ledger.enter(&format!("copy {copy}, proof {i}"), *secret.id(), &proof_in(&tiny, &make(&restored)));
        }
    }
    assert_eq!(ledger.twice, Vec::<String>::new());
    assert!(ledger.drawn.len() > 100 * tiny.plan.shape().slots);

    // control: one proof entered twice is found at every position
    let proof = proof_in(&tiny, &make(&secret));
    ledger.enter("control", *secret.id(), &proof);
    assert!(ledger.twice.is_empty());
    ledger.enter("control again", *secret.id(), &proof);
    assert!(ledger.twice.len() > 2 * tiny.plan.shape().slots);
}

/// A failure of the self-check throws its randomness away: the next proof has none of it, and nothing came out.
#[test]
fn a_failed_proof_leaves_nothing() {
    let tiny = Tiny::new();
    let model = tiny.commit(&[1, -1, 2, 1]);
    let witness = tiny.witness(&model.parameters, &INPUT);
    let stated = tiny.state(model.id, &model.rows, &witness.output);
    let mut wrong = witness.assignment();
    let Cow::Borrowed(Cells::Small(cells)) = &wrong.groups[1] else { panic!("integers") };
    let cells: Vec<i64> = cells.iter().map(|c| c + 1).collect();
    wrong.groups[1] = Cow::Owned(Cells::Small(cells));
    let fails =
        |assignment: Assignment<'_>| prove_argument(&tiny.plan, &stated.bound(), assignment, &[&model.blinds], &Silent);
    assert!(matches!(fails(wrong), Err(ProveError::Unsatisfied { .. })));
    let first = tiny.recover(&stated, &witness, &tiny.prove(&stated, &model, &witness), Oracle::Honest);
    let second = tiny.recover(&stated, &witness, &tiny.prove(&stated, &model, &witness), Oracle::Honest);
    assert!(first.pads.iter().all(|p| !second.pads.contains(p)));
}

/// Commitments: the same weights, and the same committed tensor, never share a blind.
#[test]
fn two_commitments_to_the_same_values_share_no_row() {
    let rows = || {
        let (_, bytes) = commit(program(), weights(), &Silent).expect("a model");
        Commitment::from_bytes(&bytes).expect("ours").rows
    };
    let (a, b) = (rows(), rows());
    assert!(a.iter().all(|row| !b.contains(row)));
    let tensor = || CommittedTensor::commit("x", &[1, 2], 0, &INPUT, 0).expect("randomness");
    let (a, b) = (tensor(), tensor());
    assert_eq!(a.cells, b.cells);
    assert!(a.rows.iter().all(|row| !b.rows.contains(row)) && a.blinds.iter().all(|x| !b.blinds.contains(x)));
    let visibility = Visibility::uniform(&program(), Level::Committed, Level::Committed);
    let (secret, _) = commit(program(), weights(), &Silent).expect("a model");
    let tiny = Tiny::new();
    let openings = || {
        let mut task = task(&tiny);
        task.visibility = visibility.clone();
        prove(&secret, task, &Silent).expect("a proof").openings
    };
    let (a, b) = (openings(), openings());
    assert!(a.iter().zip(&b).all(|(a, b)| a.cells == b.cells && a.rows != b.rows && a.blinds != b.blinds));
}
