//! The simulator of Theorems 4 and 5: no witness, accepted under one programmed challenge, distributed like real proofs.

use crate::positions::{names, raw, recovered, short};
use crate::statistics::{LIMIT, rounds, two_sample};
use crate::tiny::{Model, Stated, Tiny, Witness};
use intaglio_algebra::Scalar;
use intaglio_algebra::random::random_scalars;
use intaglio_argument::mutants::Oracle;
use intaglio_argument::mutants::{Simulated, simulate};
use intaglio_argument::proof::Proof;
use intaglio_argument::prove::Randomness;
use intaglio_argument::verify::{insecure_verify_under, verify};
use intaglio_program::description::parse;
use rayon::prelude::*;

fn setting(tiny: &Tiny) -> (Model, Witness, Stated) {
    let model = tiny.commit(&[1, -1, 2, 1]);
    let witness = tiny.witness(&model.parameters, &[2, 2]);
    let stated = tiny.state(model.id, &model.rows, &witness.output);
    (model, witness, stated)
}

fn accepts(tiny: &Tiny, stated: &Stated, proof: &Proof, oracle: Oracle) -> bool {
    insecure_verify_under(&tiny.plan, &stated.bound(), &proof.to_bytes(), oracle).is_ok()
}

/// Also of a false statement: a simulator knows no witness, and there is none.
#[test]
fn simulated_proofs_are_accepted_under_the_programmed_challenge_alone() {
    for tiny in [Tiny::new(), Tiny::of(wide())] {
        let cells = intaglio_program::tensor::cells(&tiny.program.parameters()[0].shape);
        let model = tiny.commit(&vec![1; cells]);
        let outputs = intaglio_program::tensor::cells(
            &tiny.program.value(tiny.program.outputs()[0].value).expect("a value").shape,
        );
        let stated = tiny.state(model.id, &model.rows, &vec![127; outputs]);
        let Simulated { proof, oracle } = simulate(&tiny.plan, &stated.bound()).expect("randomness");
        let bytes = proof.to_bytes();
        assert_eq!(bytes.len(), tiny.plan.shape().proof_bytes());
        assert!(accepts(&tiny, &stated, &proof, oracle.clone()));
        assert!(verify(&tiny.plan, &stated.bound(), &bytes).is_err(), "under the hash it is a false proof");
        let other = tiny.state([1; 32], &model.rows, &vec![127; outputs]);
        assert!(!accepts(&tiny, &other, &proof, oracle.clone()), "another statement");
        let edits: [fn(&mut Proof); 4] = [
            |p| p.cross[0] += Scalar::from(1u64),
            |p| p.messages[0] += Scalar::from(1u64),
            |p| p.blind += Scalar::from(1u64),
            |p| p.tail[0] += Scalar::from(1u64),
        ];
        for edit in edits {
            let mut bad = proof.clone();
            edit(&mut bad);
            assert!(!accepts(&tiny, &stated, &bad, oracle.clone()), "an edited simulation");
        }
    }
    assert!(Tiny::of(wide()).plan.shape().folds > 0, "the second program folds its response");
}

/// Many rows, and a response that is folded.
fn wide() -> intaglio_program::program::Program {
    parse(
        r#"{"limb_bits": 8, "overflow": "saturate", "tables": [],
            "inputs": [{"name": "x", "shape": [1,256], "exponent": 0, "lo": -128, "hi": 127}],
            "parameters": [{"name": "w", "shape": [200,256], "bits": 8}],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "q", "op": "requantise", "shift": 8, "lo": -128, "hi": 127, "inputs": [1]}],
            "outputs": [{"name": "y", "value": 2, "exponent": 0}]}"#,
    )
    .expect("a program")
}

/// The positions of many proofs: what they show, and the randomness by the true witness.
fn sample(
    tiny: &Tiny,
    (witness, stated): (&Witness, &Stated),
    count: usize,
    make: impl Fn() -> (Proof, Oracle) + Sync,
) -> (Vec<Vec<u16>>, Vec<String>) {
    let one = || {
        let (proof, oracle) = make();
        let mut all = raw(&proof);
        all.extend(recovered("the witness", &tiny.recover(stated, witness, &proof, oracle)));
        all
    };
    let positions = names(&one());
    ((0..count).into_par_iter().map(|_| short(&one())).collect(), positions)
}

/// The positions at which two samples differ.
fn differing(a: &[Vec<u16>], b: &[Vec<u16>], names: &[String]) -> Vec<String> {
    let column = |sample: &[Vec<u16>], p: usize| -> Vec<u16> { sample.iter().map(|s| s[p]).collect() };
    let far = |p: &usize| two_sample(&column(a, *p), &column(b, *p)) > LIMIT;
    (0..names.len()).filter(far).map(|p| names[p].clone()).collect()
}

#[test]
fn real_and_simulated_proofs_are_distributed_alike_at_every_position() {
    let tiny = Tiny::new();
    let (model, witness, stated) = setting(&tiny);
    let simulated = || {
        let Simulated { proof, oracle } = simulate(&tiny.plan, &stated.bound()).expect("randomness");
        (proof, oracle)
    };
    let (simulations, names) = sample(&tiny, (&witness, &stated), rounds(), simulated);
    let (real, _) =
        sample(&tiny, (&witness, &stated), rounds(), || (tiny.prove(&stated, &model, &witness), Oracle::Honest));
    assert_eq!(differing(&real, &simulations, &names), Vec::<String>::new());

    // controls: mutants whose proofs a simulator does not make
    let at = tiny.offsets();
    let mutant = |edit: &(dyn Fn(&mut Vec<Scalar>) + Sync)| {
        let make = || {
            let mut random = random_scalars(Randomness::count(&tiny.plan)).expect("randomness");
            edit(&mut random);
            (tiny.prove_with(&stated, (&model, &witness), random, Oracle::Honest), Oracle::Honest)
        };
        differing(&sample(&tiny, (&witness, &stated), 400, make).0, &simulations, &names)
    };
    let without_sigma = mutant(&|r| [at.sigma, at.mask_sigma].iter().for_each(|i| r[*i] = Scalar::default()));
    assert_eq!(without_sigma, ["sigma 0", "σ 0 by the witness", "t_σ 0 by the witness"]);
    let without_a_pad = mutant(&|r| r[at.pads + 7] = Scalar::default());
    assert!(without_a_pad.contains(&"pad 7 by the witness".to_owned()), "{without_a_pad:?}");
    let without_a_blind = mutant(&|r| r[0] = Scalar::default());
    assert_eq!(without_a_blind, ["point 0", "blinding 0 by the witness"]);
    let short_masks = mutant(&|r| r[at.masks] = Scalar::from(crate::positions::of_scalar(&r[at.masks]) & 0xffff_0fff));
    assert!(short_masks.contains(&"t 0 by the witness".to_owned()), "{short_masks:?}");
}
