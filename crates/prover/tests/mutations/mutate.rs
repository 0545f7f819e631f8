//! One altered file: bits, bytes, counts, cuts, splices, and words that stay valid scalars and points.

use crate::support::Numbers;
use crate::targets::Target;
use intaglio_algebra::Scalar;
use intaglio_algebra::encoding::{decode_point, decode_scalar, encode_point, encode_scalar};

/// How it was altered, and the bytes.
pub fn mutate(target: &Target, other: &Target, n: &mut Numbers) -> (&'static str, Vec<u8>) {
    let mut bytes = target.good.clone();
    let mut pick = |below: usize| n.between(0, below.max(1) as i64 - 1) as usize;
    let len = bytes.len();
    let words = target.words / 32;
    let word_at = |index: usize| len - 32 * (index + 1);
    let kind = pick(if words > 2 { 14 } else { 9 });
    let name = match kind {
        0 => {
            bytes[pick(len)] ^= 1 << pick(8);
            "a bit"
        }
        1 => {
            bytes[pick(len)] = pick(256) as u8;
            "a byte"
        }
        2 => {
            let counts = [0, 1, 2, 7, 255, 256, 65_535, 1 << 16, 1 << 20, 1 << 26, 1 << 31, u32::MAX, len as u32];
            let (at, count) = (pick(len - 3), counts[pick(counts.len())]);
            bytes[at..at + 4].copy_from_slice(&count.to_le_bytes());
            "a count"
        }
        3 => {
            let at = pick(len - 3);
            let count = u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
            let moved = if pick(2) == 0 { count.wrapping_add(1) } else { count.wrapping_sub(1) };
            bytes[at..at + 4].copy_from_slice(&moved.to_le_bytes());
            "a count, by one"
        }
        4 => {
            bytes.truncate(pick(len));
            "cut off"
        }
        5 => {
            let (start, width) = (pick(len), 1 + pick(40));
            bytes.drain(start..(start + width).min(len));
            "a part left out"
        }
        6 => {
            let (start, width) = (pick(len), 1 + pick(40));
            let part = bytes[start..(start + width).min(len)].to_vec();
            bytes.splice(start..start, part);
            "a part twice"
        }
        7 => {
            let at = pick(len);
            let from = pick(other.good.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other.good[from..]);
            "spliced with another file"
        }
        8 => {
            for _ in 0..1 + pick(16) {
                bytes[pick(len)] = pick(256) as u8;
            }
            "some bytes"
        }
        9 => {
            let (a, b) = (word_at(pick(words)), word_at(pick(words)));
            let (first, second) = (bytes[a..a + 32].to_vec(), bytes[b..b + 32].to_vec());
            bytes[a..a + 32].copy_from_slice(&second);
            bytes[b..b + 32].copy_from_slice(&first);
            "two words swapped"
        }
        10 => {
            let (a, b) = (word_at(pick(words)), word_at(pick(words)));
            let word = bytes[b..b + 32].to_vec();
            bytes[a..a + 32].copy_from_slice(&word);
            "a word copied"
        }
        11 => {
            let at = word_at(pick(words));
            let word = std::array::from_fn(|i| bytes[at + i]);
            let moved = decode_scalar(&word).unwrap_or_default() + Scalar::from(1u64 + pick(3) as u64);
            bytes[at..at + 32].copy_from_slice(&encode_scalar(&moved));
            "a scalar moved"
        }
        12 => {
            let at = word_at(1 + pick(words - 1));
            let word = std::array::from_fn(|i| bytes[at + i]);
            let point = decode_point(&word).map_or_else(|_| Default::default(), |p| -p);
            bytes[at..at + 64].copy_from_slice(&encode_point(&point));
            "a point negated, or made neutral"
        }
        _ => {
            let at = word_at(pick(words));
            bytes[at..at + 32].fill([0, 0xff][pick(2)]);
            "a word of zeros or ones"
        }
    };
    (name, bytes)
}
