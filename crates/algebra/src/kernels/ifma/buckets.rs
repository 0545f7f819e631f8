//! Buckets: `Σ_v v·(sum of the points whose digit is v)`, eight such sums in lanes.

use super::lanes::{Lanes, splat};
use super::point::{Addends, ONE, Points, transpose, twice_d};
use std::arch::x86_64::{_mm512_load_epi64, _mm512_setzero_si512, _mm512_store_epi64};
use std::cell::Cell;

/// One point: twenty limbs and four words of padding, three cache lines.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Bucket([u64; 24]);

const NEUTRAL: Bucket = {
    let (mut limbs, mut i) = ([0; 24], 0);
    while i < 5 {
        limbs[5 + i] = ONE[i];
        limbs[10 + i] = ONE[i];
        i += 1;
    }
    Bucket(limbs)
};

/// Buckets for the digits `0..=max` of eight lanes; what falls in bucket 0 is forgotten.
pub struct Buckets(Vec<[Bucket; 8]>);

thread_local! {
    /// The memory of the last buckets of this thread: fresh pages would cost a tenth of a short product.
    static SPARE: Cell<Vec<[Bucket; 8]>> = const { Cell::new(Vec::new()) };
}

impl Drop for Buckets {
    fn drop(&mut self) {
        SPARE.set(std::mem::take(&mut self.0));
    }
}

impl Buckets {
    /// Empty buckets.
    pub fn new(max: usize) -> Self {
        let mut buckets = SPARE.take();
        buckets.clear();
        // room for the widest digits of a commitment: what is allocated then does not follow from its cells
        buckets.reserve_exact(257.max(max + 1));
        buckets.resize(max + 1, [NEUTRAL; 8]);
        Self(buckets)
    }

    /// Adds one point to bucket `digits[lane]` of each lane.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn add(&mut self, digits: [usize; 8], points: &Addends) {
        let sums = self.load(digits).add_affine(points);
        self.store(digits, &sums);
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn load(&self, digits: [usize; 8]) -> Points {
        let mut rows = [[_mm512_setzero_si512(); 8]; 3];
        for lane in 0..8 {
            let from = self.0[digits[lane]][lane].0.as_ptr().cast::<i64>();
            for (k, rows) in rows.iter_mut().enumerate() {
                // SAFETY: a bucket is 192 bytes, aligned to 64.
                rows[lane] = unsafe { _mm512_load_epi64(from.add(8 * k)) };
            }
        }
        let [a, b, c] = [transpose(rows[0]), transpose(rows[1]), transpose(rows[2])];
        Points {
            x: Lanes([a[0], a[1], a[2], a[3], a[4]]),
            y: Lanes([a[5], a[6], a[7], b[0], b[1]]),
            z: Lanes([b[2], b[3], b[4], b[5], b[6]]),
            t: Lanes([b[7], c[0], c[1], c[2], c[3]]),
        }
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    fn store(&mut self, digits: [usize; 8], points: &Points) {
        let (x, y, z, t) = (points.x.0, points.y.0, points.z.0, points.t.0);
        let pad = _mm512_setzero_si512();
        let rows = [
            transpose([x[0], x[1], x[2], x[3], x[4], y[0], y[1], y[2]]),
            transpose([y[3], y[4], z[0], z[1], z[2], z[3], z[4], t[0]]),
            transpose([t[1], t[2], t[3], t[4], pad, pad, pad, pad]),
        ];
        for lane in 0..8 {
            let to = self.0[digits[lane]][lane].0.as_mut_ptr().cast::<i64>();
            for (k, rows) in rows.iter().enumerate() {
                // SAFETY: a bucket is 192 bytes, aligned to 64.
                unsafe { _mm512_store_epi64(to.add(8 * k), rows[lane]) }
            }
        }
    }

    /// `Σ_v v·bucket_v` in each lane.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub fn sum(&self) -> Points {
        let twice_d = splat(twice_d());
        let mut total = self.load([self.0.len() - 1; 8]);
        let mut running = total.prepare(twice_d);
        for v in (1..self.0.len() - 1).rev() {
            running = self.load([v; 8]).add(&running).prepare(twice_d);
            total = total.add(&running);
        }
        total
    }
}
