//! Every kernel equals its definition, on this machine, whatever it chose.

use super::scalar::{self, FractionHalves, ProductHalves};
use super::serial;
use crate::{Field, One, PrimeField, Scalar, Zero};
use ark_ff::BigInt;
use proptest::prelude::*;

/// The scalar whose Montgomery words are the greatest there are: every limb of every product is as large as it can be.
fn greatest() -> Scalar {
    let BigInt([low, rest @ ..]) = Scalar::MODULUS;
    let [a, b, c] = rest;
    Scalar::new_unchecked(BigInt([low - 1, a, b, c]))
}

/// What an element is made from.
fn element() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        6 => any::<[u8; 64]>().prop_map(|bytes| crate::encoding::scalar_from_wide(&bytes)),
        1 => Just(greatest()),
        1 => Just(Scalar::zero()),
        1 => Just(Scalar::one()),
        1 => Just(-Scalar::one()),
    ]
}

fn elements(n: usize) -> impl Strategy<Value = Vec<Scalar>> {
    proptest::collection::vec(element(), n)
}

fn check_all(tables: &[Vec<Scalar>], r: Scalar) {
    let [a, b, c, d, e, f, g, h, w] = tables else { panic!("nine tables") };
    let mut pair = [a.clone(), a.clone()];
    let [fast, slow] = &mut pair;
    serial::fold_halves(fast, b, r);
    scalar::fold_halves(slow, b, r);
    assert_eq!(fast, slow, "fold");
    serial::scale_add(fast, r, c);
    scalar::scale_add(slow, r, c);
    assert_eq!(fast, slow, "scale_add");
    serial::add_assign(fast, d);
    scalar::add_assign(slow, d);
    assert_eq!(fast, slow, "add_assign");
    let (mut hi, mut hi_slow) = (b.clone(), b.clone());
    serial::eq_split(fast, &mut hi, r);
    scalar::eq_split(slow, &mut hi_slow, r);
    assert_eq!((fast, hi), (slow, hi_slow), "eq_split");
    assert_eq!(serial::dot(a, b), scalar::dot(a, b), "dot");
    for weights in [None, Some(w.as_slice())] {
        let halves = ProductHalves { a: [a, b], b: [c, d], e: weights };
        assert_eq!(serial::product_round(halves), scalar::product_round(halves), "product_round");
    }
    let halves = FractionHalves { n0: [a, b], n1: [c, d], d0: [e, f], d1: [g, h], e: w };
    for lambda in [r, Scalar::zero()] {
        assert_eq!(serial::fraction_round(halves, lambda), scalar::fraction_round(halves, lambda), "fraction_round");
    }
    let (mut n, mut m) = (a.clone(), b.clone());
    let (mut n_slow, mut m_slow) = (a.clone(), b.clone());
    serial::fraction_layer([a, b], [c, d], &mut n, &mut m);
    scalar::fraction_layer([a, b], [c, d], &mut n_slow, &mut m_slow);
    assert_eq!((n, m), (n_slow, m_slow), "fraction_layer");
}

#[test]
fn kernels_equal_their_definitions_at_the_greatest_words() {
    // 2048 elements fill the columns of the delayed reduction to the brim.
    for n in [1, 8, 2040, 2048, 2056, 4100] {
        check_all(&vec![vec![greatest(); n]; 9], greatest());
        check_all(&vec![vec![-Scalar::one(); n]; 9], -Scalar::one());
        check_all(&vec![vec![Scalar::zero(); n]; 9], greatest());
    }
}

#[test]
fn kernels_equal_their_definitions_when_lengths_differ() {
    let tables: Vec<Vec<Scalar>> = (0..9).map(|k| vec![greatest().square(); 64 - 5 * k]).collect();
    let [a, b, c, d, e, f, g, h, w] = tables.as_slice() else { panic!("nine tables") };
    assert_eq!(serial::dot(a, w), scalar::dot(a, w));
    let halves = ProductHalves { a: [a, b], b: [c, d], e: Some(w) };
    assert_eq!(serial::product_round(halves), scalar::product_round(halves));
    let halves = FractionHalves { n0: [a, b], n1: [c, d], d0: [e, f], d1: [g, h], e: a };
    assert_eq!(serial::fraction_round(halves, a[0]), scalar::fraction_round(halves, a[0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn kernels_equal_their_definitions(
        tables in (0usize..50).prop_flat_map(|n| proptest::collection::vec(elements(n), 9)),
        r in element(),
    ) {
        check_all(&tables, r);
    }

    #[test]
    fn integer_kernels_equal_their_definitions(
        weights in elements(40),
        cells in proptest::collection::vec(any::<i64>(), 40),
        shift in 0u32..64,
    ) {
        let cells: Vec<i64> = cells.iter().map(|w| w >> shift).collect();
        prop_assert_eq!(serial::dot_small(&cells, &weights), scalar::dot_small(&cells, &weights));
        let rows = [&cells[..], &cells[3..], &cells[..37], &cells[1..9], &[]];
        let (mut fast, mut slow) = (weights.clone(), weights.clone());
        serial::combine_rows(&rows, &weights, &mut fast);
        scalar::combine_rows(&rows, &weights, &mut slow);
        prop_assert_eq!(fast, slow);
    }
}

#[test]
fn integer_kernels_are_exact_when_their_columns_are_full() {
    let weights = vec![greatest(); 8192];
    for cell in [(1i64 << 51) - 1, -(1 << 51)] {
        let cells = vec![cell; 8192];
        assert_eq!(serial::dot_small(&cells, &weights), scalar::dot_small(&cells, &weights));
        let rows = vec![&cells[..16]; 1030];
        let (mut fast, mut slow) = (weights[..16].to_vec(), weights[..16].to_vec());
        serial::combine_rows(&rows, &weights, &mut fast);
        scalar::combine_rows(&rows, &weights, &mut slow);
        assert_eq!(fast, slow);
    }
}
