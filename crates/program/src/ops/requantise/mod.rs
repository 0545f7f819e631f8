//! Requantise, ReLU and Clip with exact saturation.
//!
//! ```text
//! q = ⌊(acc + 2^(s−1)) / 2^s⌋   (q = acc for s = 0),     v = min(max(q, lo), hi),   lo < hi
//!
//! committed    v, d⁺, limbs of m          m = |q − v|, d⁺ = its part above hi
//! virtual      q = v + 2d⁺ − m,  r = acc + 2^(s−1) − 2^s·q
//! lookups      r in [0, 2^s),  v in [lo, hi],  limbs of m
//! zerochecks   d⁺·(hi − v) = 0,   (m − d⁺)·(v − lo) = 0
//! ```
//!
//! `d⁺ ≠ 0` forces `v = hi`, then `m = d⁺`; `d⁺ = 0` and `m ≠ 0` force `v = lo`. So v, d⁺, m and r are unique. Columns for
//! a side that `q` cannot leave, by declared types, do not exist. Where overflow is refused, only what a ReLU and padded cells
//! need is there, and one more zerocheck says that no true cell uses it for anything but a ReLU's lower side.

mod relation;
mod shape;
mod value;

pub use shape::Sides;

/// Shift, round half up, saturate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requantise {
    /// `s`.
    pub shift: u32,
    /// Least kept value.
    pub lo: i64,
    /// Greatest kept value.
    pub hi: i64,
}
