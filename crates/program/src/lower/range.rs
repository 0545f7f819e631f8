//! Range checks by limbs.

use super::context::Lowering;
use super::role::{Role, Span};
use intaglio_argument::system::Affine;

/// Bits that hold `0 ..= max`.
#[must_use]
pub(crate) fn bits_for(max: i64) -> u32 {
    i64::BITS - max.max(0).leading_zeros()
}

impl Lowering<'_> {
    /// The limbs of a value of `bits` bits: `(lowest bit, bits)`.
    pub(crate) fn limbs(&self, bits: u32) -> Vec<(u32, u32)> {
        let width = self.program.limb_bits();
        (0..bits.div_ceil(width)).map(|j| (j * width, width.min(bits - j * width))).collect()
    }

    /// `form` lies in `0 ..= max`: one check by limbs if `max + 1` is a power of two, else one from each end.
    /// The spans name `form` and `max − form`.
    pub(crate) fn within(&mut self, name: &str, num_vars: usize, form: &Affine, max: i64, [of, complement]: [Span; 2]) {
        let bits = bits_for(max);
        self.low_virtual(name, num_vars, form.clone(), bits, of);
        if max != (1i64 << bits) - 1 {
            self.low_virtual(&format!("{name}, other end"), num_vars, negated(form, max), bits, complement);
        }
    }

    /// `form` in `[0, 2^bits)`: the low limb virtual, the others committed.
    fn low_virtual(&mut self, name: &str, num_vars: usize, form: Affine, bits: u32, of: Span) {
        let limbs = self.limbs(bits);
        let mut low = form;
        for (shift, width) in limbs.iter().copied().skip(1) {
            let limb =
                self.limb(&format!("{name}, bits {shift}.."), num_vars, width, Role::Limb { of, shift, bits: width });
            low = low.plus(-(1i64 << shift), limb);
        }
        let width = limbs.first().map_or(0, |(_, width)| *width);
        let table = self.range_table(width);
        self.b.lookup(name, table, num_vars, low, vec![]);
    }

    /// `form` in `[0, 2^bits)`: the top limb virtual, the others committed. For forms with an accumulator, or wide ones.
    pub(crate) fn top_virtual(
        &mut self,
        name: &str,
        num_vars: usize,
        form: Affine,
        bits: u32,
        role: impl Fn(u32, u32) -> Role,
    ) {
        let limbs = self.limbs(bits);
        let mut top = form;
        let (last, width) = limbs.last().copied().unwrap_or((0, 0));
        for (shift, width) in limbs.iter().copied().take(limbs.len().saturating_sub(1)) {
            let limb = self.limb(&format!("{name}, bits {shift}.."), num_vars, width, role(shift, width));
            top = top.plus(-(1i64 << shift), limb);
        }
        let table = self.range_table(width);
        self.b.lookup(name, table, num_vars, top.divided(last), vec![]);
    }

    /// A committed limb with its own lookup.
    pub(crate) fn limb(
        &mut self,
        name: &str,
        num_vars: usize,
        width: u32,
        role: Role,
    ) -> intaglio_argument::system::SourceId {
        let tensor = self.column(name, num_vars, role);
        let limb = self.b.whole(tensor);
        let table = self.range_table(width);
        self.b.lookup(name, table, num_vars, Affine::source(limb), vec![]);
        limb
    }
}

/// `max − form`.
fn negated(form: &Affine, max: i64) -> Affine {
    Affine {
        constant: i128::from(max) - form.constant,
        terms: form.terms.iter().map(|(k, s)| (-k, *s)).collect(),
        publics: form.publics.iter().map(|(k, p)| (-k, *p)).collect(),
        denominator_bits: form.denominator_bits,
    }
}
