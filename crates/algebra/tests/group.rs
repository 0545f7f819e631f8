//! Group operations against arkworks and against the laws of the group.

use ark_ec::VariableBaseMSM;
use intaglio_algebra::encoding::small;
use intaglio_algebra::group::{self, Basis};
use intaglio_algebra::{AdditiveGroup, Affine, Base, CurveGroup, Field, Projective, Scalar, Zero, generators};

/// Scalars with a fixed seed that the failing assertion can be repeated from.
fn scalars(n: usize, seed: u64) -> Vec<Scalar> {
    let mut state = Scalar::from(seed).square() + Scalar::from(0x9e37_79b9_7f4a_7c15u64);
    (0..n)
        .map(|_| {
            state = state * state + Scalar::from(seed + 5);
            state
        })
        .collect()
}

fn extremes() -> Vec<Scalar> {
    let two = Scalar::from(2u64);
    let mut list = vec![Scalar::ZERO, Scalar::ONE, -Scalar::ONE, two.inverse().unwrap(), -two.inverse().unwrap()];
    list.extend((0..252).flat_map(|k| [two.pow([k]), two.pow([k]) - Scalar::ONE, -two.pow([k])]));
    list
}

fn points(n: usize) -> Vec<Affine> {
    generators::rows(n).points().to_vec()
}

#[test]
fn products_of_every_length_equal_arkworks() {
    let basis = generators::rows(3000);
    for n in [0, 1, 2, 7, 8, 9, 31, 63, 100, 255, 256, 257, 1000, 2100, 3000] {
        let k = scalars(n, n as u64);
        let want = Projective::msm(&points(n), &k).unwrap();
        assert_eq!(group::msm(&basis, &k), want, "prepared, n = {n}");
        assert_eq!(group::msm_points(&points(n), &k), want, "fresh, n = {n}");
    }
}

#[test]
fn products_with_extreme_scalars_equal_arkworks() {
    let k = extremes();
    let g = points(k.len());
    assert_eq!(group::msm_points(&g, &k), Projective::msm(&g, &k).unwrap());
    for (i, k) in k.iter().enumerate() {
        assert_eq!(group::msm_points(&g[..1], &[*k]), Projective::from(g[0]) * k, "scalar {i}");
    }
}

#[test]
fn mixed_products_add_their_parts() {
    let (rows, pads) = (generators::rows(300), generators::pads(70));
    let fresh = points(400)[380..].to_vec();
    let (a, b, c) = (scalars(300, 1), scalars(70, 2), scalars(20, 3));
    let want = group::msm(&rows, &a) + group::msm(&pads, &b) + group::msm_points(&fresh, &c);
    assert_eq!(group::msm_mixed(&[(&rows, &a), (&pads, &b)], &fresh, &c), want);
}

#[test]
fn lengths_are_cut_to_the_shorter() {
    let basis = generators::rows(40);
    let k = scalars(100, 4);
    let want = Projective::msm(&points(40), &k[..40]).unwrap();
    assert_eq!(group::msm(&basis, &k), want);
    assert_eq!(group::msm_secret(&basis, &k), want);
    let long = [1i64; 100];
    assert_eq!(group::commit_rows(&basis, &[&long])[0], points(40).iter().sum::<Projective>());
}

#[test]
fn repeated_opposite_and_small_order_points_add_correctly() {
    let g = points(1)[0];
    let two_torsion = Affine::new_unchecked(Base::ZERO, -Base::ONE);
    let i = (-Base::ONE).sqrt().unwrap();
    let four_torsion = Affine::new_unchecked(i, Base::ZERO);
    assert!(four_torsion.is_on_curve());
    let list = vec![g, g, -g, two_torsion, four_torsion, Affine::zero(), g, -four_torsion];
    let k = scalars(8, 9);
    // The small-order part depends on the integer, so reduce it as an integer: 4·(…) forgets it.
    let want: Projective = list.iter().zip(&k).map(|(p, k)| Projective::from(*p) * k).sum();
    assert_eq!(group::msm_points(&list, &k).double().double(), want.double().double());
    let ones = vec![Scalar::ONE; 8];
    let sum: Projective = list.iter().sum();
    assert_eq!(group::msm_points(&list, &ones), sum);
    assert_eq!(group::msm_secret(&Basis::new(list.clone()), &ones), sum);
    assert_eq!(group::commit_rows(&Basis::new(list), &[&[1; 8]])[0], sum);
}

#[test]
fn secret_products_equal_public_ones() {
    let basis = generators::rows(1024);
    for n in [0, 1, 5, 8, 9, 64, 100] {
        let k = scalars(n, 77);
        assert_eq!(group::msm_secret(&basis, &k), group::msm(&basis, &k), "n = {n}");
    }
    let k = extremes();
    assert_eq!(group::msm_secret(&basis, &k), group::msm(&basis, &k));
}

#[test]
fn commitments_are_sums_of_small_multiples() {
    let basis = generators::rows(200);
    let cell = |i: usize, j: usize, bits: u32| {
        let mix = (i as u64 * 31 + j as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mix as i64) >> (64 - bits)
    };
    for bits in [2, 8, 9, 16, 17, 32, 53, 64] {
        for count in [1, 2, 3, 7, 8, 9, 17] {
            let rows: Vec<Vec<i64>> =
                (0..count).map(|i| (0..200 - 3 * i).map(|j| cell(i, j, bits)).collect()).collect();
            let views: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
            for (i, point) in group::commit_rows(&basis, &views).iter().enumerate() {
                let k: Vec<Scalar> = rows[i].iter().map(|w| small(*w)).collect();
                assert_eq!(*point, group::msm(&basis, &k), "{bits} bits, row {i} of {count}");
            }
        }
    }
}

#[test]
fn commitments_to_extreme_cells_are_exact() {
    let basis = generators::rows(16);
    let row =
        [i64::MIN, i64::MAX, -1, 0, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, 1 << 62, -(1 << 62)];
    let zero = [0i64; 16];
    let sums = group::commit_rows(&basis, &[&row, &zero, &[], &row[..1]]);
    let k: Vec<Scalar> = row.iter().map(|w| small(*w)).collect();
    assert_eq!(sums[0], Projective::msm(&points(16), &k).unwrap());
    assert!(sums[1].is_zero() && sums[2].is_zero());
    assert_eq!(sums[3], Projective::from(points(1)[0]) * small(i64::MIN));
    assert!(group::commit_rows(&basis, &[]).is_empty());
}

#[test]
fn views_of_a_basis_are_its_points() {
    let basis = Basis::new(points(30));
    assert_eq!(basis.prefix(7).points(), &points(30)[..7]);
    assert_eq!(basis.slice(5..11).slice(2..100).points(), &points(30)[7..11]);
    assert!(basis.slice(40..50).is_empty() && basis.prefix(99).len() == 30);
    let k = scalars(4, 3);
    assert_eq!(group::msm(&basis.slice(7..11), &k), Projective::msm(&points(30)[7..11], &k).unwrap());
    let long = Basis::new(points(600));
    for range in [0..600, 3..11, 8..17, 250..270, 255..600, 512..599] {
        let k = scalars(range.len(), 8);
        let want = Projective::msm(&points(600)[range.clone()], &k).unwrap();
        assert_eq!(group::msm_secret(&long.slice(range.clone()), &k), want, "{range:?}");
        assert_eq!(group::msm(&long.slice(range.clone()), &k), want, "{range:?}");
    }
}

#[test]
fn only_small_order_points_vanish_times_the_cofactor() {
    let two_torsion = Projective::from(Affine::new_unchecked(Base::ZERO, -Base::ONE));
    assert!(group::is_identity_times_cofactor(&two_torsion));
    assert!(group::is_identity_times_cofactor(&Projective::zero()));
    assert!(!group::is_identity_times_cofactor(&(two_torsion + points(1)[0])));
}

#[test]
fn generators_do_not_depend_on_the_order_of_requests() {
    let short = generators::rows(3).points().to_vec();
    let long = generators::rows(5000).points().to_vec();
    assert_eq!(short, long[..3]);
    assert_eq!(long.len(), 5000);
    let affine = group::to_affine_batch(&[Projective::from(long[4999]), Projective::zero()]);
    assert_eq!(affine, [generators::derive(generators::Family::Rows, 4999), Projective::zero().into_affine()]);
    let special = [generators::mask(), generators::blind(), generators::product()];
    assert_eq!(generators::special().points(), special);
}

#[test]
fn secret_multiples_of_one_point_equal_public_ones() {
    let base = generators::blind_base();
    assert_eq!(*base.point(), generators::blind());
    for k in [extremes(), scalars(17, 5), vec![]] {
        let want: Vec<Projective> = k.iter().map(|k| Projective::from(*base.point()) * k).collect();
        assert_eq!(base.scale_secret(&k), want);
    }
}
