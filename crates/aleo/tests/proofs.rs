//! Varuna V3 proofs of circuits, and everything tampered with refused. The parameter folder is the tests' own: `make
//! aleo-test` sets `HOME` to it.

mod common;

use common::{Numbers, all_inputs, baked, circuit, private, program};
use intaglio_aleo::circuit::{Inputs, field_of, model_digest};
use intaglio_aleo::parameters::{EMBEDDED, ParameterError, available, folder, needed, preflight};
use intaglio_aleo::r1cs::{Counts, Value};
use intaglio_aleo::varuna::{KEY_BYTES, PROOF_BYTES, Powers, VarunaError, VerifyingKey, public_inputs};
use intaglio_program::program::Program;
use snarkvm_fields::One;
use std::sync::LazyLock;

static POWERS: LazyLock<Powers> = LazyLock::new(|| Powers::load().expect("embedded powers"));

/// A perceptron with int8 weights and 16-bit accumulators.
fn perceptron(widths: [usize; 3], bits: u32) -> Program {
    let [i, h, o] = widths;
    let parameters = format!(
        r#"{{"name": "w1", "shape": [{h},{i}], "bits": {bits}}}, {{"name": "b1", "shape": [{h}], "bits": 8}},
           {{"name": "w2", "shape": [{o},{h}], "bits": {bits}}}, {{"name": "b2", "shape": [{o}], "bits": 8}}"#
    );
    let nodes = r#"{"name": "fc1", "op": "matmul", "weight": 0, "bias": 1, "inputs": [0]},
        {"name": "relu", "op": "requantise", "shift": 4, "lo": 0, "hi": 127, "inputs": [1]},
        {"name": "fc2", "op": "matmul", "weight": 2, "bias": 3, "inputs": [2]},
        {"name": "q", "op": "requantise", "shift": 4, "lo": -2048, "hi": 2047, "inputs": [3]}"#;
    program("saturate", (&format!("[1,{i}]"), -128, 127), &parameters, "", nodes, 4)
}

#[test]
fn a_proof_verifies_and_nothing_else_does() {
    let net = perceptron([12, 8, 3], 8);
    let (made, weights, _) = circuit(&net, 1, baked(Inputs::Hidden));
    let keys = POWERS.set_up(&made).expect("keys");
    // keys come from the program and weights: another input gives the same
    let (other, _, _) = circuit(&net, 1, baked(Inputs::Hidden));
    assert_eq!(POWERS.set_up(&other).expect("keys").verifying, keys.verifying);
    let proof = POWERS.prove(&keys, &made).expect("a proof");
    let key = &keys.verifying;
    assert_eq!((key.to_bytes().expect("bytes").len(), proof.len()), (KEY_BYTES, PROOF_BYTES));
    let publics = public_inputs(&made);
    let judge = |publics: &[_], proof: &[u8]| POWERS.verify(key, publics, proof);
    assert!(judge(&publics, &proof).expect("a verdict"));
    assert!(judge(&key.padded(&publics), &proof).expect("a verdict"), "padded as the chain has it");
    // model digest, context, each output
    for i in 1..publics.len() {
        let mut wrong = publics.clone();
        wrong[i] += snarkvm_curves::bls12_377::Fr::one();
        assert!(!judge(&wrong, &proof).unwrap_or(false), "public value {i}");
    }
    let mut wrong = publics.clone();
    wrong[0] += snarkvm_curves::bls12_377::Fr::one();
    assert!(!judge(&wrong, &proof).unwrap_or(false), "the constant");
    for byte in (0..PROOF_BYTES).step_by(61) {
        let mut wrong = proof.clone();
        wrong[byte] ^= 1;
        assert!(!judge(&publics, &wrong).unwrap_or(false), "byte {byte}");
    }
    for bytes in [&proof[..100], &[], &[proof.clone(), vec![0]].concat()] {
        assert!(matches!(judge(&publics, bytes), Err(VarunaError::Bytes { .. })));
    }
    // the key of other weights
    let (foreign, _, _) = circuit(&net, 2, baked(Inputs::Hidden));
    let foreign = POWERS.set_up(&foreign).expect("keys").verifying;
    assert_ne!(&foreign, key);
    assert!(!POWERS.verify(&foreign, &publics, &proof).unwrap_or(false));
    // keys travel as bytes
    let bytes = key.to_bytes().expect("bytes");
    assert_eq!(&VerifyingKey::from_bytes(&bytes).expect("ours"), key);
    assert!(VerifyingKey::from_bytes(&bytes[1..]).is_err());
    let salts = [[0; 32], [1; 32]].map(|salt| model_digest(&net, &weights, &salt));
    assert_ne!(salts[0], salts[1]);
    assert_ne!(salts[0], field_of(b"a model"));
}

#[test]
fn a_wrong_witness_is_not_proven() {
    let net = perceptron([12, 8, 3], 8);
    let (mut made, _, _) = circuit(&net, 1, baked(Inputs::Shown));
    let keys = POWERS.set_up(&made).expect("keys");
    let Value::Number(own) = made.privates()[40] else { panic!("a number") };
    made.set(40, Value::Number(own + 1));
    assert!(matches!(POWERS.prove(&keys, &made), Err(VarunaError::Unsatisfied(_))));
    assert!(matches!(made.publics()[2], Value::Number(_)), "inputs are shown");
}

/// Private weights and a committed input: the key is that of every model of this program.
#[test]
fn private_weights_are_bound_by_the_commitment() {
    let net = perceptron([6, 4, 3], 6);
    let request = private(all_inputs()[2]);
    let (made, _, _) = circuit(&net, 1, request);
    let keys = POWERS.set_up(&made).expect("keys");
    let proof = POWERS.prove(&keys, &made).expect("a proof");
    let publics = public_inputs(&made);
    assert!(POWERS.verify(&keys.verifying, &publics, &proof).expect("a verdict"));
    let (other, _, _) = circuit(&net, 2, request);
    assert_eq!(POWERS.set_up(&other).expect("keys").verifying, keys.verifying);
    let foreign = public_inputs(&other);
    // the commitment to other weights or inputs in the place of the own
    for place in [1, 3] {
        let mut wrong = publics.clone();
        wrong[place] = foreign[place];
        assert!(!POWERS.verify(&keys.verifying, &wrong, &proof).unwrap_or(false), "public value {place}");
    }
    let theirs = POWERS.prove(&keys, &other).expect("a proof");
    assert!(POWERS.verify(&keys.verifying, &foreign, &theirs).expect("a verdict"));
    assert!(!POWERS.verify(&keys.verifying, &publics, &theirs).unwrap_or(false));
}

#[test]
fn the_degree_is_known_before_anything_is_set_up() {
    let small = circuit(&perceptron([12, 8, 3], 8), 1, baked(Inputs::Hidden)).0.counts();
    assert!(needed(&small) <= EMBEDDED);
    assert!(preflight(&small).is_ok());
    let large = Counts { constraints: 40_000, variables: 40_000, publics: 3, non_zeros: [10, 10, 10] };
    match preflight(&large) {
        Err(ParameterError::TooLarge { needed, most: 16, .. }) => assert!(needed > 16),
        other => panic!("{other:?}"),
    }
    // one folder has the file, the other is empty: `make aleo-test` runs this test in both
    let middle = Counts { constraints: 10_000, variables: 10_000, publics: 3, non_zeros: [40_000, 40_000, 40_000] };
    assert_eq!(needed(&middle), 16);
    match (available(), preflight(&middle)) {
        (16, Ok(16)) => {}
        (EMBEDDED, Err(error @ ParameterError::Missing { .. })) => {
            let text = error.to_string();
            assert!(text.contains("powers-of-beta-16") && text.contains(&folder().display().to_string()), "{text}");
        }
        (have, other) => panic!("2^{have}: {other:?}"),
    }
}

/// More than the embedded powers hold: proven where the file is, refused with its name where it is not.
#[test]
fn a_hundred_thousand_weights_need_the_file_and_no_network() {
    let net = perceptron([784, 128, 10], 3);
    let mut numbers = Numbers::new(5);
    let (made, _, _) = circuit(&net, numbers.between(1, 9) as u64, baked(Inputs::Hidden));
    assert_eq!(needed(&made.counts()), 16, "{:?}", made.counts());
    match POWERS.set_up(&made) {
        Ok(keys) => {
            assert_eq!(available(), 16);
            let proof = POWERS.prove(&keys, &made).expect("a proof");
            assert!(POWERS.verify(&keys.verifying, &public_inputs(&made), &proof).expect("a verdict"));
        }
        Err(VarunaError::Parameters(ParameterError::Missing { .. })) => assert_eq!(available(), EMBEDDED),
        Err(other) => panic!("{other}"),
    }
}
