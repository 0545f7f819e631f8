//! The relation of a requantisation; see the formulas in the module's head.

use super::Requantise;
use crate::lower::{Known, Lowering, Role, Span, bits_for};
use crate::ops::Op;
use crate::program::{Overflow, ValueId};
use intaglio_argument::system::{Affine, Public, SourceId};

impl Requantise {
    pub(crate) fn relate(&self, cx: &mut Lowering<'_>, node: usize) {
        let out = cx.output_value(node);
        let id = cx.program.output_of(node);
        let num_vars = out.layout.num_vars();
        let name = cx.node_name(node);
        let input = cx.node_input(node, 0);
        let (acc, sides) = match (cx.known(input), cx.program.value(input)) {
            (Known::Accumulator(form), Some(value)) => (form, self.sides(value, cx.program.overflow())),
            (Known::Tensor(tensor), Some(value)) => {
                (Affine::source(cx.b.whole(tensor)), self.sides(value, cx.program.overflow()))
            }
            (Known::View, _) | (_, None) => return,
        };
        let tensor = cx.column(&format!("{name}, v"), num_vars, Role::Value(id));
        let v = cx.b.whole(tensor);
        let above = (sides.above > 0 && sides.below > 0).then(|| {
            let upper = cx.column(&format!("{name}, d⁺"), num_vars, Role::Upper(node));
            cx.b.whole(upper)
        });
        let miss = self.miss(cx, node, sides.below.max(sides.above));
        let quotient = quotient(v, above, &miss, sides.below > 0);
        let remainder = minus_scaled(acc, self.shift, &quotient);
        cx.top_virtual(&format!("{name}, r"), num_vars, remainder, self.shift, |shift, bits| Role::Remainder {
            node,
            shift,
            bits,
        });
        if !read_by_table(cx, id, (self.lo, self.hi)) {
            let form = Affine::constant(-i128::from(self.lo)).plus(1, v);
            cx.within(
                &format!("{name}, v"),
                num_vars,
                &form,
                self.hi - self.lo,
                [Span::AboveLow(id), Span::BelowHigh(id)],
            );
        }
        let to_high = Affine::constant(self.hi.into()).plus(-1, v);
        let to_low = Affine::constant(-i128::from(self.lo)).plus(1, v);
        let m = combine(&miss, 1);
        match (above, sides.above > 0, sides.below > 0) {
            (Some(d), _, _) => {
                cx.b.zerocheck(&format!("{name}, upper"), num_vars, vec![(Affine::source(d), to_high)]);
                cx.b.zerocheck(&format!("{name}, lower"), num_vars, vec![(m.plus(-1, d), to_low)]);
            }
            // one side only: m itself is the distance
            (None, true, _) => cx.b.zerocheck(&format!("{name}, upper"), num_vars, vec![(m, to_high)]),
            (None, false, true) => cx.b.zerocheck(&format!("{name}, lower"), num_vars, vec![(m, to_low)]),
            (None, false, false) => {}
        }
        if cx.program.overflow() == Overflow::Refuse {
            // what lies outside on a true cell, a ReLU's function apart, has no proof
            let outside = match (above, self.is_relu()) {
                (Some(d), true) => Some(Affine::source(d)),
                (None, true) if sides.above == 0 => None,
                (Some(_) | None, _) => (!miss.is_empty()).then(|| combine(&miss, 1)),
            };
            if let Some(outside) = outside {
                let mask = cx.b.public(Public::Mask { axes: out.layout.mask() });
                cx.b.zerocheck(&format!("{name}, in range"), num_vars, vec![(Affine::public(mask), outside)]);
            }
        }
        cx.make_tensor(tensor);
    }

    /// The limbs of `m`, range-checked: `(lowest bit, limb)`.
    fn miss(&self, cx: &mut Lowering<'_>, node: usize, largest: i64) -> Vec<(u32, SourceId)> {
        let name = cx.node_name(node);
        let num_vars = cx.output_value(node).layout.num_vars();
        let limbs = cx.limbs(bits_for(largest));
        let mut out = Vec::with_capacity(limbs.len());
        for (shift, bits) in limbs {
            let limb = cx.limb(&format!("{name}, m, bits {shift}.."), num_vars, bits, Role::Miss { node, shift, bits });
            out.push((shift, limb));
        }
        out
    }
}

/// `sign · Σ 2^shift · limb`.
fn combine(limbs: &[(u32, SourceId)], sign: i64) -> Affine {
    limbs.iter().fold(Affine::default(), |form, (shift, limb)| form.plus(sign << shift, *limb))
}

/// `q = v + 2d⁺ − m`; with one side only, `v + m` above or `v − m` below.
fn quotient(v: SourceId, above: Option<SourceId>, miss: &[(u32, SourceId)], below: bool) -> Affine {
    let mut form = combine(miss, if below { -1 } else { 1 }).plus(1, v);
    if let Some(d) = above {
        form = form.plus(2, d);
    }
    form
}

/// `r = acc + 2^(s−1) − 2^s·q`.
fn minus_scaled(mut acc: Affine, shift: u32, quotient: &Affine) -> Affine {
    acc.constant += shift.checked_sub(1).map_or(0, |half| 1i128 << half);
    acc.terms.extend(quotient.terms.iter().map(|(k, s)| (-(k << shift), *s)));
    acc
}

/// True if a table with exactly the keys `lo ..= hi` reads the value: its lookup is the range check.
fn read_by_table(cx: &Lowering<'_>, value: ValueId, (lo, hi): (i64, i64)) -> bool {
    cx.program.nodes().iter().any(|n| match &n.op {
        Op::Lookup(l) if n.inputs.first() == Some(&value) => {
            cx.program.tables().get(l.table.0 as usize).is_some_and(|t| {
                t.first_key == lo && i64::try_from(t.outputs.len()).is_ok_and(|len| lo + len - 1 == hi)
            })
        }
        _ => false,
    })
}
