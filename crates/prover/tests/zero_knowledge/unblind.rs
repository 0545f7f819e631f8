//! Combining all responses of a proof with public data: nothing of the witness comes out.
//!
//! Fix the challenges. The shown scalars without u0, which the verifier's equation gives, are functions of the prover's
//! randomness. Theorem 4 says that they map it one to one; here the map's derivative is taken from the prover as built.
//!
//! ```text
//! full rank          no combination of shown scalars is free of randomness: whatever is hidden, each shown vector is as likely
//! one rank missing   that combination is a function of the witness
//! ```

use crate::tiny::{Model, Stated, Tiny, Witness, shown};
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Field, Scalar, Zero};
use intaglio_argument::mutants::Oracle;
use intaglio_argument::mutants::Recovered;
use intaglio_argument::proof::Proof;
use intaglio_argument::prove::Randomness;
use rayon::prelude::*;

const FROZEN: Oracle = Oracle::Frozen(1);

fn setting(tiny: &Tiny) -> (Model, Witness, Stated) {
    let model = tiny.commit(&[1, -1, 2, 1]);
    let witness = tiny.witness(&model.parameters, &[2, 2]);
    let stated = tiny.state(model.id, &model.rows, &witness.output);
    (model, witness, stated)
}

/// All shown scalars but u0.
fn independent(proof: &Proof) -> Vec<Scalar> {
    shown(proof).into_iter().filter(|(name, _)| name != "cross 0").map(|(_, s)| s).collect()
}

/// One row for each random scalar: by how much each shown scalar changes when it grows by one. Exact, since every shown
/// scalar but u0 is affine in each random scalar alone.
fn derivative(tiny: &Tiny) -> Vec<Vec<Scalar>> {
    let (model, witness, stated) = setting(tiny);
    let random = random_scalars(Randomness::count(&tiny.plan)).expect("randomness");
    let at = |random: Vec<Scalar>| independent(&tiny.prove_with(&stated, (&model, &witness), random, FROZEN));
    let base = at(random.clone());
    let one = |i: usize| {
        let mut moved = random.clone();
        moved[i] += Scalar::from(1u64);
        at(moved).iter().zip(&base).map(|(a, b)| *a - b).collect()
    };
    (0..random.len()).into_par_iter().map(one).collect()
}

fn rank(mut rows: Vec<Vec<Scalar>>) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..rows.len()).find(|r| !rows[*r][column].is_zero()) else { continue };
        rows.swap(rank, pivot);
        let inverse = rows[rank][column].inverse().expect("not zero");
        let (done, below) = rows.split_at_mut(rank + 1);
        for row in below.iter_mut().filter(|row| !row[column].is_zero()) {
            let factor = row[column] * inverse;
            row.iter_mut().zip(&done[rank]).skip(column).for_each(|(a, b)| *a -= factor * b);
        }
        rank += 1;
    }
    rank
}

#[test]
fn no_combination_of_the_responses_is_free_of_randomness() {
    let tiny = Tiny::new();
    let full = derivative(&tiny);
    let shown = full[0].len();
    assert_eq!(shown, 2 * tiny.plan.shape().slots + (1 << tiny.plan.system().column_vars()) + 3);
    assert_eq!(rank(full.clone()), shown);

    // leaving out any one pad or mask leaves a combination that depends on the witness alone
    let at = tiny.offsets();
    let without =
        |left_out: &[usize]| rank((0..full.len()).filter(|i| !left_out.contains(i)).map(|i| full[i].clone()).collect());
    let shape = tiny.plan.shape();
    let (operand, plain) = (shape.operands[5] as usize, shape.plain[9] as usize);
    let single = [at.pads + operand, at.pads + plain, at.masks, at.slot_masks + operand, at.slot_masks + plain];
    for index in single.into_iter().chain([at.sigma, at.mask_sigma]) {
        assert_eq!(without(&[index]), shown - 1, "random scalar {index}");
    }
    // ζ carries the blinds of all rows, of P and of T: it needs only one of them
    assert_eq!(without(&[at.mask_blind]), shown);
    let blinds: Vec<usize> = (0..at.pads).chain([at.pad_blind, at.mask_blind]).collect();
    assert_eq!(without(&blinds), shown - 1);
}

/// Hidden scalars that public combinations of a proof give away.
fn comes_out(tiny: &Tiny, proof: &Proof, hidden: &Recovered, model: &Model) -> Vec<String> {
    let [kappa, e] = hidden.challenges;
    let (over_e, over_kappa) = (e.inverse().expect("e"), kappa.inverse().expect("κ"));
    let columns = 1 << tiny.plan.system().column_vars();
    let shape = tiny.plan.shape();
    let mut secrets: Vec<(String, Scalar)> = Vec::new();
    secrets.extend(hidden.hidden.iter().enumerate().map(|(i, h)| (format!("hidden scalar {i}"), *h)));
    secrets.extend(hidden.row.iter().enumerate().map(|(i, x)| (format!("combined cell {i}"), *x)));
    // where zero is sent, of padding or before a sum joins, the message is the pad
    let pads = hidden.pads.iter().zip(&hidden.hidden).enumerate().filter(|(_, (_, h))| !h.is_zero());
    secrets.extend(pads.map(|(i, (pad, _))| (format!("pad {i}"), *pad)));
    secrets.extend(model.blinds.iter().enumerate().map(|(i, x)| (format!("model blind {i}"), *x)));
    secrets.push(("σ".into(), hidden.sigma));

    let mut public: Vec<Scalar> = shown(proof).into_iter().map(|(_, s)| s).collect();
    for (i, slot) in shape.operands.iter().chain(&shape.plain).enumerate() {
        let z =
            if i < shape.operands.len() { proof.operands[i] } else { proof.tail[columns + i - shape.operands.len()] };
        public.extend([z * over_e * over_kappa, proof.messages[*slot as usize] - z * over_e * over_kappa]);
    }
    public.extend(proof.tail.iter().take(columns).map(|z| *z * over_e));
    public.extend([proof.sigma * over_e * over_kappa, proof.cross[1] * over_kappa, proof.blind * over_e]);
    // zero says nothing
    let found = |(_, secret): &&(String, Scalar)| !secret.is_zero() && public.contains(secret);
    secrets.iter().filter(found).map(|(name, _)| name.clone()).collect()
}

#[test]
fn nothing_of_the_witness_comes_out_of_a_proof() {
    let tiny = Tiny::new();
    let (model, witness, stated) = setting(&tiny);
    let proof = tiny.prove(&stated, &model, &witness);
    let hidden = tiny.recover(&stated, &witness, &proof, Oracle::Honest);
    assert!(hidden.hidden.iter().filter(|h| !h.is_zero()).count() > 40, "there is something to find");
    assert_eq!(comes_out(&tiny, &proof, &hidden, &model), Vec::<String>::new());

    let at = tiny.offsets();
    let mutant = |left_out: usize| {
        let mut random = random_scalars(Randomness::count(&tiny.plan)).expect("randomness");
        random[left_out] = Scalar::default();
        let proof = tiny.prove_with(&stated, (&model, &witness), random, Oracle::Honest);
        let hidden = tiny.recover(&stated, &witness, &proof, Oracle::Honest);
        comes_out(&tiny, &proof, &hidden, &model)
    };
    let slot = tiny.plan.shape().operands[5] as usize;
    assert!(mutant(at.pads + slot).contains(&format!("hidden scalar {slot}")), "without its pad");
    assert!(mutant(at.slot_masks + slot).contains(&format!("hidden scalar {slot}")), "without its mask");
    assert!(mutant(at.masks).contains(&"combined cell 0".to_owned()), "a column without its mask");
    assert!(mutant(at.mask_sigma).contains(&"σ".to_owned()), "σ without its mask");
}
