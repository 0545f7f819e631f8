//! Poseidon of rate 8 over the scalar field, as a function and as a gadget: what binds hidden weights and inputs.
//!
//! ```text
//! hash(domain, x₁ … x_n) = sponge(domain ‖ n ‖ 0⁶ ‖ x₁ … x_n)      snarkVM's own permutation and parameters
//! ```
//!
//! The first block holds constants only, so that the gadget pays for `⌈n/8⌉` permutations: 515 constraints each.
//!
//! # Soundness
//!
//! Poseidon is assumed to be collision-resistant, and hiding where one input is a uniform salt.

use crate::element::Element;
use crate::r1cs::R1cs;
use snarkvm_algorithms::crypto_hash::Poseidon;
use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::{Field, One, PoseidonParameters, Zero};
use std::sync::{Arc, LazyLock};

/// Field elements that a permutation takes up.
pub const RATE: usize = 8;
const WIDTH: usize = RATE + 1;

static HASH: LazyLock<Poseidon<Fr, RATE>> = LazyLock::new(Poseidon::setup);

fn parameters() -> &'static Arc<PoseidonParameters<Fr, RATE, 1>> {
    HASH.parameters()
}

fn head(domain: Fr, count: usize) -> [Fr; RATE] {
    let mut head = [Fr::zero(); RATE];
    (head[0], head[1]) = (domain, Fr::from(count as u128));
    head
}

/// The hash of some field elements under a domain.
#[must_use]
pub fn hash(domain: Fr, inputs: &[Fr]) -> Fr {
    HASH.evaluate(&[&head(domain, inputs.len()), inputs].concat())
}

/// `x^α`, five constraints for α = 17; nothing for a constant.
fn s_box(x: &Element, cs: &mut R1cs) -> Element {
    let alpha = parameters().alpha;
    if x.is_constant() {
        return Element::constant(x.value().pow([alpha]));
    }
    let mut power = x.clone();
    for bit in (0..alpha.ilog2()).rev() {
        power = power.times(cs, &power.clone());
        if alpha >> bit & 1 == 1 {
            power = power.times(cs, x);
        }
    }
    power
}

fn permute(cs: &mut R1cs, state: &mut [Element; WIDTH]) {
    let own = parameters();
    let partial = own.full_rounds / 2..own.full_rounds / 2 + own.partial_rounds;
    for round in 0..own.full_rounds + own.partial_rounds {
        let boxes = if partial.contains(&round) { 1 } else { WIDTH };
        for (cell, constant) in state.iter_mut().zip(&own.ark[round]) {
            *cell = cell.plus(Fr::one(), &Element::constant(*constant));
        }
        for cell in &mut state[..boxes] {
            *cell = s_box(cell, cs);
        }
        let mixed = own.mds.iter().map(|row| {
            row.iter().zip(state.iter()).fold(Element::constant(Fr::zero()), |sum, (k, cell)| sum.plus(*k, cell))
        });
        let mixed: Vec<Element> = mixed.collect();
        state.clone_from_slice(&mixed);
    }
}

/// The gadget of [`hash`].
pub fn constrain_hash(cs: &mut R1cs, domain: Fr, inputs: &[Element]) -> Element {
    let mut state = [(); WIDTH].map(|()| Element::constant(Fr::zero()));
    let head = head(domain, inputs.len()).map(Element::constant);
    for (index, block) in std::iter::once(&head[..]).chain(inputs.chunks(RATE)).enumerate() {
        if index > 0 {
            permute(cs, &mut state);
        }
        for (cell, own) in state[1..].iter_mut().zip(block) {
            *cell = cell.plus(Fr::one(), own);
        }
    }
    permute(cs, &mut state);
    state[1].clone()
}
