//! Loops over integer cells of a witness, compiled for the vector instructions of the machine.
//!
//! Loops are by index: iterators are not inlined into functions of a target feature.

#![cfg_attr(not(test), expect(clippy::indexing_slicing, reason = "lengths are cut to the shorter one first"))]

/// Rounding shift, and the range that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Added before the shift.
    pub half: i64,
    /// Bits dropped.
    pub bits: u32,
    /// Least kept value.
    pub lo: i64,
    /// Greatest kept value.
    pub hi: i64,
}

/// `out_i ← min(max((acc_i + half) >> bits, lo), hi)`.
pub fn shift_and_keep(acc: &[i64], shift: Shift, out: &mut [i64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the instructions that it is compiled for were detected
        return unsafe { shift_and_keep_512(acc, shift, out) };
    }
    keep(acc, shift, out);
}

/// Doubles of integers, exact below 2^53.
pub fn to_doubles(cells: &[i64], out: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512dq") {
        // SAFETY: the instructions that it is compiled for were detected
        return unsafe { to_doubles_512(cells, out) };
    }
    convert(cells, out, |cell| cell as f64);
}

/// Integers of doubles that hold them.
pub fn from_doubles(doubles: &[f64], out: &mut [i64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512dq") {
        // SAFETY: the instructions that it is compiled for were detected
        return unsafe { from_doubles_512(doubles, out) };
    }
    convert(doubles, out, |double| double as i64);
}

/// How many cells lie outside `lo … hi`.
#[must_use]
pub fn count_outside(cells: &[i64], lo: i64, hi: i64) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the instructions that it is compiled for were detected
        return unsafe { count_outside_512(cells, lo, hi) };
    }
    outside(cells, lo, hi)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn shift_and_keep_512(acc: &[i64], shift: Shift, out: &mut [i64]) {
    keep(acc, shift, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn count_outside_512(cells: &[i64], lo: i64, hi: i64) -> usize {
    outside(cells, lo, hi)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn to_doubles_512(cells: &[i64], out: &mut [f64]) {
    convert(cells, out, |cell| cell as f64);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn from_doubles_512(doubles: &[f64], out: &mut [i64]) {
    convert(doubles, out, |double| double as i64);
}

#[inline(always)]
fn convert<S: Copy, T>(from: &[S], to: &mut [T], each: impl Fn(S) -> T) {
    let len = from.len().min(to.len());
    let (from, to) = (&from[..len], &mut to[..len]);
    let mut i = 0;
    while i < len {
        to[i] = each(from[i]);
        i += 1;
    }
}

#[inline(always)]
fn keep(acc: &[i64], Shift { half, bits, lo, hi }: Shift, out: &mut [i64]) {
    let len = acc.len().min(out.len());
    let (acc, out) = (&acc[..len], &mut out[..len]);
    let mut i = 0;
    while i < len {
        let quotient = acc[i].wrapping_add(half) >> (bits & 63);
        let raised = if quotient < lo { lo } else { quotient };
        out[i] = if raised > hi { hi } else { raised };
        i += 1;
    }
}

#[inline(always)]
fn outside(cells: &[i64], lo: i64, hi: i64) -> usize {
    let (mut count, mut i) = (0u64, 0);
    while i < cells.len() {
        count += u64::from((cells[i] < lo) | (cells[i] > hi));
        i += 1;
    }
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Shift, count_outside, from_doubles, keep, outside, shift_and_keep, to_doubles};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_path_gives_the_same(
            acc in prop::collection::vec(-(1i64 << 52)..1 << 52, 0..70), bits in 0u32..41, lo in -1000i64..1000, span in 1i64..2000
        ) {
            let shift = Shift { half: if bits == 0 { 0 } else { 1 << (bits - 1) }, bits, lo, hi: lo + span };
            let slow: Vec<i64> = acc.iter().map(|a| ((a + shift.half) >> bits).clamp(lo, lo + span)).collect();
            for run in [shift_and_keep, keep] {
                let mut out = vec![0; acc.len()];
                run(&acc, shift, &mut out);
                prop_assert_eq!(&out, &slow);
            }
            let slow = acc.iter().filter(|a| **a < lo << 40 || **a > hi_of(lo)).count();
            for run in [count_outside, outside] {
                prop_assert_eq!(run(&acc, lo << 40, hi_of(lo)), slow);
            }
        }
    }

    proptest! {
        #[test]
        fn integers_come_back(cells in prop::collection::vec(-(1i64 << 53)..1 << 53, 0..70)) {
            let (mut doubles, mut back) = (vec![0.5; cells.len()], vec![7; cells.len()]);
            to_doubles(&cells, &mut doubles);
            from_doubles(&doubles, &mut back);
            prop_assert_eq!(&back, &cells);
            prop_assert!(doubles.iter().zip(&cells).all(|(d, c)| *d == *c as f64));
        }
    }

    fn hi_of(lo: i64) -> i64 {
        (lo << 40) + (1 << 50)
    }
}
