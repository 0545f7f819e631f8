//! Commitments to rows of integers: buckets by signed digits, zeros skipped.
//!
//! A *plane* is one digit position of one row, as the list of its digits that are not zero. Eight planes, or
//! parts of long ones, run in lanes at a time, each with buckets of its own.

use super::buckets::Buckets;
use super::point::{Addends, Record};
use crate::{AdditiveGroup, Projective, Zero};

/// A digit that is not zero, and the column it stands in.
#[derive(Clone, Copy)]
struct Entry {
    column: u32,
    digit: i32,
}

/// What fills a lane whose list is at its end.
const NOTHING: Entry = Entry { column: 0, digit: 0 };

/// Prices in nanoseconds: eight additions to buckets, and one bucket of eight lanes when summing up.
const ADDITION: usize = 300;
const BUCKET: usize = 620;

/// `Σ_j rows_ij·points_j` for a few rows, best eight or fewer.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn commit_rows(records: &[Record], rows: &[&[i64]]) -> Vec<Projective> {
    let rows: Vec<&[i64]> = rows.iter().map(|row| row.get(..records.len()).unwrap_or(row)).collect();
    let bits = digit_bits(&rows);
    let planes: Vec<Vec<Vec<Entry>>> = rows.iter().map(|row| split_row(row, bits)).collect();
    let mut sums: Vec<Vec<Projective>> = planes.iter().map(|row| vec![Projective::zero(); row.len()]).collect();
    let mut work: Vec<(usize, usize, &[Entry])> = Vec::new();
    for (i, row) in planes.iter().enumerate() {
        work.extend(
            row.iter().enumerate().filter(|(_, list)| !list.is_empty()).map(|(k, list)| (i, k, list.as_slice())),
        );
    }
    // Lists of about the same length share a pass.
    work.sort_by_key(|(_, _, list)| std::cmp::Reverse(list.len()));
    for chunk in work.chunks(8) {
        let lanes = fill_lanes(chunk);
        let mut lists = [&[][..]; 8];
        for (list, (_, _, entries)) in lists.iter_mut().zip(&lanes) {
            *list = entries;
        }
        let points = sum_lists(records, lists);
        for (point, (i, k, _)) in points.into_iter().zip(&lanes) {
            if let Some(sum) = sums.get_mut(*i).and_then(|row| row.get_mut(*k)) {
                *sum += point;
            }
        }
    }
    sums.iter().map(|row| combine_planes(row, bits)).collect()
}

/// Gives the lanes that are left to the longest lists, and cuts each list into as many parts as it has lanes.
fn fill_lanes<'a>(work: &[(usize, usize, &'a [Entry])]) -> Vec<(usize, usize, &'a [Entry])> {
    let mut lanes = vec![1; work.len()];
    for _ in work.len()..8 {
        let parts = lanes.iter_mut().zip(work);
        if let Some((lanes, _)) = parts.max_by_key(|(lanes, (_, _, list))| list.len() / **lanes) {
            *lanes += 1;
        }
    }
    let cut = |((i, k, list), lanes): (&(usize, usize, &'a [Entry]), usize)| {
        let (i, k) = (*i, *k);
        list.chunks(list.len().div_ceil(lanes)).map(move |part| (i, k, part)).collect::<Vec<_>>()
    };
    work.iter().zip(lanes).flat_map(cut).collect()
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

/// The planes of a row: `w = Σ_k 2^(bits·k)·digit_k` with digits in `−2^(bits−1)..=2^(bits−1)`.
///
/// The upper end is used where it is the last digit, so that the greatest cell of a width needs no further plane.
fn split_row(row: &[i64], bits: u32) -> Vec<Vec<Entry>> {
    let mut planes: Vec<Vec<Entry>> = Vec::new();
    for (column, cell) in row.iter().enumerate() {
        let mut rest = *cell;
        let mut plane = 0;
        while rest != 0 {
            let (digit, next) = split_digit(rest, bits);
            rest = next;
            if planes.len() == plane {
                planes.push(Vec::with_capacity(row.len()));
            }
            if digit != 0 {
                planes[plane].push(Entry { column: column as u32, digit: digit as i32 });
            }
            plane += 1;
        }
    }
    planes
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
fn sum_lists(records: &[Record], lists: [&[Entry]; 8]) -> [Projective; 8] {
    // Highest planes often hold small digits only.
    let most = lists.iter().copied().flatten().map(|entry| entry.digit.unsigned_abs()).max().unwrap_or(1);
    let mut buckets = Buckets::new(most as usize);
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    for i in 0..longest {
        let entries = lists.map(|list| list.get(i).copied().unwrap_or(NOTHING));
        let mut negative = 0;
        for (lane, entry) in entries.iter().enumerate() {
            negative |= u8::from(entry.digit < 0) << lane;
        }
        let points = Addends::gather(entries.map(|entry| &records[entry.column as usize])).negate(negative);
        buckets.add(entries.map(|entry| entry.digit.unsigned_abs() as usize), &points);
    }
    buckets.sum().to_projective()
}

/// `Σ_k 2^(bits·k)·planes_k`.
fn combine_planes(planes: &[Projective], bits: u32) -> Projective {
    planes.iter().rev().fold(Projective::zero(), |mut sum, plane| {
        for _ in 0..bits {
            sum.double_in_place();
        }
        sum + plane
    })
}
