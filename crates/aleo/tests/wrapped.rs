//! The gadgets of the study of wrapping: arithmetic modulo another order.

#[path = "../examples/wrap_study/modular.rs"]
mod modular;

use intaglio_aleo::r1cs::{R1cs, Value, field};
use modular::{Residue, order};
use num_bigint::BigUint;

#[test]
fn products_modulo_the_order_are_exact() {
    let one = BigUint::from(1u32);
    let top = (BigUint::from(1u32) << 251) - 1u32;
    let odd = (order() * 7u32) / 13u32;
    for a in [&one, &(order() - 1u32), &odd, &top] {
        for b in [&BigUint::from(0u32), &one, &(order() - 1u32), &odd, &top] {
            let mut cs = R1cs::new(vec![]);
            let (x, y) = (Residue::alloc(&mut cs, a), Residue::alloc(&mut cs, b));
            let before = cs.counts().constraints;
            let product = x.times(&mut cs, &y);
            assert_eq!(product.value(), (a * b) % order());
            assert_eq!(cs.broken(), None, "{a} * {b}");
            assert_eq!(cs.counts().constraints - before, 251 + 253 + 10 + 2 * (70 + 1) + 2);
        }
    }
    let mut cs = R1cs::new(vec![]);
    let (x, y) = (Residue::alloc(&mut cs, &odd), Residue::alloc(&mut cs, &top));
    let first = cs.privates().len();
    let _ = x.times(&mut cs, &y);
    for private in first..cs.privates().len() {
        let mut wrong = cs.clone();
        let next = match wrong.privates()[private] {
            Value::Number(v) => Value::Number(1 - v),
            Value::Field(v) => Value::Field(v + field(1)),
        };
        wrong.set(private, next);
        assert!(wrong.broken().is_some(), "variable {private}");
    }
}
