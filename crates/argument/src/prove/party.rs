//! The prover's side of the schedule: computes, masks, absorbs, and checks every equation on the hidden values.

use super::{Cancelled, Data, Observer};
use crate::columns::{self, Opening};
use crate::form::{Equation, Form};
use crate::lookup::prove::{Keys, Tree};
#[cfg(feature = "mutants")]
use crate::mutants::{Deviation, Returns};
use crate::party::{Ask, Party, Slot, Sum};
use crate::point::{Coordinate, Name, values};
use crate::sumcheck::prove::{Running, Tables};
use crate::transcript::Transcript;
use crate::{inner, wiring, zerocheck};
use intaglio_algebra::{Scalar, Zero, kernels};

/// What stands between a hidden scalar and its message.
pub(crate) trait Masking {
    /// The message of `slot`, whose hidden scalar is `value`.
    fn mask(&mut self, slot: usize, value: Scalar) -> Scalar;

    /// The pad of a slot that was sent.
    fn pad(&self, slot: usize) -> Scalar;
}

/// One-time pads, one a slot.
pub(crate) struct Pads<'a>(pub(crate) &'a [Scalar]);

impl Masking for Pads<'_> {
    fn mask(&mut self, slot: usize, value: Scalar) -> Scalar {
        value + self.pad(slot)
    }

    fn pad(&self, slot: usize) -> Scalar {
        self.0.get(slot).copied().unwrap_or_default()
    }
}

/// The prover at work.
pub(crate) struct Proving<'a, M> {
    data: Data<'a>,
    keys: Keys,
    tree: Option<Tree>,
    current: Option<Running>,
    transcript: Transcript,
    masking: M,
    messages: Vec<Scalar>,
    equations: Vec<Equation>,
    broken: Vec<String>,
    challenges: u32,
    observer: &'a dyn Observer,
    cancelled: bool,
    #[cfg(feature = "mutants")]
    deviation: Option<&'a Deviation<'a>>,
    #[cfg(feature = "mutants")]
    committed: Option<Data<'a>>,
    #[cfg(feature = "mutants")]
    residuals: Vec<(String, Scalar)>,
    #[cfg(feature = "mutants")]
    slots: Vec<String>,
}

/// What the schedule left behind, beside the masking.
pub(crate) struct Finished<'a> {
    pub(crate) data: Data<'a>,
    pub(crate) transcript: Transcript,
    pub(crate) messages: Vec<Scalar>,
    pub(crate) equations: Vec<Equation>,
    pub(crate) broken: Vec<String>,
    pub(crate) missed: Vec<String>,
    #[cfg(feature = "mutants")]
    pub(crate) residuals: Vec<(String, Scalar)>,
    #[cfg(feature = "mutants")]
    pub(crate) slots: Vec<String>,
}

impl<'a, M: Masking> Proving<'a, M> {
    pub(crate) fn new(
        data: Data<'a>,
        keys: Keys,
        transcript: Transcript,
        masking: M,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            data,
            keys,
            tree: None,
            current: None,
            transcript,
            masking,
            messages: Vec::new(),
            equations: Vec::new(),
            broken: Vec::new(),
            challenges: 0,
            observer,
            cancelled: false,
            #[cfg(feature = "mutants")]
            deviation: None,
            #[cfg(feature = "mutants")]
            committed: None,
            #[cfg(feature = "mutants")]
            residuals: Vec::new(),
            #[cfg(feature = "mutants")]
            slots: Vec::new(),
        }
    }

    /// Deviates; a split run returns to `committed`.
    #[cfg(feature = "mutants")]
    pub(super) fn deviating(mut self, committed: Option<Data<'a>>, deviation: &'a Deviation<'a>) -> Self {
        self.committed = committed;
        self.deviation = Some(deviation);
        self
    }

    /// A split run returns to what it committed to.
    #[cfg(feature = "mutants")]
    fn return_at(&mut self, place: Returns) {
        if self.deviation.is_some_and(|d| d.returns == place)
            && let Some(committed) = self.committed.take()
        {
            self.data = committed;
        }
    }

    /// The value behind a form.
    fn hidden(&self, form: &Form) -> Scalar {
        form.constant + form.terms.iter().map(|(slot, k)| *k * self.masking.pad(*slot as usize)).sum::<Scalar>()
    }

    /// Masks, absorbs and records one hidden scalar.
    fn send(&mut self, name: &str, value: Scalar) -> Form {
        #[cfg(feature = "mutants")]
        let value = value + self.deviation.map(|d| d.lie(name)).unwrap_or_default();
        #[cfg(feature = "mutants")]
        self.slots.push(name.to_owned());
        let slot = self.messages.len();
        let message = self.masking.mask(slot, value);
        self.transcript.absorb_scalar(name, &message);
        self.messages.push(message);
        Form::sent(u32::try_from(slot).unwrap_or(u32::MAX), message)
    }

    /// Reports progress; after a cancellation the rest of the schedule runs on zeros and is thrown away.
    fn report(&mut self, stage: &str, done: f64) {
        // asked no more once it said stop: what it raised is still pending
        self.cancelled = self.cancelled || self.observer.reached(stage, done).is_err();
    }

    /// Checks the opening against the committed rows.
    pub(super) fn check_opening(&mut self, opening: &Opening) {
        if self.cancelled {
            return;
        }
        #[cfg(feature = "mutants")]
        self.return_at(Returns::Opening);
        let row = self.data.combine_all_rows(&opening.coefficients);
        let chi = intaglio_algebra::eq::eq_table(&values(&opening.point));
        let residual = kernels::dot(&row, &chi) + self.hidden(&opening.form);
        self.judge("opening", residual);
    }

    /// Notes an equation that does not hold.
    fn judge(&mut self, name: &str, residual: Scalar) {
        #[cfg(feature = "mutants")]
        self.residuals.push((name.to_owned(), residual));
        if !residual.is_zero() {
            self.broken.push(name.to_owned());
        }
    }

    /// Names of the relations behind a broken batch of zerochecks.
    pub(super) fn broken_zerochecks(&mut self) -> Vec<String> {
        if self.cancelled || !self.broken.iter().any(|name| name == "zerocheck") {
            return Vec::new();
        }
        let plan = self.data.plan;
        let checks = plan.system().zerochecks();
        checks.iter().filter(|check| !self.data.holds(check)).map(|check| check.name.clone()).collect()
    }

    pub(crate) fn finish(self) -> Result<(Finished<'a>, M), Cancelled> {
        if self.cancelled {
            return Err(Cancelled);
        }
        let Self { data, transcript, masking, messages, equations, broken, mut keys, .. } = self;
        let finished = Finished {
            data,
            transcript,
            messages,
            equations,
            broken,
            missed: std::mem::take(&mut keys.missed),
            #[cfg(feature = "mutants")]
            residuals: self.residuals,
            #[cfg(feature = "mutants")]
            slots: self.slots,
        };
        Ok((finished, masking))
    }

    fn value(&mut self, ask: Ask<'_>) -> Scalar {
        if self.cancelled {
            return Scalar::zero();
        }
        match ask {
            Ask::Source(source, point) => self.data.evaluate_source(source, point),
            Ask::Tensor(tensor, point) => self.data.evaluate_tensor(tensor, point),
            Ask::Fraction(part) => match self.current.as_ref().map(|r| &r.tables) {
                Some(Tables::Fractions(f)) => f.bound().get(part).copied().unwrap_or_default(),
                _ => self.tree.as_ref().and_then(|t| t.root().get(part).copied()).unwrap_or_default(),
            },
            Ask::Factor(index, right) => match self.current.as_ref().map(|r| &r.tables) {
                Some(Tables::Products(p)) => p.factor(index, right),
                _ => Scalar::zero(),
            },
        }
    }
}

/// How much of a proof lies behind level `level` of the tree.
#[expect(clippy::float_arithmetic, reason = "progress for people; nothing of the proof is a float")]
fn tree_share(level: usize, levels: usize) -> f64 {
    0.3 + 0.25 * level as f64 / levels.max(1) as f64
}

impl<M: Masking> Party for Proving<'_, M> {
    fn challenge(&mut self, label: &str) -> Coordinate {
        self.challenges += 1;
        Coordinate { name: Name::Challenge(self.challenges), value: self.transcript.challenge(label) }
    }

    fn scalar(&mut self, name: &str, _slot: Slot, ask: Ask<'_>) -> Form {
        let value = self.value(ask);
        self.send(name, value)
    }

    fn equation(&mut self, name: &str, products: Vec<(Scalar, Form, Form)>, form: Form) {
        let quadratic: Scalar = products.iter().map(|(c, a, b)| *c * self.hidden(a) * self.hidden(b)).sum();
        let residual = quadratic + self.hidden(&form);
        self.judge(name, residual);
        self.equations.push(Equation { name: name.to_owned(), products, form });
    }

    fn begin(&mut self, sum: Sum<'_>, tau: &[Coordinate]) {
        let (stage, done) = match sum {
            Sum::Tree { level, .. } => ("lookups", tree_share(level, self.data.plan.tree_vars())),
            Sum::Zerochecks { .. } => ("zerochecks", 0.55),
            Sum::Inner { .. } => ("products", 0.62),
            Sum::Wiring { .. } => ("wiring", 0.68),
            Sum::Columns { .. } => ("columns", 0.72),
        };
        self.report(stage, done);
        if self.cancelled {
            self.current = None;
            return;
        }
        #[cfg(feature = "mutants")]
        if matches!(sum, Sum::Columns { .. }) {
            self.return_at(Returns::Columns);
        }
        let tables = match sum {
            Sum::Tree { level, lambda } => match &mut self.tree {
                Some(tree) => Tables::Fractions(tree.take(level, lambda)),
                None => return,
            },
            Sum::Zerochecks { omega } => Tables::Products(zerocheck::prove::terms(&mut self.data, omega)),
            Sum::Inner { items, delta } => Tables::Products(inner::prove::terms(&self.data, items, delta)),
            Sum::Wiring { claims, targets, delta } => {
                Tables::Products(wiring::prove::terms(&self.data, claims, targets, delta))
            }
            Sum::Columns { merged, delta } => Tables::Products(columns::prove::terms(&self.data, merged, delta)),
        };
        self.current = Some(Running::new(tables, values(tau)));
    }

    fn round(&mut self, name: &str, _round: usize, claim: &Form) -> [Form; 2] {
        let [q1, q2] = match &self.current {
            Some(running) if !self.cancelled => running.round(|| self.hidden(claim)),
            _ => [Scalar::zero(); 2],
        };
        [self.send(&format!("{name}.q1"), q1), self.send(&format!("{name}.q2"), q2)]
    }

    fn bind(&mut self, challenge: &Coordinate) {
        if let Some(running) = &mut self.current {
            running.bind(challenge.value);
        }
    }

    fn begin_lookups(&mut self, beta: Scalar, gamma: Scalar) {
        self.report("lookups", 0.28);
        if !self.cancelled {
            self.tree = Some(Tree::build(&mut self.data, &self.keys, beta, gamma));
        }
    }
}
