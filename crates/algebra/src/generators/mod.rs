//! Generators of the commitments: nobody knows a relation between them.
//!
//! The first ones are shipped in `generators.bin`, whose digest is pinned and which a test derives anew; more
//! are derived when asked for. See [`derive()`] for how.
//!
//! | family | use |
//! |---|---|
//! | `G` | columns of rows ([`rows`]) |
//! | `K` | pads ([`pads`]) |
//! | `S` | the spare pad ([`mask`]) |
//! | `H` | blinds ([`blind`]) |
//! | `Q` | inner products ([`product`]) |

mod derive;
mod shipped;

pub use derive::{Family, LABEL, derive};
pub use shipped::{SHIPPED_DIGEST, SHIPPED_PADS, SHIPPED_ROWS, shipped_bytes};

use crate::Affine;
use crate::group::{Basis, FixedBase};
use rayon::prelude::*;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static ROWS: Mutex<Option<Basis>> = Mutex::new(None);
static PADS: Mutex<Option<Basis>> = Mutex::new(None);
static SPECIAL: LazyLock<Arc<Basis>> = LazyLock::new(|| {
    let families = [Family::Mask, Family::Blind, Family::Product];
    Arc::new(Basis::new(families.map(|family| load(family, 0)).to_vec()))
});

/// The first `n` generators of family `G`, for the columns of rows.
pub fn rows(n: usize) -> Arc<Basis> {
    cached(&ROWS, Family::Rows, n)
}

/// The first `n` generators of family `K`, for pads.
pub fn pads(n: usize) -> Arc<Basis> {
    cached(&PADS, Family::Pads, n)
}

/// `S, H, Q` as a basis of three: spare pad, blinds, inner products.
pub fn special() -> Arc<Basis> {
    Arc::clone(&SPECIAL)
}

/// `S`, the generator of the spare pad σ.
pub fn mask() -> Affine {
    nth_special(0)
}

/// `H`, the generator of blinds.
pub fn blind() -> Affine {
    nth_special(1)
}

/// `Q`, the generator that carries inner products.
pub fn product() -> Affine {
    nth_special(2)
}

/// `H` with its table, for many blinds.
pub fn blind_base() -> &'static FixedBase {
    static BASE: LazyLock<FixedBase> = LazyLock::new(|| FixedBase::new(blind()));
    &BASE
}

fn nth_special(index: usize) -> Affine {
    SPECIAL.points().get(index).copied().unwrap_or_default()
}

/// The first `n` of a family as a view of the longest list that anybody asked for.
fn cached(cache: &Mutex<Option<Basis>>, family: Family, n: usize) -> Arc<Basis> {
    // A poisoned lock still holds a whole basis: it is replaced in one assignment.
    let lock = || cache.lock().unwrap_or_else(PoisonError::into_inner);
    let held = lock().clone();
    if let Some(basis) = held.as_ref().filter(|basis| basis.len() >= n) {
        return Arc::new(basis.prefix(n));
    }
    // Not under the lock: a thread of the pool that waits here may run a task that wants it too.
    let mut points = held.map_or_else(Vec::new, |basis| basis.points().to_vec());
    let wanted = n.checked_next_power_of_two().unwrap_or(n);
    let known = points.len();
    points.par_extend((known..wanted).into_par_iter().map(|index| load(family, index as u64)));
    let basis = Basis::new(points);
    let view = Arc::new(basis.prefix(n));
    let mut held = lock();
    if held.as_ref().is_none_or(|other| other.len() < basis.len()) {
        *held = Some(basis);
    }
    view
}

/// A generator from the shipped file, or derived if it is not in there.
fn load(family: Family, index: u64) -> Affine {
    shipped::read(family, index).unwrap_or_else(|| derive(family, index))
}
