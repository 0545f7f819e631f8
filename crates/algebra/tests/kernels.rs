//! The doors of the field kernels against their formulas, over lengths that reach every path.

use intaglio_algebra::encoding::small;
use intaglio_algebra::{AdditiveGroup, Field, Scalar, Zero, kernels};

const LENGTHS: [usize; 14] = [0, 1, 2, 7, 8, 9, 15, 16, 17, 64, 100, 1000, 8192, 20_001];

/// Scalars of a fixed seed; every seventh is an extreme value.
fn scalars(n: usize, seed: u64) -> Vec<Scalar> {
    let extremes =
        [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::new_unchecked(ark_ff::BigInt([u64::MAX, u64::MAX, 0, 0]))];
    let mut state = Scalar::from(seed + 0x9e37_79b9_7f4a_7c15u64).inverse().unwrap();
    (0..n)
        .map(|i| {
            state = state * state + Scalar::from(seed + 5);
            if i % 7 == 3 { extremes[i / 7 % 4] } else { state }
        })
        .collect()
}

fn cells(n: usize, bits: u32, seed: u64) -> Vec<i64> {
    (0..n as u64)
        .map(|i| {
            ((i + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17).wrapping_mul(0xd129_0d3e_52cb_a6a9) as i64)
                >> (64 - bits)
        })
        .map(|w| if w % 5 == 0 { 0 } else { w })
        .collect()
}

#[test]
fn folding_fixes_the_high_variable() {
    for m in LENGTHS {
        let table = scalars(2 * m, 1);
        for r in scalars(4, 2) {
            let mut folded = table.clone();
            kernels::fold(&mut folded, r);
            let want: Vec<Scalar> = (0..m).map(|i| (Scalar::ONE - r) * table[i] + r * table[m + i]).collect();
            assert!(folded == want, "m = {m}, r = {r}");
        }
        let mut summed = table.clone();
        kernels::eq_fold(&mut summed);
        assert!(summed == (0..m).map(|i| table[i] + table[m + i]).collect::<Vec<_>>(), "m = {m}");
    }
}

#[test]
fn dots_and_scaled_additions_equal_their_formulas() {
    for n in LENGTHS {
        let (a, b) = (scalars(n, 3), scalars(n, 4));
        assert_eq!(kernels::dot(&a, &b), a.iter().zip(&b).map(|(a, b)| *a * b).sum::<Scalar>(), "n = {n}");
        let mut out = a.clone();
        kernels::scale_add(&mut out, b.first().copied().unwrap_or_default(), &b);
        assert!((0..n).all(|i| out[i] == a[i] + b[0] * b[i]), "n = {n}");
        for bits in [2, 8, 16, 32, 52, 53, 64] {
            let w = cells(n, bits, 9);
            let want: Scalar = w.iter().zip(&a).map(|(w, a)| small(*w) * a).sum();
            assert_eq!(kernels::dot_small(&w, &a), want, "n = {n}, {bits} bits");
        }
    }
    let edge = [i64::MIN, i64::MAX, -1, 1, 0, (1 << 51) - 1, 1 << 51, -(1 << 51), -(1 << 51) - 1];
    let a = vec![-Scalar::ONE; 9];
    assert_eq!(kernels::dot_small(&edge, &a), -edge.iter().map(|w| small(*w)).sum::<Scalar>());
}

#[test]
fn combined_rows_equal_the_sum_of_scaled_rows() {
    for (rows, columns) in [(0, 5), (1, 1), (3, 7), (8, 16), (9, 33), (40, 100), (70, 5000), (3000, 20)] {
        for bits in [2, 8, 16, 32, 52, 64] {
            let table: Vec<Vec<i64>> =
                (0..rows).map(|i| cells(columns - (i % 3).min(columns), bits, i as u64)).collect();
            let views: Vec<&[i64]> = table.iter().map(Vec::as_slice).collect();
            let weights = scalars(rows, 6);
            let before = scalars(columns, 7);
            let mut out = before.clone();
            kernels::combine_rows(&views, &weights, &mut out);
            for j in (0..columns).step_by(1 + columns / 50) {
                let sum: Scalar =
                    table.iter().zip(&weights).map(|(row, w)| small(row.get(j).copied().unwrap_or(0)) * w).sum();
                assert_eq!(out[j], before[j] + sum, "{rows} rows, {bits} bits, column {j}");
            }
        }
    }
}

#[test]
fn combined_rows_are_exact_at_the_limits_of_the_cells() {
    for cell in [i64::MIN, i64::MAX, -(1 << 51), (1 << 51) - 1, -(1 << 51) - 1, 1 << 51, -1, 0] {
        let row = vec![cell; 32];
        let rows = vec![row.as_slice(); 2100];
        let mut out = vec![Scalar::ZERO; 32];
        kernels::combine_rows(&rows, &vec![-Scalar::ONE; 2100], &mut out);
        assert!(out.iter().all(|v| *v == -small(cell) * Scalar::from(2100u64)), "cell {cell}");
    }
}

#[test]
fn product_rounds_are_the_round_polynomial() {
    for m in LENGTHS {
        let (a, b, e) = (scalars(2 * m, 1), scalars(2 * m, 2), scalars(m, 3));
        let at = |t: &[Scalar], i: usize, x: Scalar| t[i] + x * (t[m + i] - t[i]);
        for weighted in [true, false] {
            let sum = |x: Scalar| -> Scalar {
                (0..m).map(|i| at(&a, i, x) * at(&b, i, x) * if weighted { e[i] } else { Scalar::ONE }).sum()
            };
            let [s0, s1, s2] = kernels::product_round(&a, &b, weighted.then_some(&e));
            assert_eq!((s0, s1), (sum(Scalar::ZERO), sum(Scalar::ONE)), "m = {m}");
            // q(X) = s0 + (s1 − s0 − s2)·X + s2·X², at X = 2
            let two = Scalar::from(2u64);
            assert_eq!(s0 + two * (s1 - s0 - s2) + s2 * two * two, sum(two), "m = {m}");
        }
    }
}

#[test]
fn fraction_rounds_are_the_round_polynomial() {
    for m in LENGTHS {
        let [n0, n1, d0, d1] = [1, 2, 3, 4].map(|s| scalars(2 * m, s));
        let e = scalars(m, 5);
        for lambda in [Scalar::ZERO, -Scalar::ONE, scalars(1, 6)[0]] {
            let at = |t: &[Scalar], i: usize, x: Scalar| t[i] + x * (t[m + i] - t[i]);
            let sum = |x: Scalar| -> Scalar {
                (0..m)
                    .map(|i| {
                        let (n0, n1, d0, d1) = (at(&n0, i, x), at(&n1, i, x), at(&d0, i, x), at(&d1, i, x));
                        e[i] * (d1 * (n0 + lambda * d0) + n1 * d0)
                    })
                    .sum()
            };
            let [low, square] = kernels::fraction_round(&n0, &n1, &d0, &d1, lambda, &e);
            let (s0, s1, s2) = (sum(Scalar::ZERO), sum(Scalar::ONE), sum(Scalar::from(2u64)));
            assert_eq!(low, s0, "m = {m}");
            // the second difference of a quadratic is twice its leading coefficient
            assert_eq!(square + square, s2 - s1 - s1 + s0, "m = {m}");
        }
    }
}

#[test]
fn a_fraction_layer_adds_the_fractions_of_its_halves() {
    for m in LENGTHS {
        let (n, d) = (scalars(2 * m, 8), scalars(2 * m, 9));
        let (up_n, up_d) = kernels::fraction_layer(&n, &d);
        assert_eq!((up_n.len(), up_d.len()), (m, m));
        for i in 0..m {
            assert_eq!(up_n[i], n[i] * d[m + i] + n[m + i] * d[i], "m = {m}, i = {i}");
            assert_eq!(up_d[i], d[i] * d[m + i], "m = {m}, i = {i}");
        }
    }
}

#[test]
fn lengths_that_do_not_fit_are_cut() {
    let (a, b) = (scalars(9, 1), scalars(7, 2));
    assert_eq!(kernels::dot(&a, &b), kernels::dot(&a[..7], &b));
    assert_eq!(kernels::dot_small(&[1, 2, 3], &a), kernels::dot_small(&[1, 2, 3], &a[..3]));
    let _ = kernels::product_round(&a, &b, Some(&a[..1]));
    let _ = kernels::fraction_round(&a, &b, &a[..2], &[], a[0], &b);
    let (n, d) = kernels::fraction_layer(&a, &b);
    assert_eq!((n.len(), d.len()), (3, 3));
    let mut odd = a.clone();
    kernels::fold(&mut odd, Scalar::ONE);
    assert_eq!(odd, a[4..8]);
    let mut none = Vec::new();
    kernels::fold(&mut none, Scalar::zero());
    assert!(none.is_empty());
}
