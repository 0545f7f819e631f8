//! The group kernels equal the portable definition, on this machine, whatever it chose.

use super::{Basis, FixedBase, commit_rows, msm_mixed, msm_secret, portable};
use crate::{Affine, Base, CurveGroup, Field, One, Projective, Scalar, Zero, generators};
use proptest::prelude::*;

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        6 => any::<[u8; 64]>().prop_map(|bytes| crate::encoding::scalar_from_wide(&bytes)),
        1 => any::<u8>().prop_map(Scalar::from),
        1 => any::<u8>().prop_map(|k| -Scalar::from(k)),
        1 => (0u64..251).prop_map(|k| Scalar::from(2u64).pow([k])),
    ]
}

/// Points that addition might get wrong: equal, opposite, neutral, of order 2 and 4, with a part of small order.
fn awkward() -> Vec<Affine> {
    let g = generators::blind();
    let two = Affine::new_unchecked(Base::zero(), -Base::one());
    let four = Affine::new_unchecked((-Base::one()).sqrt().unwrap_or_default(), Base::zero());
    assert!(four.is_on_curve() && two.is_on_curve());
    vec![g, g, -g, Affine::zero(), two, four, -four, (Projective::from(g) + four).into_affine()]
}

fn points(n: usize) -> Vec<Affine> {
    let mut points = awkward();
    points.extend(generators::rows(n).points());
    points.truncate(n);
    points
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn products_equal_the_definition(
        a in proptest::collection::vec(scalar(), 0..40),
        b in proptest::collection::vec(scalar(), 0..300),
        c in proptest::collection::vec(scalar(), 0..20),
    ) {
        let (basis, other, fresh) = (Basis::new(points(40)), Basis::new(points(300)), points(20));
        let parts = [(&basis, a.as_slice()), (&other, b.as_slice())];
        prop_assert_eq!(msm_mixed(&parts, &fresh, &c), portable::msm_mixed(&parts, &fresh, &c));
        prop_assert_eq!(msm_secret(&basis, &a), portable::msm_secret(basis.points(), &a));
    }

    #[test]
    fn commitments_equal_the_definition(
        rows in proptest::collection::vec(proptest::collection::vec(any::<i64>(), 0..30), 0..12),
        shift in 0u32..64,
    ) {
        let rows: Vec<Vec<i64>> = rows.iter().map(|row| row.iter().map(|w| w >> shift).collect()).collect();
        let views: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
        let basis = Basis::new(points(25));
        prop_assert_eq!(commit_rows(&basis, &views), portable::commit_rows(basis.points(), &views));
    }

    #[test]
    fn multiples_of_one_point_equal_the_definition(k in proptest::collection::vec(scalar(), 0..20)) {
        for point in points(8) {
            let want: Vec<Projective> = k.iter().map(|k| portable::msm_secret(&[point], &[*k])).collect();
            prop_assert_eq!(FixedBase::new(point).scale_secret(&k), want);
        }
    }
}

#[test]
fn long_rows_equal_the_definition() {
    let basis = generators::rows(1500);
    let row: Vec<i64> = (0..1500i64).map(|j| (j * j * 2_654_435_761) % 40_000 - 20_000).collect();
    for count in 1..4 {
        let rows = vec![row.as_slice(); count];
        assert_eq!(commit_rows(&basis, &rows), portable::commit_rows(basis.points(), &rows));
    }
}
