//! An adversary that knows everything but one bit: it takes a candidate witness and computes the randomness that the
//! proof would have been made with.
//!
//! ```text
//! p_j = m_j − h_j        t = Z − e·X        t_σ = u0 − 𝒬(t_op)       κσ = u1 − (u1 without σ)
//! φ_i·H = Row_i − ⟨w_i,G⟩        φ_P·H = P − ⟨p,K⟩ − σS        φ_T·H = T − ⟨t,(G‖K)⟩ − t_σ·S
//! ```
//!
//! For the true witness these are uniform if the prover draws them so. If they are uniform for the other candidate too,
//! the proof says nothing about the bit.

use crate::closing::Combined;
use crate::closing::check::absorb_response;
use crate::lookup::prove::Keys;
use crate::mutants::Oracle;
use crate::plan::Plan;
use crate::proof::Proof;
use crate::prove::party::{Masking, Proving};
use crate::prove::{Assignment, Data, ProveError, Silent};
use crate::schedule::{self, PublicValues};
use crate::statement::Statement;
use crate::system::Origin;
use crate::verify::absorb_first_message;
use intaglio_algebra::encoding::encode_point;
use intaglio_algebra::{Affine, Field, Projective, Scalar, generators, group, kernels};

/// The randomness of a proof under a candidate witness.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Hidden scalar of each slot.
    pub hidden: Vec<Scalar>,
    /// Pad of each slot.
    pub pads: Vec<Scalar>,
    /// σ: what is left of u1.
    pub sigma: Scalar,
    /// t_σ by u0.
    pub mask_sigma: Scalar,
    /// t over the columns, then over the slots. Empty if the proof folds its response.
    pub masks: Vec<Scalar>,
    /// The combined row x.
    pub row: Vec<Scalar>,
    /// Blinding parts of the witness rows, of P and of T.
    pub blinding: Vec<Affine>,
    /// Public challenges κ and e.
    pub challenges: [Scalar; 2],
}

/// Pads from messages.
struct Unmasking<'a> {
    messages: &'a [Scalar],
    hidden: Vec<Scalar>,
}

impl Masking for Unmasking<'_> {
    fn mask(&mut self, slot: usize, value: Scalar) -> Scalar {
        self.hidden.push(value);
        self.messages.get(slot).copied().unwrap_or_default()
    }

    fn pad(&self, slot: usize) -> Scalar {
        self.messages.get(slot).copied().unwrap_or_default() - self.hidden.get(slot).copied().unwrap_or_default()
    }
}

/// Computes the randomness of a proof, made under an oracle, under the candidate `assignment`.
///
/// # Errors
///
/// [`ProveError::Statement`] if the statement does not fit the plan.
pub fn recover(
    plan: &Plan,
    statement: &Statement<'_>,
    assignment: Assignment<'_>,
    (proof, oracle): (&Proof, Oracle),
) -> Result<Recovered, ProveError> {
    let mut transcript = statement.open(plan)?.insecure_under(oracle);
    absorb_first_message(&mut transcript, proof);
    let mut data = Data::new(plan, statement.publics, assignment);
    let keys = Keys::collect(&mut data);
    let unblinded = data.commit_group_rows(Origin::Witness);
    let unmasking = Unmasking { messages: &proof.messages, hidden: Vec::new() };
    let mut party = Proving::new(data, keys, transcript, unmasking, &Silent);
    let opening = schedule::run(&mut party, plan, &PublicValues(statement.publics));
    let (finished, unmasking) = party.finish()?;
    let mut transcript = finished.transcript;
    let combined = Combined::new(&mut transcript, plan, &finished.equations, &opening);
    let row = finished.data.combine_all_rows(&combined.rows);
    transcript.absorb("closing.mask", &encode_point(&proof.mask));
    proof.cross.iter().for_each(|u| transcript.absorb_scalar("closing.cross", u));
    let e = transcript.challenge("closing.e");
    absorb_response(&mut transcript, &proof.blind, &proof.operands, &proof.sigma);

    let slots = plan.shape().slots;
    let pads: Vec<Scalar> = (0..slots).map(|slot| unmasking.pad(slot)).collect();
    let scaled: Vec<Scalar> = pads.iter().map(|p| combined.kappa * p).collect();
    let secret: Vec<Scalar> = row.iter().chain(&scaled).copied().collect();
    let masks: Vec<Scalar> = response(plan, proof).iter().zip(&secret).map(|(z, x)| *z - e * x).collect();
    let (on_columns, on_slots) = masks.split_at(masks.len().min(row.len()));
    let unmasked = combined.polar(on_slots, &scaled)
        + kernels::dot(&combined.columns, on_columns)
        + kernels::dot(&combined.slots, on_slots);
    let [u0, u1] = proof.cross;
    let sigma = (u1 - unmasked) * combined.kappa.inverse().unwrap_or_default();
    let mask_sigma = u0 - combined.quadratic(on_slots);

    let special = generators::special();
    let on_pads = group::msm(&generators::pads(slots), &pads) + group::msm(&special, &[sigma]);
    let on_mask = group::msm(&generators::rows(on_columns.len()), on_columns)
        + group::msm(&generators::pads(slots), on_slots)
        + group::msm(&special, &[mask_sigma]);
    let mut blinding: Vec<Projective> = proof.rows.iter().zip(unblinded).map(|(row, own)| *row - own).collect();
    blinding.extend([Projective::from(proof.pads) - on_pads, Projective::from(proof.mask) - on_mask]);
    Ok(Recovered {
        hidden: unmasking.hidden,
        pads,
        sigma,
        mask_sigma,
        masks,
        row,
        blinding: group::to_affine_batch(&blinding),
        challenges: [combined.kappa, e],
    })
}

/// Z over the columns, then over the slots; empty if it is folded.
fn response(plan: &Plan, proof: &Proof) -> Vec<Scalar> {
    if !proof.folds.is_empty() {
        return Vec::new();
    }
    let shape = plan.shape();
    let columns = 1usize << plan.system().column_vars();
    let mut on_slots = vec![Scalar::default(); shape.slots];
    let plain = shape.plain.iter().zip(proof.tail.iter().skip(columns));
    for (slot, z) in shape.operands.iter().zip(&proof.operands).chain(plain) {
        if let Some(cell) = on_slots.get_mut(*slot as usize) {
            *cell = *z;
        }
    }
    proof.tail.iter().take(columns).copied().chain(on_slots).collect()
}
