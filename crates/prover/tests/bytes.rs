//! Bytes of strangers: every file of ours altered, cut, extended or made up is refused by name, and nothing panics.

mod support;

use intaglio_algebra::Affine;
use intaglio_program::bytes::{CHECKSUM, append_checksum};
use intaglio_program::description::parse;
use intaglio_program::lower::Level;
use intaglio_program::program::Program;
use intaglio_prover::{Audience, CommittedTensor, Made, ProverError, Secret, Silent, commit, open, prove};
use intaglio_verifier::{
    Boundary, CheckedModel, Commitment, CommittedBoundary, Evidence, Opening, OpeningStatement, Policy, Rejection,
    Request, Stage, Statement, Verified, verify, verify_opening,
};
use proptest::prelude::*;
use std::sync::LazyLock;
use support::{Numbers, cases, inputs, parameters, task};

const NONCE: &[u8] = b"nonce";
const AUDIENCE: &str = "auditor";
const ASKED: Request<'_> = Request { nonce: Some(NONCE), audience: Some(AUDIENCE) };

/// Two inputs and two outputs of equal shapes, so that they can be swapped.
fn program() -> Program {
    let input = |name: &str| format!(r#"{{"name": "{name}", "shape": [1,3], "exponent": 4, "lo": -128, "hi": 127}}"#);
    parse(&format!(
        r#"{{"limb_bits": 8, "overflow": "saturate", "inputs": [{}, {}], "tables": [],
            "parameters": [{{"name": "w", "shape": [3,3], "bits": 8}}, {{"name": "v", "shape": [3,3], "bits": 8}}],
            "nodes": [{{"name": "first", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]}},
                      {{"name": "q", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [2]}},
                      {{"name": "second", "op": "matmul", "weight": 1, "bias": null, "inputs": [1]}},
                      {{"name": "p", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [4]}}],
            "outputs": [{{"name": "y", "value": 3, "exponent": 3}}, {{"name": "z", "value": 5, "exponent": 3}}]}}"#,
        input("x"),
        input("t"),
    ))
    .expect("a program")
}

/// Everything that one user owns.
struct World {
    program: Program,
    secret: Secret,
    commitment: Vec<u8>,
    model: CheckedModel,
    /// Public inputs, public outputs.
    shown: Made,
    /// Committed inputs, committed outputs.
    committed: Made,
    /// Rows of the first committed input, and an opening of its first element.
    rows: Vec<Affine>,
    opening: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let program = program();
    let mut numbers = Numbers::new(1);
    let (secret, commitment) = commit(program.clone(), parameters(&program, &mut numbers), &Silent).expect("a model");
    let model = CheckedModel::check(&commitment).expect("a model");
    let x = inputs(&program, &mut numbers);
    let made = |level: Level| {
        let mut task = task(&program, x.clone(), level, level);
        task.audience = Audience { nonce: Some(NONCE.to_vec()), audience: Some(AUDIENCE.into()) };
        prove(&secret, task, &Silent).expect("a proof")
    };
    let (shown, committed) = (made(Level::Public), made(Level::Committed));
    let rows = committed.openings[0].rows.clone();
    let opening = open(&committed.openings[0], &[0]).expect("an opening");
    World { program, commitment, model, shown, committed, rows, opening, secret }
});

fn check(evidence: &[u8]) -> Result<Verified, Rejection> {
    verify(evidence, &WORLD.model, ASKED, Policy::default())
}

fn stage<T: std::fmt::Debug>(result: Result<T, Rejection>) -> Stage {
    result.expect_err("refused").stage
}

/// Evidence with its statement or proof edited, in canonical bytes.
fn edited(evidence: &[u8], edit: impl FnOnce(&mut Statement, &mut Vec<u8>)) -> Vec<u8> {
    let mut own = Evidence::from_bytes(evidence).expect("ours");
    edit(&mut own.statement, &mut own.proof);
    let bytes = own.to_bytes();
    assert!(bytes != evidence, "nothing was changed");
    bytes
}

/// Checks an opening against rows of the tensor that the control opens.
fn open_against(opening: &[u8], rows: &[intaglio_algebra::Affine]) -> Result<OpeningStatement, Rejection> {
    let own = Opening::from_bytes(&WORLD.opening).expect("ours").statement;
    verify_opening(opening, CommittedBoundary { name: &own.name, shape: &own.shape, exponent: own.exponent, rows })
}

#[test]
fn the_control_is_accepted() {
    for made in [&WORLD.shown, &WORLD.committed] {
        let verified = check(&made.evidence).expect("honest");
        assert_eq!(verified.statement(), &Evidence::from_bytes(&made.evidence).expect("ours").statement);
    }
    assert_eq!(
        open_against(&WORLD.opening, &WORLD.rows).expect("honest").elements,
        vec![(0, WORLD.committed.openings[0].cells[0])]
    );
}

#[test]
fn another_request_is_refused_at_the_statement() {
    let long = vec![7; NONCE.len() + 1];
    let nonces = [None, Some(&b"Nonce"[..]), Some(&b""[..]), Some(long.as_slice())];
    let audiences = [None, Some("auditoR"), Some(""), Some("auditor ")];
    let wrong_nonces = nonces.into_iter().map(|nonce| Request { nonce, ..ASKED });
    let wrong_audiences = audiences.into_iter().map(|audience| Request { audience, ..ASKED });
    for request in wrong_nonces.chain(wrong_audiences) {
        let refused = verify(&WORLD.shown.evidence, &WORLD.model, request, Policy::default());
        assert_eq!(stage(refused), Stage::Statement, "{request:?}");
    }
    // evidence for nobody does not answer a request
    let x = inputs(&WORLD.program, &mut Numbers::new(4));
    let open = prove(&WORLD.secret, task(&WORLD.program, x, Level::Public, Level::Public), &Silent).expect("a proof");
    assert_eq!(stage(check(&open.evidence)), Stage::Statement);
    assert!(verify(&open.evidence, &WORLD.model, Request::default(), Policy::default()).is_ok(), "control");
}

/// A nonce or audience that was rewritten to what the verifier asks for fails in the argument.
#[test]
fn a_statement_made_to_fit_the_request_is_refused_at_closing() {
    let nonce = edited(&WORLD.shown.evidence, |s, _| s.nonce = Some(b"fresh".to_vec()));
    let request = Request { nonce: Some(b"fresh"), ..ASKED };
    assert_eq!(stage(verify(&nonce, &WORLD.model, request, Policy::default())), Stage::Closing);
    let audience = edited(&WORLD.shown.evidence, |s, _| s.audience = Some("another".into()));
    let request = Request { audience: Some("another"), ..ASKED };
    assert_eq!(stage(verify(&audience, &WORLD.model, request, Policy::default())), Stage::Closing);
    let none = edited(&WORLD.shown.evidence, |s, _| (s.nonce, s.audience) = (None, None));
    assert_eq!(stage(verify(&none, &WORLD.model, Request::default(), Policy::default())), Stage::Closing);
}

/// The same weights under fresh blinds are another model: also where the statement is rewritten to name it.
#[test]
fn another_model_is_refused() {
    let (_, bytes) = commit(WORLD.program.clone(), WORLD.secret.parameters().to_vec(), &Silent).expect("a model");
    let other = CheckedModel::check(&bytes).expect("a model");
    assert_eq!(stage(verify(&WORLD.shown.evidence, &other, ASKED, Policy::default())), Stage::Model);
    let renamed = edited(&WORLD.shown.evidence, |s, _| s.model = *other.id());
    assert_eq!(stage(verify(&renamed, &other, ASKED, Policy::default())), Stage::Closing);
    assert_eq!(stage(check(&renamed)), Stage::Model);
}

#[test]
fn a_policy_above_the_proof_is_refused() {
    let strict = Policy { min_security_bits: 1000, ..Policy::default() };
    assert_eq!(stage(verify(&WORLD.shown.evidence, &WORLD.model, ASKED, strict)), Stage::Policy);
}

#[test]
fn swapped_or_altered_boundaries_are_refused() {
    for made in [&WORLD.shown, &WORLD.committed] {
        assert_eq!(stage(check(&edited(&made.evidence, |s, _| s.outputs.swap(0, 1)))), Stage::Closing);
        assert_eq!(stage(check(&edited(&made.evidence, |s, _| s.inputs.swap(0, 1)))), Stage::Closing);
        assert_eq!(
            stage(check(&edited(&made.evidence, |s, _| std::mem::swap(&mut s.inputs, &mut s.outputs)))),
            Stage::Closing
        );
        let fewer = edited(&made.evidence, |s, _| s.outputs.truncate(1));
        assert_eq!(stage(check(&fewer)), Stage::Statement);
        let more = edited(&made.evidence, |s, _| s.inputs.push(Boundary::Private));
        assert_eq!(stage(check(&more)), Stage::Statement);
        // another visibility is another system: its proof has another length, or fails
        let hidden = edited(&made.evidence, |s, _| s.outputs[0] = Boundary::Private);
        assert!(matches!(stage(check(&hidden)), Stage::Decode | Stage::Closing));
    }
    for cell in 0..3 {
        for side in [true, false] {
            let off = edited(&WORLD.shown.evidence, |s, _| {
                let boundary = if side { &mut s.inputs[0] } else { &mut s.outputs[0] };
                let Boundary::Public(cells) = boundary else { panic!("shown") };
                cells[cell] += if cells[cell] < 127 { 1 } else { -1 };
            });
            assert_eq!(stage(check(&off)), Stage::Closing);
        }
    }
    let with_cells = |cells: Vec<i64>| edited(&WORLD.shown.evidence, |s, _| s.inputs[0] = Boundary::Public(cells));
    for cells in [vec![], vec![0; 2], vec![0; 4], vec![128, 0, 0], vec![0, -129, 0], vec![0, 0, i64::MIN]] {
        assert_eq!(stage(check(&with_cells(cells.clone()))), Stage::Statement, "{cells:?}");
    }
    let with_outputs = |cells: Vec<i64>| edited(&WORLD.shown.evidence, |s, _| s.outputs[0] = Boundary::Public(cells));
    for cells in [vec![i64::MAX; 3], vec![i64::MIN; 3]] {
        assert_eq!(stage(check(&with_outputs(cells))), Stage::Closing);
    }
    let with_rows =
        |rows: Vec<Affine>| edited(&WORLD.committed.evidence, |s, _| s.inputs[0] = Boundary::Committed(rows));
    let own = &WORLD.rows;
    for rows in [vec![], [own.as_slice(), own.as_slice()].concat()] {
        assert_eq!(stage(check(&with_rows(rows))), Stage::Statement);
    }
    let minus = vec![-own[0]];
    assert_eq!(stage(check(&with_rows(minus))), Stage::Closing);
    let small_order = intaglio_algebra::encoding::decode_point(&two_torsion()).expect("on the curve");
    assert_eq!(stage(check(&with_rows(vec![(own[0] + small_order).into()]))), Stage::Statement);
}

/// `(0, −1)`: minus one is the order of the base field less one.
fn two_torsion() -> [u8; 64] {
    let minus_one = -intaglio_algebra::Base::from(1u64);
    intaglio_algebra::encoding::encode_point(&Affine::new_unchecked(intaglio_algebra::Base::from(0u64), minus_one))
}

/// One bit of every byte of the statement and of every word of the proof.
#[test]
fn every_altered_part_of_evidence_is_refused() {
    for made in [&WORLD.shown, &WORLD.committed] {
        let head = made.evidence.len() - made.proof_bytes;
        for at in (0..head).chain((head..made.evidence.len()).step_by(32)) {
            for bit in [0, 7] {
                let mut bad = made.evidence.clone();
                bad[at] ^= 1 << bit;
                check(&bad).expect_err(&format!("bit {bit} of byte {at}"));
            }
        }
    }
}

/// One bit of every byte of the program, and of every half coordinate and half word behind it. Names and exponents may
/// change to others that decode: then the proof is of another model.
#[test]
fn every_altered_part_of_a_commitment_is_refused() {
    let good = &WORLD.commitment;
    let program_end = 18 + 4 + WORLD.program.to_bytes().len();
    for at in (0..program_end).chain((program_end..good.len()).step_by(16)) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        match CheckedModel::check(&bad) {
            Ok(model) => panic!("byte {at} was changed, and {:?} is accepted", model.program()),
            Err(refused) => assert!(matches!(refused.stage, Stage::Decode | Stage::Model), "byte {at}: {refused}"),
        }
    }
    let small_order = intaglio_algebra::encoding::decode_point(&two_torsion()).expect("on the curve");
    let with = |edit: &dyn Fn(&mut Commitment)| {
        let mut own = Commitment::from_bytes(good).expect("ours");
        edit(&mut own);
        let bytes = own.to_bytes();
        assert!(&bytes != good, "nothing was changed");
        let refused = CheckedModel::check(&bytes).expect_err("altered");
        assert_eq!(refused.stage, Stage::Model, "{refused}");
        refused.reason
    };
    assert!(with(&|c| c.rows[0] = -c.rows[0]).contains("well-formedness proof 0 is refused"));
    assert!(with(&|c| c.rows[0] = Affine::default()).contains("well-formedness proof 0 is refused"));
    assert!(with(&|c| c.rows[0] = (c.rows[0] + small_order).into()).contains("small order"));
    assert!(with(&|c| c.rows.clear()).contains("0 rows, this program needs"));
    assert!(with(&|c| c.rows.push(c.rows[0])).contains("rows, this program needs"));
    assert!(with(&|c| c.proofs.clear()).contains("0 well-formedness proofs"));
    assert!(with(&|c| c.proofs.push(vec![])).contains("well-formedness proofs, this program needs"));
}

#[test]
fn every_altered_part_of_an_opening_is_refused() {
    let proof_at = WORLD.opening.len() - Opening::from_bytes(&WORLD.opening).expect("ours").proof.len();
    for at in (0..proof_at).chain((proof_at..WORLD.opening.len()).step_by(32)) {
        let mut bad = WORLD.opening.clone();
        bad[at] ^= 1;
        open_against(&bad, &WORLD.rows).expect_err(&format!("byte {at}"));
    }
    let with = |edit: fn(&mut Opening)| {
        let mut own = Opening::from_bytes(&WORLD.opening).expect("ours");
        edit(&mut own);
        stage(open_against(&own.to_bytes(), &WORLD.rows))
    };
    assert_eq!(with(|o| o.statement.elements[0].1 += 1), Stage::Closing);
    assert_eq!(with(|o| o.statement.elements[0].0 = 1), Stage::Closing);
    assert_eq!(with(|o| o.statement.elements[0].0 = 3), Stage::Statement);
    assert_eq!(with(|o| o.statement.elements.push(o.statement.elements[0])), Stage::Statement);
    assert_eq!(with(|o| o.statement.elements.clear()), Stage::Statement);
    assert_eq!(with(|o| o.statement.name.push('!')), Stage::Statement);
    assert_eq!(with(|o| o.statement.exponent += 1), Stage::Statement);
    assert_eq!(with(|o| o.statement.shape = vec![3, 1]), Stage::Statement);
    assert!(matches!(with(|o| o.statement.shape = vec![1, 5]), Stage::Statement | Stage::Decode | Stage::Closing));
    assert_eq!(with(|o| o.statement.shape = vec![usize::MAX >> 32, 1 << 31, 1 << 31]), Stage::Statement);
    let other = WORLD.committed.openings[1].rows.clone();
    assert_eq!(stage(open_against(&WORLD.opening, &other)), Stage::Closing);
    assert_eq!(stage(open_against(&WORLD.opening, &[])), Stage::Statement);
}

/// A decoder under test: true if it takes the bytes.
type Decoder = (&'static str, Vec<u8>, fn(&[u8]) -> bool);

fn secret_error(result: Result<Secret, ProverError>) -> bool {
    match result {
        Ok(_) => true,
        Err(ProverError::SelfCheck(defect)) => panic!("a stranger's bytes are no defect of ours: {defect}"),
        Err(_) => false,
    }
}

/// The bytes with the checksum that they should end with: the decoder behind it must stand alone.
fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut whole = bytes.to_vec();
    append_checksum(&mut whole);
    whole
}

/// Every decoder with bytes that it takes. Passphrases are derived slowly, so that sealed files have a test of their own.
fn decoders() -> Vec<Decoder> {
    let openings = CommittedTensor::to_bytes(&WORLD.committed.openings, None).expect("a file");
    let secret = WORLD.secret.to_bytes(None).expect("a file");
    vec![
        ("program", WORLD.program.to_bytes(), |b| Program::from_bytes(b).is_ok()),
        ("commitment", WORLD.commitment.clone(), |b| Commitment::from_bytes(b).is_ok()),
        ("evidence", WORLD.committed.evidence.clone(), |b| Evidence::from_bytes(b).is_ok()),
        ("shown evidence", WORLD.shown.evidence.clone(), |b| Evidence::from_bytes(b).is_ok()),
        ("opening", WORLD.opening.clone(), |b| Opening::from_bytes(b).is_ok()),
        ("secret", secret.clone(), |b| secret_error(Secret::from_bytes(b, None))),
        ("openings", openings.clone(), |b| CommittedTensor::from_bytes(b, None).is_ok()),
        ("secret behind its checksum", secret[..secret.len() - CHECKSUM].to_vec(), |b| {
            secret_error(Secret::from_bytes(&with_checksum(b), None))
        }),
        ("openings behind their checksum", openings[..openings.len() - CHECKSUM].to_vec(), |b| {
            CommittedTensor::from_bytes(&with_checksum(b), None).is_ok()
        }),
    ]
}

#[test]
fn cut_or_extended_bytes_are_refused_by_every_decoder() {
    for (name, good, takes) in decoders() {
        assert!(takes(&good), "{name}: the control");
        let dense = (0..good.len()).filter(|len| *len < 600 || good.len() - len < 100 || len % 61 == 0);
        for len in dense {
            assert!(!takes(&good[..len]), "{name}: the first {len} of {} bytes", good.len());
        }
        for tail in [&[0][..], &[1; 8], &good] {
            assert!(!takes(&[&good, tail].concat()), "{name}: {} bytes more", tail.len());
        }
    }
}

/// Every window of four bytes as the greatest and a large count: nothing is allocated by it, nothing panics.
#[test]
fn huge_lengths_are_harmless_in_every_decoder() {
    for (name, good, takes) in decoders() {
        let mut taken = 0;
        let windows = (0..good.len() - 4).filter(|at| *at < 1500 || at % 13 == 0);
        for at in windows {
            for length in [u32::MAX, 1 << 31, 1 << 24, 0] {
                let mut bad = good.clone();
                bad[at..at + 4].copy_from_slice(&length.to_le_bytes());
                taken += usize::from(takes(&bad));
            }
        }
        assert!(!takes(&[]), "{name}");
        println!("{name}: {taken} altered files still decode");
    }
}

/// Programs whose counts were altered, as far as the model check.
#[test]
fn huge_programs_are_refused_before_any_work() {
    let program_bytes = WORLD.program.to_bytes().len();
    for at in 22..22 + program_bytes - 4 {
        for length in [u32::MAX, 1 << 31, 1 << 26, 1 << 20, 1 << 12] {
            let mut bad = WORLD.commitment.clone();
            bad[at..at + 4].copy_from_slice(&length.to_le_bytes());
            if bad != WORLD.commitment {
                assert!(
                    matches!(stage(CheckedModel::check(&bad)), Stage::Decode | Stage::Budget | Stage::Model),
                    "byte {at}, {length}"
                );
            }
        }
    }
}

/// Encoding what was decoded gives the same bytes: one value, one encoding.
#[test]
fn what_a_decoder_takes_it_would_write_itself() {
    for case in cases() {
        let bytes = case.program.to_bytes();
        let again = Program::from_bytes(&bytes).expect(case.name);
        assert!(again.to_bytes() == bytes, "{}", case.name);
        for at in 0..bytes.len() {
            for flip in [1, 0x80] {
                let mut bad = bytes.clone();
                bad[at] ^= flip;
                if let Ok(other) = Program::from_bytes(&bad) {
                    assert!(other.to_bytes() == bad, "{}, byte {at}", case.name);
                    assert_ne!(other.digest(), case.program.digest(), "{}, byte {at}", case.name);
                }
            }
        }
    }
}

#[test]
fn sealed_files_open_with_their_passphrase_and_unaltered_only() {
    let good = WORLD.secret.to_bytes(Some(b"word")).expect("a file");
    assert_eq!(Secret::from_bytes(&good, Some(b"word")).expect("control").id(), WORLD.secret.id());
    assert!(matches!(Secret::from_bytes(&good, Some(b"Word")), Err(ProverError::Passphrase)));
    assert!(matches!(Secret::from_bytes(&good, None), Err(ProverError::File { .. })));
    // head, flag, salt, nonce, box, tag
    for at in [0, 16, 18, 19, 34, 35, 58, 59, 200, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let refused = Secret::from_bytes(&bad, Some(b"word"));
        assert!(matches!(refused, Err(ProverError::Passphrase | ProverError::File { .. })), "byte {at}");
    }
    for len in [0, 18, 19, 30, 35, 59, 60, good.len() - 1] {
        assert!(Secret::from_bytes(&good[..len], Some(b"word")).is_err(), "the first {len} bytes");
    }
    let plain = WORLD.secret.to_bytes(None).expect("a file");
    assert!(matches!(Secret::from_bytes(&plain, Some(b"word")), Err(ProverError::File { .. })));
    let tensors = CommittedTensor::to_bytes(&WORLD.committed.openings, Some(b"word")).expect("a file");
    assert_eq!(CommittedTensor::from_bytes(&tensors, Some(b"word")).expect("control"), WORLD.committed.openings);
    assert!(matches!(CommittedTensor::from_bytes(&tensors, Some(b"")), Err(ProverError::Passphrase)));
    assert!(CommittedTensor::from_bytes(&good, Some(b"word")).is_err(), "a secret is no openings file");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused_by_every_decoder(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        for (name, good, takes) in decoders() {
            prop_assert!(!takes(&noise), "{}", name);
            // behind a good head
            prop_assert!(!takes(&[&good[..18], &noise].concat()), "{}", name);
        }
        prop_assert!(check(&noise).is_err());
        prop_assert!(open_against(&noise, &WORLD.rows).is_err());
        prop_assert!(CheckedModel::check(&noise).is_err());
    }

    #[test]
    fn noise_over_good_bytes_never_panics(at in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 1..24)) {
        for (_, good, takes) in decoders() {
            let mut bad = good.clone();
            let start = at.index(bad.len());
            bad.iter_mut().skip(start).zip(&noise).for_each(|(b, n)| *b = *n);
            takes(&bad);
        }
    }
}

/// Small files that ask for wirings of billions of entries, each with what it says.
#[test]
fn a_small_commitment_cannot_ask_for_much() {
    let of = |shape: &str, node: &str| {
        let json = format!(
            r#"{{"limb_bits": 8, "overflow": "saturate", "parameters": [], "tables": [], "nodes": [{node}],
                "inputs": [{{"name": "x", "shape": {shape}, "exponent": 0, "lo": 0, "hi": 3}}],
                "outputs": [{{"name": "y", "value": 1, "exponent": 0}}]}}"#
        );
        let commitment = Commitment { program: parse(&json).expect("a program"), rows: vec![], proofs: vec![] };
        CheckedModel::check(&commitment.to_bytes()).expect_err("too much")
    };
    let argmax = r#"{"name": "wide", "op": "argmax", "axis": 1, "keepdims": true, "inputs": [0]}"#;
    let pool = r#"{"name": "wide", "op": "max_pool", "kernel": [8,8], "strides": [1,1], "pads": [0,0,0,0],
                   "ceil": false, "inputs": [0]}"#;
    for refused in [of("[1,100000]", argmax), of("[512,256,8,9]", pool)] {
        assert_eq!(refused.stage, Stage::Model);
        assert!(refused.reason.contains("non-zeros"), "{refused}");
    }
}
