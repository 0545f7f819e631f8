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

use crate::r1cs::{FieldForm, ONE, R1cs, Value, Wire};
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

/// A form over the field and its value.
#[derive(Clone, Debug)]
pub struct Element {
    form: FieldForm,
    value: Fr,
}

impl Element {
    /// A constant.
    #[must_use]
    pub fn constant(value: Fr) -> Self {
        let form = if value.is_zero() { FieldForm::new() } else { vec![(ONE, value)] };
        Self { form, value }
    }

    /// A new private variable.
    pub fn alloc(cs: &mut R1cs, value: Fr) -> Self {
        Self::wire(cs.alloc_value(Value::Field(value)), value)
    }

    /// A variable.
    #[must_use]
    pub fn wire(wire: Wire, value: Fr) -> Self {
        Self { form: vec![(wire, Fr::one())], value }
    }

    /// One variable that equals a form: one constraint.
    pub fn pack(cs: &mut R1cs, form: FieldForm) -> Self {
        let value = form.iter().fold(Fr::zero(), |sum, (wire, k)| sum + cs.value(*wire).to_field() * k);
        let out = Self::alloc(cs, value);
        cs.field_zero(Self { form, value }.plus(-Fr::one(), &out).form);
        out
    }

    /// Asks that it is the value of a public wire: one constraint.
    pub fn state(&self, cs: &mut R1cs, public: Wire) {
        cs.field_zero(self.plus(-Fr::one(), &Self::wire(public, self.value)).form);
    }

    fn plus(&self, factor: Fr, other: &Self) -> Self {
        let mut form = self.form.clone();
        form.extend(other.form.iter().map(|(wire, k)| (*wire, factor * k)));
        form.sort_unstable_by_key(|(wire, _)| *wire);
        form.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        form.retain(|(_, k)| !k.is_zero());
        Self { form, value: self.value + factor * other.value }
    }

    fn times(&self, cs: &mut R1cs, other: &Self) -> Self {
        let out = Self::alloc(cs, self.value * other.value);
        cs.field_product(self.form.clone(), other.form.clone(), out.form.clone());
        out
    }

    fn is_constant(&self) -> bool {
        self.form.iter().all(|(wire, _)| *wire == ONE)
    }

    /// `x^α`, five constraints for α = 17; nothing for a constant.
    fn s_box(&self, cs: &mut R1cs) -> Self {
        let alpha = parameters().alpha;
        if self.is_constant() {
            return Self::constant(self.value.pow([alpha]));
        }
        let mut power = self.clone();
        for bit in (0..alpha.ilog2()).rev() {
            power = power.times(cs, &power.clone());
            if alpha >> bit & 1 == 1 {
                power = power.times(cs, self);
            }
        }
        power
    }
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
            *cell = cell.s_box(cs);
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
