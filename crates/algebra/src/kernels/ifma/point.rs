//! Eight points of the curve in lanes: complete addition for a = −1, d = 3021.
//!
//! −1 is a square and d is not, so the formulas of Hisil, Wong, Carter and Dawson (2008, §3.1) hold for all
//! points of the curve, the neutral element and points of small order included.

use super::lanes::{
    Lanes, Limbs, Modulus, V, add, add_limbs, blend, constant, load, mul, normal, power_of_two, splat, sub,
    sub_if_above, sub_limbs, to_elements,
};
use crate::{Affine, Base, Projective};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ed_on_bls12_377::EdwardsConfig;
use ark_ff::AdditiveGroup;
use std::arch::x86_64::{
    _mm512_load_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_store_epi64, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi64,
};

/// Extended coordinates: `x = X/Z`, `y = Y/Z`, `T = XY/Z`. Each is below `1.3p` and normal.
#[derive(Clone, Copy)]
pub struct Points {
    /// X.
    pub x: Lanes,
    /// Y.
    pub y: Lanes,
    /// Z.
    pub z: Lanes,
    /// T.
    pub t: Lanes,
}

/// What an addition needs of its second operand, if that is affine: `y + x`, `y − x`, `2d·xy`, below `4p`, the last below `2p`.
#[derive(Clone, Copy)]
pub struct Addends {
    /// y + x.
    pub sum: Lanes,
    /// y − x.
    pub difference: Lanes,
    /// 2d·xy.
    pub product: Lanes,
}

/// What an addition needs of its second operand: [`Addends`] times Z, and 2Z.
#[derive(Clone, Copy)]
pub struct Prepared {
    /// Y + X, Y − X, 2d·T.
    pub affine: Addends,
    /// 2Z.
    pub twice_z: Lanes,
}

/// An affine point as [`Addends`], limbs one after another: two cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(128))]
pub struct Record(pub [u64; 16]);

/// 1 in the form of the lanes.
pub const ONE: Limbs = power_of_two::<Base>(260);

impl Record {
    /// The neutral element.
    pub const NEUTRAL: Self = {
        let (mut limbs, mut i) = ([0; 16], 0);
        while i < 5 {
            limbs[i] = ONE[i];
            limbs[i + 5] = ONE[i];
            i += 1;
        }
        Self(limbs)
    };
}

/// `2d` in the form of the lanes.
pub fn twice_d() -> Limbs {
    constant(EdwardsConfig::COEFF_D.double())
}

/// Writes the records of eight points.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub fn records(points: &[Affine; 8], out: &mut [Record; 8]) {
    let Addends { sum, difference, product } = addends(&from_affine(points));
    let zero = _mm512_setzero_si512();
    let (s, d, p) = (sum.0, difference.0, product.0);
    let first = transpose([s[0], s[1], s[2], s[3], s[4], d[0], d[1], d[2]]);
    let second = transpose([d[3], d[4], p[0], p[1], p[2], p[3], p[4], zero]);
    for (record, (first, second)) in out.iter_mut().zip(first.into_iter().zip(second)) {
        let to = record.0.as_mut_ptr().cast::<i64>();
        // SAFETY: a record is 128 bytes, aligned to 128.
        unsafe {
            _mm512_store_epi64(to, first);
            _mm512_store_epi64(to.add(8), second);
        }
    }
}

/// Eight elements of arkworks in the form of the lanes.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn load_base(elements: &[Base; 8]) -> Lanes {
    // a·2^256 times 2^264, times 2^-260
    const TO_LANES: Limbs = power_of_two::<Base>(264);
    mul::<Base>(load(elements), splat(TO_LANES))
}

/// Eight affine points in extended coordinates.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn from_affine(points: &[Affine; 8]) -> Points {
    let x = load_base(&points.map(|p| p.x));
    let y = load_base(&points.map(|p| p.y));
    Points { x, y, z: splat(ONE), t: mul::<Base>(x, y) }
}

/// The addends of points with Z = 1.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn addends(points: &Points) -> Addends {
    let canonical = |a: Lanes| sub_if_above(sub_if_above(a, Base::P2), Base::P);
    Addends {
        sum: canonical(add(points.x, points.y)),
        difference: canonical(sub(points.y, points.x, Base::P2)),
        product: canonical(mul::<Base>(points.t, splat(twice_d()))),
    }
}

/// Rows to columns of an 8 by 8 matrix of words.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
pub fn transpose(r: [V; 8]) -> [V; 8] {
    let even = |a, b| _mm512_unpacklo_epi64(a, b);
    let odd = |a, b| _mm512_unpackhi_epi64(a, b);
    let (a0, a2, a4, a6) = (even(r[0], r[1]), even(r[2], r[3]), even(r[4], r[5]), even(r[6], r[7]));
    let (a1, a3, a5, a7) = (odd(r[0], r[1]), odd(r[2], r[3]), odd(r[4], r[5]), odd(r[6], r[7]));
    let first = |a, b| _mm512_shuffle_i64x2::<0x88>(a, b);
    let second = |a, b| _mm512_shuffle_i64x2::<0xDD>(a, b);
    // columns 0 and 4, 2 and 6, of the upper and the lower four rows; then the odd ones
    let (b0, b1, b2, b3) = (first(a0, a2), first(a4, a6), second(a0, a2), second(a4, a6));
    let (c0, c1, c2, c3) = (first(a1, a3), first(a5, a7), second(a1, a3), second(a5, a7));
    [
        first(b0, b1),
        first(c0, c1),
        first(b2, b3),
        first(c2, c3),
        second(b0, b1),
        second(c0, c1),
        second(b2, b3),
        second(c2, c3),
    ]
}

impl Addends {
    /// A different record in each lane.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn gather(records: [&Record; 8]) -> Self {
        // SAFETY: a record is 128 bytes, aligned to 128.
        let half = |at: usize| records.map(|r| unsafe { _mm512_load_epi64(r.0.as_ptr().add(at).cast()) });
        let (a, b) = (transpose(half(0)), transpose(half(8)));
        Self {
            sum: Lanes([a[0], a[1], a[2], a[3], a[4]]),
            difference: Lanes([a[5], a[6], a[7], b[0], b[1]]),
            product: Lanes([b[2], b[3], b[4], b[5], b[6]]),
        }
    }

    /// The same record in all lanes.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn broadcast(Record(r): &Record) -> Self {
        Self {
            sum: splat([r[0], r[1], r[2], r[3], r[4]]),
            difference: splat([r[5], r[6], r[7], r[8], r[9]]),
            product: splat([r[10], r[11], r[12], r[13], r[14]]),
        }
    }

    /// The opposite points in the lanes of `mask`.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn negate(self, mask: u8) -> Self {
        let opposite = normal(sub_limbs(splat(Base::P2), self.product));
        Self {
            sum: blend(self.sum, mask, self.difference),
            difference: blend(self.difference, mask, self.sum),
            product: blend(self.product, mask, opposite),
        }
    }
}

impl Points {
    /// The neutral element in all lanes.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn neutral() -> Self {
        let (zero, one) = (splat([0; 5]), splat(ONE));
        Self { x: zero, y: one, z: one, t: zero }
    }

    /// Adds affine points. 7 products.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn add_affine(&self, n: &Addends) -> Self {
        let a = mul::<Base>(sub(self.y, self.x, Base::P2), n.difference);
        let b = mul::<Base>(add(self.y, self.x), n.sum);
        let c = mul::<Base>(self.t, n.product);
        finish_addition(a, b, c, add_limbs(self.z, self.z))
    }

    /// What an addition needs of these points as its second operand. One product.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn prepare(&self, twice_d: Lanes) -> Prepared {
        let affine = Addends {
            sum: add(self.x, self.y),
            difference: sub(self.y, self.x, Base::P2),
            product: mul::<Base>(self.t, twice_d),
        };
        Prepared { affine, twice_z: normal(add_limbs(self.z, self.z)) }
    }

    /// Adds points. 8 products.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn add(&self, o: &Prepared) -> Self {
        let c = mul::<Base>(self.t, o.affine.product);
        let a = mul::<Base>(sub(self.y, self.x, Base::P2), o.affine.difference);
        let b = mul::<Base>(add(self.y, self.x), o.affine.sum);
        finish_addition(a, b, c, mul::<Base>(self.z, o.twice_z))
    }

    /// Doubles. 8 products.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    #[inline]
    pub fn double(&self) -> Self {
        let a = mul::<Base>(self.x, self.x);
        let b = mul::<Base>(self.y, self.y);
        let z2 = mul::<Base>(self.z, self.z);
        let s = add(self.x, self.y);
        let both = add_limbs(a, b);
        let e = sub(mul::<Base>(s, s), both, Base::P4);
        let g = sub(b, a, Base::P2);
        let f = sub(g, add_limbs(z2, z2), Base::P4);
        let h = sub(splat([0; 5]), both, Base::P4);
        Self { x: mul::<Base>(e, f), y: mul::<Base>(g, h), z: mul::<Base>(f, g), t: mul::<Base>(e, h) }
    }

    /// The points, as arkworks has them.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub fn to_projective(self) -> [Projective; 8] {
        // a·2^260 times 2^256, times 2^-260
        const FROM_LANES: Limbs = power_of_two::<Base>(256);
        let from_lanes = splat(FROM_LANES);
        let elements = |a: Lanes| to_elements::<Base>(sub_if_above(mul::<Base>(a, from_lanes), Base::P));
        let (x, y, z, t) = (elements(self.x), elements(self.y), elements(self.z), elements(self.t));
        let mut out = [Projective { x: Base::ZERO, y: Base::ZERO, t: Base::ZERO, z: Base::ZERO }; 8];
        for (i, out) in out.iter_mut().enumerate() {
            *out = Projective { x: x[i], y: y[i], t: t[i], z: z[i] };
        }
        out
    }
}

/// The last four products of an addition, from `(y1 − x1)(y2 − x2)`, `(y1 + x1)(y2 + x2)`, `2d·t1·t2`, `2·z1·z2`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
#[inline]
fn finish_addition(a: Lanes, b: Lanes, c: Lanes, d: Lanes) -> Points {
    let e = sub(b, a, Base::P2);
    let f = sub(d, c, Base::P2);
    let g = normal(add_limbs(d, c));
    let h = add(b, a);
    Points { x: mul::<Base>(e, f), y: mul::<Base>(g, h), z: mul::<Base>(f, g), t: mul::<Base>(e, h) }
}
