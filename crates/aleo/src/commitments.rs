//! What binds weights and inputs that stay hidden: their digits packed into field elements, and those hashed with a salt.
//!
//! ```text
//! model commitment   hash("intaglio-model-1", salt, program digest, packed w + 2^(b−1) of every parameter)
//! input commitment   hash("intaglio-input-1", salt, digest of shapes and ranges, packed x − lo of every input)
//! ```

use crate::circuit::{Digits, field_of};
use crate::element::Element;
use crate::poseidon::{constrain_hash, hash};
use crate::r1cs::{FieldForm, R1cs, Wire, field};
use blake2b_simd::Params;
use intaglio_program::program::{Input, Program};
use intaglio_program::tensor::IntTensor;
use snarkvm_curves::bls12_377::Fr;
use snarkvm_fields::{Field, One, Zero};
use std::collections::BTreeMap;

/// Bits that fit one field element, whatever they are.
const CAPACITY: u32 = 252;

/// Cells in groups of at most [`CAPACITY`] bits, each with the place of its lowest.
fn groups<T>(cells: impl Iterator<Item = (u32, T)>) -> Vec<Vec<(u32, T)>> {
    let mut groups: Vec<Vec<(u32, T)>> = Vec::new();
    let mut used = CAPACITY;
    for (bits, cell) in cells {
        if used + bits > CAPACITY {
            groups.push(Vec::new());
            used = 0;
        }
        if let Some(group) = groups.last_mut() {
            group.push((used, cell));
        }
        used += bits;
    }
    groups
}

fn power_of_two(exponent: u32) -> Fr {
    (Fr::one() + Fr::one()).pow([u64::from(exponent)])
}

fn packed(cells: impl Iterator<Item = (u32, i128)>) -> Vec<Fr> {
    let sum = |group: Vec<(u32, i128)>| {
        group.into_iter().fold(Fr::zero(), |sum, (shift, cell)| sum + field(cell) * power_of_two(shift))
    };
    groups(cells).into_iter().map(sum).collect()
}

/// Bits of `x − lo`.
#[must_use]
pub fn width(input: &Input) -> u32 {
    u64::BITS - ((input.hi - input.lo) as u64).leading_zeros()
}

fn program_tag(program: &Program) -> Fr {
    field_of(&program.digest())
}

fn inputs_tag(program: &Program) -> Fr {
    let mut state = Params::new().hash_length(31).personal(b"intaglio-inputs1").to_state();
    for input in program.inputs() {
        state.update(&(input.shape.len() as u64).to_le_bytes());
        for n in &input.shape {
            state.update(&(*n as u64).to_le_bytes());
        }
        state.update(&input.lo.to_le_bytes()).update(&input.hi.to_le_bytes());
    }
    field_of(state.finalize().as_bytes())
}

fn model_domain() -> Fr {
    field_of(b"intaglio-model-1")
}

fn input_domain() -> Fr {
    field_of(b"intaglio-input-1")
}

/// The commitment to hidden weights that fit the program.
#[must_use]
pub fn model_commitment(program: &Program, parameters: &[IntTensor], salt: Fr) -> Fr {
    let cells = program.parameters().iter().zip(parameters).flat_map(|(declared, own)| {
        let half = 1i128 << (declared.bits - 1);
        own.data.iter().map(move |w| (declared.bits, i128::from(*w) + half))
    });
    hash(model_domain(), &[&[salt, program_tag(program)], &packed(cells)[..]].concat())
}

/// The commitment to inputs that lie in their ranges.
#[must_use]
pub fn input_commitment(program: &Program, inputs: &[IntTensor], salt: Fr) -> Fr {
    let cells = program.inputs().iter().zip(inputs).flat_map(|(declared, own)| {
        own.data.iter().map(move |x| (width(declared), i128::from(*x) - i128::from(declared.lo)))
    });
    hash(input_domain(), &[&[salt, inputs_tag(program)], &packed(cells)[..]].concat())
}

/// Asks that a public value commits to cells, each known by its digits.
fn constrain(cs: &mut R1cs, public: Wire, [domain, salt, tag]: [Fr; 3], cells: impl Iterator<Item = Digits>) {
    let mut inputs = vec![Element::alloc(cs, salt), Element::constant(tag)];
    for group in groups(cells.map(|cell| (cell.bits, cell.form))) {
        let mut form: BTreeMap<Wire, Fr> = BTreeMap::new();
        for (shift, own) in group {
            let weight = power_of_two(shift);
            for (wire, k) in own {
                *form.entry(wire).or_insert_with(Fr::zero) += field(k) * weight;
            }
        }
        inputs.push(Element::pack(cs, form.into_iter().collect::<FieldForm>()));
    }
    constrain_hash(cs, domain, &inputs).state(cs, public);
}

/// The gadget of [`model_commitment`].
pub(crate) fn constrain_model(
    cs: &mut R1cs,
    public: Wire,
    (program, salt): (&Program, Fr),
    cells: impl Iterator<Item = Digits>,
) {
    constrain(cs, public, [model_domain(), salt, program_tag(program)], cells);
}

/// The gadget of [`input_commitment`].
pub(crate) fn constrain_inputs(
    cs: &mut R1cs,
    public: Wire,
    (program, salt): (&Program, Fr),
    cells: impl Iterator<Item = Digits>,
) {
    constrain(cs, public, [input_domain(), salt, inputs_tag(program)], cells);
}
