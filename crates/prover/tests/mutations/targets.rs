//! Every file that strangers may send, or that may be damaged, with what reads it.

use crate::support::{Numbers, inputs, parameters, task};
use intaglio_program::bytes::{CHECKSUM, append_checksum};
use intaglio_program::description::parse;
use intaglio_program::lower::Level;
use intaglio_program::program::Program;
use intaglio_prover::{Audience, CommittedTensor, ProverError, Secret, Silent, commit, open, prove};
use intaglio_verifier::{
    Budget, CheckedModel, CommittedBoundary, Evidence, Opening, Policy, Request, verify, verify_opening,
};

const ASKED: Request<'_> = Request { nonce: Some(b"nonce"), audience: Some("auditor") };

/// What reading and checking a stranger's file of these may allocate in all. Honest ones take a tenth.
const STRANGER: usize = 8 << 20;

/// Some times what the honest commitment takes.
const SMALL: Budget = Budget(1 << 19);

/// The same for a secret of one's own, whose program may be read as one with a large input, which is laid out.
const OWN: usize = 256 << 20;

/// Whether bytes are taken for what they should be.
pub type Accepts = Box<dyn Fn(&[u8]) -> bool>;

/// A file and what reads it: true if it is accepted.
pub struct Target {
    /// Which file.
    pub name: &'static str,
    /// A valid one.
    pub good: Vec<u8>,
    /// Bytes at the end that are points and scalars.
    pub words: usize,
    /// What it may allocate.
    pub budget_bytes: usize,
    /// Whether these bytes are taken for what [`Target::good`] says. Panics if they show a defect.
    pub accepts: Accepts,
}

fn program() -> Program {
    parse(
        r#"{"limb_bits": 8, "overflow": "saturate", "tables": [],
            "inputs": [{"name": "x", "shape": [1,3], "exponent": 4, "lo": -8, "hi": 7}],
            "parameters": [{"name": "w", "shape": [3,3], "bits": 4}],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "q", "op": "requantise", "shift": 3, "lo": -8, "hi": 7, "inputs": [1]}],
            "outputs": [{"name": "y", "value": 2, "exponent": 1}]}"#,
    )
    .expect("a program")
}

/// The bytes with the checksum that they should end with.
fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut whole = bytes.to_vec();
    append_checksum(&mut whole);
    whole
}

fn without_checksum(file: &[u8]) -> Vec<u8> {
    file[..file.len() - CHECKSUM].to_vec()
}

/// All of them; the keys and proofs are fresh in each process.
pub fn targets() -> Vec<Target> {
    let program = program();
    let mut numbers = Numbers::new(1);
    let (secret, commitment) = commit(program.clone(), parameters(&program, &mut numbers), &Silent).expect("a model");
    let x = inputs(&program, &mut numbers);
    let made = |level: Level| {
        let mut task = task(&program, x.clone(), level, level);
        task.audience = Audience { nonce: Some(b"nonce".to_vec()), audience: Some("auditor".into()) };
        prove(&secret, task, &Silent).expect("a proof")
    };
    let (shown, committed) = (made(Level::Public), made(Level::Committed));
    let shown_evidence = shown.evidence.clone();
    let tensor = committed.openings[0].clone();
    let opening = open(&tensor, &[0]).expect("an opening");
    let openings = CommittedTensor::to_bytes(&committed.openings, None).expect("a file");
    let file = secret.to_bytes(None).expect("a file");
    let rows = commitment.len() - 18 - 4 - program.to_bytes().len();
    let opening_words = Opening::from_bytes(&opening).expect("ours").proof.len();
    let (good_file, good_openings) = (file.clone(), openings.clone());
    let mut all = Vec::new();
    let mut add = |name, good: Vec<u8>, words, accepts: Accepts| {
        all.push(Target { name, good, words, budget_bytes: STRANGER, accepts });
    };
    // what decodes to something else is another program, or another secret: accepted is only what is taken for this one
    let same_program = program.digest();
    add(
        "program",
        program.to_bytes(),
        0,
        Box::new(move |bytes| match Program::from_bytes(bytes) {
            Ok(read) => {
                assert!(read.to_bytes() == bytes, "one program, one encoding");
                read.digest() == same_program
            }
            Err(_) => false,
        }),
    );
    // a bit may make a dimension large: what that may cost is the verifier's own choice
    add("commitment", commitment.clone(), rows, Box::new(|bytes| CheckedModel::check_within(bytes, SMALL).is_ok()));
    for (name, made) in [("evidence, shown", shown), ("evidence, committed", committed)] {
        let model = CheckedModel::check(&commitment).expect("a model");
        let words = made.proof_bytes;
        let accepts = move |bytes: &[u8]| verify(bytes, &model, ASKED, Policy::default()).is_ok();
        add(name, made.evidence, words, Box::new(accepts));
    }
    let model = CheckedModel::check(&commitment).expect("a model");
    // the statement alone, with the proof as it is
    let whole = shown_evidence;
    let proof = Evidence::from_bytes(&whole).expect("ours").proof;
    let head = whole.len() - proof.len();
    let accepts = move |bytes: &[u8]| {
        let evidence = [bytes, &proof].concat();
        verify(&evidence, &model, ASKED, Policy::default()).is_ok()
    };
    add("statement", whole[..head].to_vec(), 0, Box::new(accepts));
    let own = tensor.clone();
    let accepts = move |bytes: &[u8]| {
        let boundary =
            CommittedBoundary { name: &own.name, shape: &own.shape, exponent: own.exponent, rows: &own.rows };
        verify_opening(bytes, boundary).is_ok()
    };
    add("opening", opening, opening_words, Box::new(accepts));
    // a checksum finds nearly everything: what stands behind it is altered under a right one
    let accepts = move |bytes: &[u8]| match Secret::from_bytes(&with_checksum(bytes), None) {
        Ok(read) => {
            let again = read.to_bytes(None).expect("a file");
            assert!(again == with_checksum(bytes), "one secret, one encoding");
            again == good_file
        }
        Err(ProverError::SelfCheck(defect)) => panic!("a stranger's bytes are no defect of ours: {defect}"),
        Err(_) => false,
    };
    let secret = Target {
        name: "secret",
        good: without_checksum(&file),
        words: 96,
        budget_bytes: OWN,
        accepts: Box::new(accepts),
    };
    let accepts = move |bytes: &[u8]| match CommittedTensor::from_bytes(&with_checksum(bytes), None) {
        Ok(read) => {
            let again = CommittedTensor::to_bytes(&read, None).expect("a file");
            assert!(again == with_checksum(bytes), "one file, one encoding");
            again == good_openings
        }
        Err(_) => false,
    };
    add("openings", without_checksum(&openings), 96, Box::new(accepts));
    all.push(secret);
    all
}
