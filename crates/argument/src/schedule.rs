//! The one schedule of messages, challenges and equations, run by prover and verifier alike.
//!
//! ```text
//! A  lookups      fraction tree, claims at the leaf point
//! B  zerochecks, inner products, wiring
//! C  columns      every claim becomes one evaluation of one combined row
//! ```

use crate::columns::{self, Opening};
use crate::form::Form;
use crate::party::{Ask, Party, Slot};
use crate::plan::Plan;
use crate::point::{Coordinate, Point, half};
use crate::rules::Check;
use crate::system::{Affine, Coord, Public, SourceId, SourceKind, TensorId};
use crate::{inner, lookup, wiring, zerocheck};
use intaglio_algebra::encoding::{small, small128};
use intaglio_algebra::{Field, One, Scalar};
use std::collections::BTreeMap;

/// Runs stages A to C. What comes back is the last equation, which the closing argument shows against the rows.
#[must_use = "the opening is what binds the claims to the committed rows"]
pub fn run<P: Party>(party: &mut P, plan: &Plan, publics: &PublicValues<'_>) -> Opening {
    let mut claims = Claims::new(publics);
    lookup::run(party, plan, &mut claims);
    zerocheck::run(party, plan, &mut claims);
    inner::run(party, plan, &mut claims);
    wiring::run(party, plan, &mut claims);
    columns::run(party, plan, claims.tensors)
}

/// The values of the public tensors, in order of the `Values` polynomials of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublicValues<'a>(pub &'a [Vec<i64>]);

impl PublicValues<'_> {
    /// A public polynomial at a point.
    fn evaluate(&self, plan: &Plan, id: usize, point: &[Coordinate]) -> Scalar {
        match plan.system().publics().get(id) {
            None => Scalar::default(),
            Some(Public::Mask { axes }) => mask_at(axes, point),
            Some(Public::Values { .. }) => {
                let order = plan.public_index(id);
                let cells = self.0.get(order).map_or(&[][..], Vec::as_slice);
                let weights = intaglio_algebra::eq::eq_table(&crate::point::values(point));
                intaglio_algebra::kernels::dot_small(cells, &weights)
            }
        }
    }
}

/// `Π_axes Σ_{i < len} eq(i, ·)`.
fn mask_at(axes: &[(usize, u64)], point: &[Coordinate]) -> Scalar {
    let mut rest = point;
    let mut product = Scalar::one();
    for (num_vars, len) in axes {
        let (own, after) = rest.split_at(rest.len().min(*num_vars));
        product *= below(*len, own);
        rest = after;
    }
    product
}

/// `Σ_{i < len} eq(i, point)`: walk the bits of `len` from the top.
fn below(len: u64, point: &[Coordinate]) -> Scalar {
    let n = point.len();
    if len.checked_shr(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(0) > 0 {
        return Scalar::one();
    }
    let mut total = Scalar::default();
    let mut prefix = Scalar::one();
    for (i, c) in point.iter().enumerate() {
        let bit = len >> (n - 1 - i) & 1 == 1;
        if bit {
            total += prefix * (Scalar::one() - c.value);
            prefix *= c.value;
        } else {
            prefix *= Scalar::one() - c.value;
        }
    }
    total
}

/// `source(point) = form`, still to be discharged.
#[derive(Clone, Debug)]
#[must_use = "an evaluation proves nothing until it is discharged"]
pub struct Claim {
    /// The source.
    pub source: SourceId,
    /// A point of its variables.
    pub point: Point,
    /// Its value.
    pub form: Form,
}

/// `tensor(point) = form`, discharged by the column reduction.
#[derive(Clone, Debug)]
#[must_use = "an evaluation proves nothing until it is discharged"]
pub struct TensorClaim {
    /// The tensor.
    pub tensor: TensorId,
    /// A point of its variables.
    pub point: Point,
    /// Its value.
    pub form: Form,
}

/// Claims that wait for their stage.
#[derive(Debug)]
pub struct Claims<'a> {
    publics: PublicValues<'a>,
    inner: Vec<Claim>,
    wired: Vec<Claim>,
    tensors: Vec<TensorClaim>,
}

impl<'a> Claims<'a> {
    fn new(publics: &PublicValues<'a>) -> Self {
        Self { publics: *publics, inner: Vec::new(), wired: Vec::new(), tensors: Vec::new() }
    }

    /// Puts a claim where it will be discharged.
    pub(crate) fn push(&mut self, plan: &Plan, claim: Claim) {
        let source = plan.system().sources().get(claim.source.0 as usize);
        if source.is_some_and(|s| !plan.rules().has(Check::Claims(&s.name))) {
            return;
        }
        match source.map(|s| &s.kind) {
            Some(SourceKind::Inner(_)) => self.inner.push(claim),
            Some(SourceKind::Wired { .. }) => self.wired.push(claim),
            Some(SourceKind::Read { tensor, coords }) => {
                let (point, sums) = read_point(coords, &claim.point);
                let form = Form::default().plus(half().pow([sums]), &claim.form);
                self.tensors.push(TensorClaim { tensor: *tensor, point, form });
            }
            None => {}
        }
    }

    /// A claim on a whole tensor.
    pub(crate) fn push_tensor(&mut self, claim: TensorClaim) {
        self.tensors.push(claim);
    }

    /// The open inner products.
    pub(crate) fn take_inner(&mut self) -> Vec<Claim> {
        std::mem::take(&mut self.inner)
    }

    /// The open wired views.
    pub(crate) fn take_wired(&mut self) -> Vec<Claim> {
        std::mem::take(&mut self.wired)
    }
}

/// The tensor's point, and over how many variables the read sums: a sum is `2^k` times the evaluation at ½.
#[must_use]
pub fn read_point(coords: &[Coord], point: &[Coordinate]) -> (Point, u64) {
    let mut sums = 0;
    let own = coords
        .iter()
        .map(|c| match c {
            Coord::Var(i) => point.get(*i).copied().unwrap_or_else(Coordinate::zero),
            Coord::Sum => {
                sums += 1;
                Coordinate::half()
            }
            Coord::Zero => Coordinate::zero(),
            Coord::One => Coordinate::one(),
        })
        .collect();
    (own, sums)
}

/// Sends each source once per message, however many forms read it.
pub(crate) struct Reader<'c, 'a> {
    stage: &'static str,
    sent: BTreeMap<SourceId, Form>,
    claims: &'c mut Claims<'a>,
}

impl<'c, 'a> Reader<'c, 'a> {
    pub(crate) fn new(stage: &'static str, claims: &'c mut Claims<'a>) -> Self {
        Self { stage, sent: BTreeMap::new(), claims }
    }

    /// A tensor that no affine form names.
    pub(crate) fn tensor<P: Party>(&mut self, party: &mut P, tensor: TensorId, at: &[Coordinate], slot: Slot) -> Form {
        let name = format!("{}.tensor.{}", self.stage, tensor.0);
        let form = party.scalar(&name, slot, Ask::Tensor(tensor, at));
        self.claims.push_tensor(TensorClaim { tensor, point: at.to_vec(), form: form.clone() });
        form
    }

    /// An affine form at a point, all its sources in plain slots.
    pub(crate) fn affine<P: Party>(&mut self, party: &mut P, plan: &Plan, form: &Affine, at: &[Coordinate]) -> Form {
        self.affine_with(party, plan, form, at, |_| Slot::Plain)
    }

    /// An affine form at a point.
    pub(crate) fn affine_with<P: Party>(
        &mut self,
        party: &mut P,
        plan: &Plan,
        form: &Affine,
        at: &[Coordinate],
        slot: impl Fn(SourceId) -> Slot,
    ) -> Form {
        let mut value = Form::constant(small128(form.constant));
        for (coefficient, public) in &form.publics {
            value.add_constant(small(*coefficient) * self.claims.publics.evaluate(plan, public.0 as usize, at));
        }
        for (coefficient, source) in &form.terms {
            let sent = self.source(party, plan, *source, at, slot(*source));
            value.add(small(*coefficient), &sent);
        }
        if form.denominator_bits == 0 {
            return value;
        }
        Form::default().plus(half().pow([u64::from(form.denominator_bits)]), &value)
    }

    fn source<P: Party>(
        &mut self,
        party: &mut P,
        plan: &Plan,
        source: SourceId,
        at: &[Coordinate],
        slot: Slot,
    ) -> Form {
        if let Some(form) = self.sent.get(&source) {
            return form.clone();
        }
        let name = format!("{}.source.{}", self.stage, source.0);
        let form = party.scalar(&name, slot, Ask::Source(source, at));
        self.claims.push(plan, Claim { source, point: at.to_vec(), form: form.clone() });
        self.sent.insert(source, form.clone());
        form
    }
}
