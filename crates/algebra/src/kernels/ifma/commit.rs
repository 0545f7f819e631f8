//! Commitments to rows of integers: buckets by signed digits, zeros skipped.
//!
//! A *plane* is one digit position of one row, as the list of its digits that are not zero. Eight planes, or
//! parts of long ones, run in lanes at a time, each with buckets of its own. What is allocated follows from the lengths of
//! the rows, never from their cells.

use super::buckets::Buckets;
use super::point::{Addends, Record};
use crate::{AdditiveGroup, Projective, Zero};
use std::cell::Cell;
use zeroize::Zeroize;

/// A digit that is not zero above the column it stands in. Zero fills a lane whose list is at its end.
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    fn column(self) -> usize {
        self.0 as u32 as usize
    }

    fn digit(self) -> i32 {
        (self.0 >> 32) as i32
    }
}

/// Most planes of a row: cells of 64 bits in digits of two, and a carry.
const PLANES: usize = 33;

/// Prices in nanoseconds: eight additions to buckets, and one bucket of eight lanes when summing up.
const ADDITION: usize = 300;
const BUCKET: usize = 620;

thread_local! {
    /// The memory of the last planes of this thread, zero throughout: fresh pages would be paid for in each call.
    static SPARE: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

/// The planes of some rows: plane `k` of row `i` fills its own stretch of `stride` entries from the front.
struct Planes {
    entries: Vec<u64>,
    stride: usize,
    counts: Vec<[usize; PLANES]>,
}

impl Planes {
    /// `w = Σ_k 2^(bits·k)·digit_k` with digits in `−2^(bits−1)..=2^(bits−1)`.
    ///
    /// The upper end is used where it is the last digit, so that the greatest cell of a width needs no further plane.
    fn of(rows: &[&[i64]], bits: u32) -> Self {
        let stride = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let mut entries = SPARE.take();
        if entries.len() < rows.len() * PLANES * stride {
            entries = vec![0; rows.len() * PLANES * stride];
        }
        let mut planes = Self { entries, stride, counts: vec![[0; PLANES]; rows.len()] };
        for (i, row) in rows.iter().enumerate() {
            planes.split(i, row, bits);
        }
        planes
    }

    fn split(&mut self, i: usize, row: &[i64], bits: u32) {
        let counts = &mut self.counts[i];
        for (column, cell) in row.iter().enumerate() {
            let mut rest = *cell;
            let mut plane = 0;
            while rest != 0 {
                let (digit, next) = split_digit(rest, bits);
                rest = next;
                if digit != 0 {
                    let at = (i * PLANES + plane) * self.stride + counts[plane];
                    self.entries[at] = column as u64 | (digit as u64) << 32;
                    counts[plane] += 1;
                }
                plane += 1;
            }
        }
    }

    /// The list of one plane.
    fn list(&self, i: usize, plane: usize) -> &[u64] {
        &self.entries[(i * PLANES + plane) * self.stride..][..self.counts[i][plane]]
    }
}

impl Drop for Planes {
    fn drop(&mut self) {
        for (i, counts) in self.counts.iter().enumerate() {
            for (plane, count) in counts.iter().enumerate() {
                self.entries[(i * PLANES + plane) * self.stride..][..*count].zeroize();
            }
        }
        SPARE.set(std::mem::take(&mut self.entries));
    }
}

/// A list, or a part of one, of a plane of a row.
#[derive(Clone, Copy, Default)]
struct Part<'a> {
    row: usize,
    plane: usize,
    list: &'a [u64],
}

/// `Σ_j rows_ij·points_j` for a few rows, best eight or fewer.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn commit_rows(records: &[Record], rows: &[&[i64]]) -> Vec<Projective> {
    let rows: Vec<&[i64]> = rows.iter().map(|row| row.get(..records.len()).unwrap_or(row)).collect();
    let bits = digit_bits(&rows);
    let planes = Planes::of(&rows, bits);
    let mut sums = vec![[Projective::zero(); PLANES]; rows.len()];
    let mut work = Vec::with_capacity(rows.len() * PLANES);
    for row in 0..rows.len() {
        let parts = (0..PLANES).map(|plane| Part { row, plane, list: planes.list(row, plane) });
        work.extend(parts.filter(|part| !part.list.is_empty()));
    }
    // Lists of about the same length share a pass.
    work.sort_unstable_by_key(|part| std::cmp::Reverse(part.list.len()));
    for chunk in work.chunks(8) {
        let lanes = fill_lanes(chunk);
        for (point, part) in sum_lists(records, lanes.map(|part| part.list)).into_iter().zip(&lanes) {
            if !part.list.is_empty() {
                sums[part.row][part.plane] += point;
            }
        }
    }
    sums.iter().zip(&planes.counts).map(|(row, counts)| combine_planes(row, counts, bits)).collect()
}

/// Gives the lanes that are left to the longest lists, and cuts each list into as many parts as it has lanes.
fn fill_lanes<'a>(work: &[Part<'a>]) -> [Part<'a>; 8] {
    let mut shares = [1; 8];
    for _ in work.len()..8 {
        let parts = shares.iter_mut().zip(work);
        if let Some((share, _)) = parts.max_by_key(|(share, part)| part.list.len() / **share) {
            *share += 1;
        }
    }
    let mut lanes = [Part::default(); 8];
    let cut = work.iter().zip(shares).flat_map(|(part, share)| {
        part.list.chunks(part.list.len().div_ceil(share)).map(move |list| Part { list, ..*part })
    });
    lanes.iter_mut().zip(cut).for_each(|(lane, part)| *lane = part);
    lanes
}

/// The digit width that costs least for these rows.
fn digit_bits(rows: &[&[i64]]) -> u32 {
    // cells by the number of bits that they have with their sign
    let mut histogram = [0usize; 66];
    let mut widest = Vec::with_capacity(rows.len());
    for row in rows {
        let mut most = 0;
        for cell in row.iter().filter(|cell| **cell != 0) {
            let bits = 65 - (if *cell < 0 { !*cell } else { *cell }).leading_zeros();
            most = most.max(bits);
            if let Some(count) = histogram.get_mut(bits as usize) {
                *count += 1;
            }
        }
        widest.push(most);
    }
    let cost = |bits: &u32| {
        let digits: usize = histogram.iter().enumerate().map(|(b, count)| b.div_ceil(*bits as usize) * count).sum();
        let planes: usize = widest.iter().map(|most| most.div_ceil(*bits) as usize).sum();
        // Few planes share the lanes unevenly: three leave two lanes each, not 8/3.
        let lanes = if planes < 8 { planes.max(1) * (8 / planes.max(1)) } else { 8 };
        digits * ADDITION / lanes + planes.div_ceil(8) * (BUCKET << (bits - 1))
    };
    (2..=9).min_by_key(cost).unwrap_or(8)
}

/// The lowest digit, and what is left of the number without it.
fn split_digit(number: i64, bits: u32) -> (i64, i64) {
    if number == 1 << (bits - 1) {
        return (number, 0);
    }
    let digit = (number << (64 - bits)) >> (64 - bits);
    // number − digit could overflow: the shift rounds down, and a negative digit has borrowed one.
    (digit, (number >> bits) + i64::from(digit < 0))
}

/// `Σ digit·point` of each list.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn sum_lists(records: &[Record], lists: [&[u64]; 8]) -> [Projective; 8] {
    // Highest planes often hold small digits only.
    let digits = lists.iter().copied().flatten().map(|entry| Entry(*entry).digit().unsigned_abs());
    let mut buckets = Buckets::new(digits.max().unwrap_or(1) as usize);
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    for i in 0..longest {
        let entries = lists.map(|list| Entry(list.get(i).copied().unwrap_or(0)));
        let mut negative = 0;
        for (lane, entry) in entries.iter().enumerate() {
            negative |= u8::from(entry.digit() < 0) << lane;
        }
        let points = Addends::gather(entries.map(|entry| &records[entry.column()])).negate(negative);
        buckets.add(entries.map(|entry| entry.digit().unsigned_abs() as usize), &points);
    }
    buckets.sum().to_projective()
}

/// `Σ_k 2^(bits·k)·planes_k`, from the highest plane that is not empty.
fn combine_planes(planes: &[Projective; PLANES], counts: &[usize; PLANES], bits: u32) -> Projective {
    let used = counts.iter().rposition(|count| *count > 0).map_or(0, |highest| highest + 1);
    planes[..used].iter().rev().fold(Projective::zero(), |mut sum, plane| {
        for _ in 0..bits {
            sum.double_in_place();
        }
        sum + plane
    })
}
