//! What a circuit would take that verifies a proof of the core: `docs/wrapping.md` has the study.
//!
//! `cargo run --release --example wrap_study -- model.program`

mod modular;

use intaglio_aleo::edwards::{Point, coordinates};
use intaglio_aleo::element::Element;
use intaglio_aleo::gadgets::{Number, loose_bits};
use intaglio_aleo::poseidon::{RATE, constrain_hash};
use intaglio_aleo::r1cs::R1cs;
use intaglio_algebra::generators;
use intaglio_argument::plan::Plan;
use intaglio_argument::system::Origin;
use intaglio_program::bytes::CompiledModel;
use intaglio_program::lower::{Level, Visibility, inference};
use modular::{Residue, order};
use num_bigint::BigUint;
use snarkvm_curves::bls12_377::Fr;

/// Bits of a scalar.
const SCALAR_BITS: usize = 251;

/// Constraints that some gadget adds.
fn cost(gadget: impl FnOnce(&mut R1cs)) -> usize {
    let mut cs = R1cs::new(vec![]);
    gadget(&mut cs);
    assert_eq!(cs.broken(), None);
    cs.counts().constraints
}

fn scalar_bits(cs: &mut R1cs) -> Vec<Number> {
    (0..SCALAR_BITS).map(|i| loose_bits(cs, (i % 3 == 0).into(), 1)).collect()
}

fn main() {
    let path = std::env::args().nth(1).expect("the path of a compiled model");
    let file = std::fs::read(path).expect("a file that can be read");
    let program = CompiledModel::from_bytes(&file).expect("a compiled model").program;
    let visibility = Visibility::uniform(&program, Level::Private, Level::Public);
    let plan = Plan::new(inference(&program, &visibility).expect("a program").system);
    let (system, shape) = (plan.system(), plan.shape());

    let bits = cost(|cs| drop(scalar_bits(cs)));
    let fixed = cost(|cs| {
        let digits = scalar_bits(cs);
        let _ = Point::constant(&generators::blind()).plus_multiple(cs, &generators::blind(), &digits);
    });
    let variable = cost(|cs| {
        let digits = scalar_bits(cs);
        let [x, y] = coordinates(&generators::blind()).map(|v| Element::alloc(cs, v));
        let _ = Point { x, y }.times(cs, &digits);
    });
    let mut one = R1cs::new(vec![]);
    let (a, b) = (Residue::alloc(&mut one, &(order() - 5u32)), Residue::alloc(&mut one, &BigUint::from(77u32)));
    let before = one.counts().constraints;
    assert_eq!(a.times(&mut one, &b).value(), order() - 385u32);
    let product = one.counts().constraints - before;
    let permutation = cost(|cs| {
        let inputs: Vec<Element> = (0..RATE).map(|i| Element::alloc(cs, Fr::from(i as u128 + 1))).collect();
        let _ = constrain_hash(cs, Fr::from(7u128), &inputs);
    });
    let columns = 1usize << system.column_vars();
    let fixed_count = columns + shape.slots + 3;
    let imported: usize = system
        .groups()
        .iter()
        .zip(plan.group_rows())
        .filter(|(g, _)| g.origin == Origin::Imported)
        .map(|(_, rows)| *rows)
        .sum();
    let variable_count = imported + shape.witness_rows + 2 + 2 * shape.folds;
    // the response unfolded, its product with the column functional and with the slots' forms: no verifier does with less
    let products = 2 * shape.response_len() + columns + shape.slots;
    let elements = shape.proof_bytes().div_ceil(31);
    println!(
        "columns {columns}, slots {}, rows {} + {imported}, folds {}",
        shape.slots, shape.witness_rows, shape.folds
    );
    let rows = [
        ("multiples of fixed points", fixed_count, fixed),
        ("multiples of points of the run", variable_count, variable),
        ("products modulo r, at least", products, product),
        ("Poseidon instead of the transcript's hash", elements.div_ceil(RATE), permutation),
    ];
    println!("{bits} bits of a scalar are counted in each multiple");
    for (what, count, each) in rows {
        println!("{what:<45} {count:>8} x {each:>6} = {:>12}", count * each);
    }
    let total: usize = rows.iter().map(|(_, count, each)| count * each).sum();
    println!("{:<45} {total:>30} constraints, 2^{:.1}", "together", (total as f64).log2());
}
