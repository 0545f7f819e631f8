//! What circuits are put together from. A gadget adds constraints that hold for one value of its result only.
//!
//! | gadget | constraints |
//! |---|---|
//! | bits of n-bit number | n + 1 |
//! | n-bit weight that is private | n, and one for each product |
//! | ReLU and rescale of an n-bit accumulator | n + 2 |
//! | maximum of two n-bit numbers | n + 4 |
//! | table of 2^k rows | 2^k + 3 |

use crate::r1cs::{Form, ONE, R1cs, Wire, plus};

/// A linear form and its value.
#[derive(Clone, Debug)]
pub struct Number {
    /// The form.
    pub form: Form,
    /// Its value in this run.
    pub value: i128,
}

/// A value that does not fit where the circuit wants it: there is no proof of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value leaves its range")]
pub struct Misfit;

impl Number {
    /// A constant.
    #[must_use]
    pub fn constant(value: i128) -> Self {
        let form = if value == 0 { Form::new() } else { vec![(ONE, value)] };
        Self { form, value }
    }

    /// A variable.
    #[must_use]
    pub fn wire(wire: Wire, value: i128) -> Self {
        Self { form: vec![(wire, 1)], value }
    }

    /// `self + factor·other`.
    #[must_use]
    pub fn plus(&self, factor: i128, other: &Self) -> Self {
        Self { form: plus(&self.form, factor, &other.form), value: self.value + factor * other.value }
    }

    /// Whether it is the same in every run.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.form.iter().all(|(wire, _)| *wire == ONE)
    }

    /// `self + constant`.
    #[must_use]
    pub fn offset(&self, constant: i128) -> Self {
        self.plus(1, &Self::constant(constant))
    }
}

/// The least `n` with `−2^(n−1) ≤ lo` and `hi < 2^(n−1)`.
#[must_use]
pub fn signed_bits(lo: i128, hi: i128) -> u32 {
    let of = |v: i128| 129 - (if v < 0 { !v } else { v }).leading_zeros();
    of(lo).max(of(hi))
}

/// A number as one variable: one constraint, unless it is one already.
pub fn single(cs: &mut R1cs, number: Number) -> Number {
    if matches!(number.form[..], [(wire, 1)] if wire != ONE) {
        return number;
    }
    let wire = cs.alloc(number.value);
    let out = Number::wire(wire, number.value);
    cs.zero(plus(&number.form, -1, &out.form));
    out
}

/// The bits of a number in `0 … 2^n − 1`, lowest first: `n + 1` constraints.
///
/// # Errors
///
/// [`Misfit`] if it lies elsewhere.
pub fn bits(cs: &mut R1cs, number: &Number, n: u32) -> Result<Vec<Number>, Misfit> {
    if !cs.is_shape() && (number.value < 0 || number.value >> n != 0) {
        return Err(Misfit);
    }
    let out: Vec<Number> = (0..n).map(|i| bit(cs, number.value >> i & 1)).collect();
    let sum = out.iter().enumerate().fold(Form::new(), |sum, (i, bit)| plus(&sum, 1 << i, &bit.form));
    cs.zero(plus(&number.form, -1, &sum));
    Ok(out)
}

fn bit(cs: &mut R1cs, value: i128) -> Number {
    let bit = Number::wire(cs.alloc(value), value);
    cs.product(bit.form.clone(), bit.offset(-1).form, Form::new());
    bit
}

/// A number that is known by its bits alone, at least zero and below `2^n`: `n` constraints.
pub fn loose_bits(cs: &mut R1cs, value: i128, n: u32) -> Number {
    (0..n).fold(Number::constant(0), |sum, i| sum.plus(1 << i, &bit(cs, value >> i & 1)))
}

/// `⌊number / 2^shift⌋` of a signed number of `n` bits, and its sign bit (1 for zero and above): `n + 1` constraints.
///
/// # Errors
///
/// [`Misfit`] if it has more bits.
pub fn quotient(cs: &mut R1cs, number: &Number, n: u32, shift: u32) -> Result<(Number, Number), Misfit> {
    let bits = bits(cs, &number.offset(1 << (n - 1)), n)?;
    let mut q = Number::constant(-(1 << (n - 1 - shift)));
    for (i, bit) in bits.iter().enumerate().skip(shift as usize) {
        q = q.plus(1 << (i - shift as usize), bit);
    }
    Ok((q, bits[n as usize - 1].clone()))
}

/// `max(number, 0)` for a number in `lo … hi`: nothing if its sign is known, else `n + 2` constraints.
///
/// # Errors
///
/// [`Misfit`] if it lies elsewhere.
pub fn positive_part(cs: &mut R1cs, number: &Number, (lo, hi): (i128, i128)) -> Result<Number, Misfit> {
    if lo >= 0 {
        return Ok(number.clone());
    }
    if hi <= 0 {
        return Ok(Number::constant(0));
    }
    let (same, sign) = quotient(cs, number, signed_bits(lo, hi), 0)?;
    Ok(multiply(cs, &sign, &same))
}

/// A product: one constraint.
pub fn multiply(cs: &mut R1cs, left: &Number, right: &Number) -> Number {
    let value = left.value * right.value;
    let out = Number::wire(cs.alloc(value), value);
    cs.product(left.form.clone(), right.form.clone(), out.form.clone());
    out
}

/// Rounding shift and range of a requantisation.
#[derive(Clone, Copy, Debug)]
pub struct Rescale {
    /// `s`.
    pub shift: u32,
    /// Kept range.
    pub kept: (i128, i128),
    /// Declared range of the accumulator.
    pub declared: (i128, i128),
    /// Whether a value beyond the range becomes its nearest bound; else there is no proof of it.
    pub saturate: bool,
}

/// `min(max(⌊(acc + 2^(s−1)) / 2^s⌋, lo), hi)`. A ReLU on `n` bits that needs no upper bound costs `n + 2` constraints.
///
/// # Errors
///
/// [`Misfit`] if overflow is refused and the quotient leaves the range; a ReLU's lower side is its function.
pub fn rescale(cs: &mut R1cs, acc: &Number, rule: Rescale) -> Result<Number, Misfit> {
    let Rescale { shift, kept: (lo, hi), declared, saturate } = rule;
    let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
    let relu = lo == 0;
    let (mut least, mut most) = (declared.0 + half, declared.1 + half);
    if !saturate {
        most = most.min(((hi + 1) << shift) - 1);
        least = if relu { least } else { least.max(lo << shift) };
    }
    let n = signed_bits(least, most).max(shift + 1);
    let (mut q, sign) = quotient(cs, &acc.offset(half), n, shift)?;
    // what the bits alone allow
    let mut range = (-(1 << (n - 1 - shift)), (1 << (n - 1 - shift)) - 1);
    if relu && range.0 < 0 {
        q = multiply(cs, &sign, &q);
        range.0 = 0;
    }
    if saturate {
        if range.0 < lo {
            q = positive_part(cs, &q.offset(-lo), (range.0 - lo, range.1 - lo))?.offset(lo);
            range.0 = lo;
        }
        if range.1 > hi {
            let left = positive_part(cs, &Number::constant(hi).plus(-1, &q), (hi - range.1, hi - range.0))?;
            q = Number::constant(hi).plus(-1, &left);
        }
    } else {
        let width = signed_bits(0, hi - lo) - 1;
        if range.0 < lo {
            bits(cs, &q.offset(-lo), width)?;
        }
        if range.1 > hi {
            bits(cs, &Number::constant(hi).plus(-1, &q), width)?;
        }
    }
    Ok(single(cs, q))
}

/// The greater of two numbers in `lo … hi`.
///
/// # Errors
///
/// [`Misfit`] if they lie elsewhere.
pub fn maximum(cs: &mut R1cs, a: &Number, b: &Number, (lo, hi): (i128, i128)) -> Result<Number, Misfit> {
    let more = positive_part(cs, &a.plus(-1, b), (lo - hi, hi - lo))?;
    Ok(single(cs, b.plus(1, &more)))
}

/// `table[key]` by one selector for each row.
///
/// # Errors
///
/// [`Misfit`] if the key is none of the table's.
pub fn lookup(cs: &mut R1cs, key: &Number, first: i128, outputs: &[i64]) -> Result<Number, Misfit> {
    let row = usize::try_from(key.value - first).ok().filter(|row| *row < outputs.len());
    let row = if cs.is_shape() { row.unwrap_or(0) } else { row.ok_or(Misfit)? };
    let (mut count, mut index, mut output) = (Number::constant(-1), Number::constant(first), Number::constant(0));
    for (i, y) in outputs.iter().enumerate() {
        let own = i128::from(i == row);
        let selector = Number::wire(cs.alloc(own), own);
        cs.product(selector.form.clone(), selector.offset(-1).form, Form::new());
        count = count.plus(1, &selector);
        index = index.plus(i as i128, &selector);
        output = output.plus((*y).into(), &selector);
    }
    cs.zero(count.form);
    cs.zero(plus(&key.form, -1, &index.form));
    Ok(single(cs, output))
}
