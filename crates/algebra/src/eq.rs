//! The multilinear equality polynomial `eq(a, b) = Π (a_i·b_i + (1 − a_i)(1 − b_i))`.

use crate::{One, Scalar, kernels};

/// The table of `eq(point, x)` for all Boolean `x`, `2^n` entries for `n` coordinates.
///
/// The first coordinate is the highest bit of the index, here and everywhere. The caller bounds `n`: memory is
/// 32 · 2^n bytes.
#[must_use]
pub fn eq_table(point: &[Scalar]) -> Vec<Scalar> {
    let mut table = Vec::with_capacity(1usize << point.len().min(usize::BITS as usize - 1));
    table.push(Scalar::one());
    for r in point.iter().rev() {
        kernels::eq_extend(&mut table, *r);
    }
    table
}

/// `eq(a, b)`, over the shorter of the two lengths.
pub fn eq_at(a: &[Scalar], b: &[Scalar]) -> Scalar {
    let two = Scalar::from(2u64);
    a.iter().zip(b).map(|(a, b)| Scalar::one() - a - b + two * a * b).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Zero};

    fn points(n: u64) -> Vec<Scalar> {
        (0..n).map(|i| Scalar::from(i + 3).inverse().unwrap()).collect()
    }

    #[test]
    fn the_first_coordinate_is_the_highest_bit() {
        let point = points(5);
        let table = eq_table(&point);
        for (x, value) in table.iter().enumerate() {
            let bits: Vec<Scalar> = (0..5).map(|k| Scalar::from((x >> (4 - k) & 1) as u64)).collect();
            assert_eq!(*value, eq_at(&point, &bits), "index {x}");
        }
    }

    #[test]
    fn eq_is_one_on_the_diagonal_and_zero_off_it() {
        let (zero, one) = (Scalar::zero(), Scalar::one());
        assert_eq!(eq_at(&[one, zero], &[one, zero]), one);
        assert_eq!(eq_at(&[one, zero], &[one, one]), zero);
        assert_eq!(eq_table(&[]), [one]);
    }

    #[test]
    fn a_table_sums_to_one() {
        for n in 0..12 {
            assert_eq!(eq_table(&points(n)).iter().sum::<Scalar>(), Scalar::one());
        }
    }
}
