//! The definition of every group operation, in arkworks' own arithmetic.

#![cfg_attr(not(test), expect(clippy::integer_division_remainder_used, reason = "every divisor is a constant"))]

use super::Basis;
use crate::{AdditiveGroup, Affine, Base, PrimeField, Projective, Scalar, Zero};
use rayon::prelude::*;
use zeroize::Zeroizing;

/// A point and the scalars' digits are added into buckets of this many bits.
const BYTE: usize = 8;

pub fn msm_mixed(parts: &[(&Basis, &[Scalar])], points: &[Affine], scalars: &[Scalar]) -> Projective {
    let prepared = parts.iter().flat_map(|(basis, scalars)| basis.points().iter().zip(*scalars));
    let terms: Vec<(Affine, [u64; 4])> = prepared
        .chain(points.iter().zip(scalars))
        .filter(|(_, scalar)| !scalar.is_zero())
        .map(|(point, scalar)| (*point, scalar.into_bigint().0))
        .collect();
    let bits = window_bits(terms.len());
    let windows = (256 / bits) + 1;
    let sum_window = |w: usize| {
        let mut buckets = vec![Projective::zero(); 1 << bits];
        for (point, limbs) in &terms {
            let digit = digit(limbs, w * bits, bits);
            if let Some(bucket) = buckets.get_mut(digit) {
                *bucket += point;
            }
        }
        weighted_sum(buckets.get(1..).unwrap_or(&[]))
    };
    let sums: Vec<Projective> = if terms.len() < 256 {
        (0..windows).map(sum_window).collect()
    } else {
        (0..windows).into_par_iter().map(sum_window).collect()
    };
    horner(&sums, bits)
}

fn window_bits(terms: usize) -> usize {
    match terms {
        0..32 => 3,
        32..256 => 5,
        256..2048 => 7,
        2048..16384 => 9,
        _ => 11,
    }
}

/// `bits` bits of a 256-bit integer from bit `start` on.
fn digit(limbs: &[u64; 4], start: usize, bits: usize) -> usize {
    let limb = |i: usize| limbs.get(i).copied().unwrap_or(0);
    let (index, shift) = (start / 64, start % 64);
    let wide = u128::from(limb(index)) | u128::from(limb(index + 1)) << 64;
    usize::try_from((wide >> shift) & ((1 << bits) - 1)).unwrap_or(0)
}

/// `Σ_i (i + 1)·buckets_i`.
fn weighted_sum(buckets: &[Projective]) -> Projective {
    let (mut running, mut total) = (Projective::zero(), Projective::zero());
    for bucket in buckets.iter().rev() {
        running += bucket;
        total += running;
    }
    total
}

/// `Σ_w 2^(bits·w)·sums_w`.
fn horner(sums: &[Projective], bits: usize) -> Projective {
    sums.iter().rev().fold(Projective::zero(), |mut acc, sum| {
        for _ in 0..bits {
            acc.double_in_place();
        }
        acc + sum
    })
}

pub fn commit_rows(points: &[Affine], rows: &[&[i64]]) -> Vec<Projective> {
    rows.par_iter().map(|row| commit_row(points, row)).collect()
}

/// Buckets by signed bytes: `w = Σ_k 2^(8k)·digit_k`, digits in −128..=128.
fn commit_row(points: &[Affine], row: &[i64]) -> Projective {
    let mut planes = Vec::<Vec<Projective>>::new();
    for (point, cell) in points.iter().zip(row) {
        let mut rest = i128::from(*cell);
        let mut plane = 0;
        while rest != 0 {
            let digit = signed_byte(rest);
            rest = (rest - i128::from(digit)) >> BYTE;
            if planes.len() <= plane {
                planes.resize_with(plane + 1, || vec![Projective::zero(); 128]);
            }
            if let Some(bucket) =
                planes.get_mut(plane).and_then(|p| p.get_mut(usize::from(digit.unsigned_abs()).wrapping_sub(1)))
            {
                if digit < 0 {
                    *bucket -= point;
                } else {
                    *bucket += point;
                }
            }
            plane += 1;
        }
    }
    let sums: Vec<Projective> = planes.iter().map(|buckets| weighted_sum(buckets)).collect();
    horner(&sums, BYTE)
}

/// The lowest byte as a signed digit.
fn signed_byte(value: i128) -> i8 {
    let [low, ..] = value.to_le_bytes();
    i8::from_le_bytes([low])
}

/// Straus' method: windows of four bits from the top, all doublings shared.
///
/// The selections have no branch and no address that depends on the scalars; the field arithmetic below
/// them is arkworks', whose final subtractions are conditional.
pub fn msm_secret(points: &[Affine], scalars: &[Scalar]) -> Projective {
    let limbs: Vec<[u64; 4]> = scalars.iter().map(|scalar| scalar.into_bigint().0).collect();
    let limbs = Zeroizing::new(limbs);
    let terms: Vec<([Projective; 16], &[u64; 4])> = points.iter().map(multiples).zip(limbs.iter()).collect();
    (0..64).rev().fold(Projective::zero(), |mut acc, window| {
        for _ in 0..4 {
            acc.double_in_place();
        }
        terms.iter().fold(acc, |acc, (table, limbs)| acc + select(table, digit(limbs, 4 * window, 4)))
    })
}

/// `0·point … 15·point`.
fn multiples(point: &Affine) -> [Projective; 16] {
    let mut table = [Projective::zero(); 16];
    let mut multiple = Projective::zero();
    for entry in table.iter_mut().skip(1) {
        multiple += point;
        *entry = multiple;
    }
    table
}

/// The entry at `index`, reading all of them.
fn select(table: &[Projective; 16], index: usize) -> Projective {
    let mut chosen = Projective { x: Base::ZERO, y: Base::ZERO, t: Base::ZERO, z: Base::ZERO };
    for (i, entry) in table.iter().enumerate() {
        // All ones if i = index, else zero; black_box keeps the compiler from making it a branch.
        let difference = (i ^ index) as u64;
        let mask = std::hint::black_box(((difference.wrapping_sub(1) & !difference) >> 63).wrapping_neg());
        let merge = |to: &mut Base, from: &Base| {
            for (to, from) in to.0.0.iter_mut().zip(from.0.0) {
                *to |= from & mask;
            }
        };
        merge(&mut chosen.x, &entry.x);
        merge(&mut chosen.y, &entry.y);
        merge(&mut chosen.t, &entry.t);
        merge(&mut chosen.z, &entry.z);
    }
    chosen
}
