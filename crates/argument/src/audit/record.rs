//! The third party of the schedule: it sends nothing and writes down everything.
//!
//! Messages are zero, so a form is a public constant and a linear form in the hidden values; each equation is recorded
//! as a polynomial in them.

use super::alteration::{Alteration, without};
use crate::columns::{Merged, Opening};
use crate::form::Form;
use crate::party::{Ask, Party, Slot, Sum};
use crate::plan::Plan;
use crate::point::{Coordinate, Name};
use crate::schedule::{self, PublicValues};
use crate::system::Public;
use blake2b_simd::Params;
use intaglio_algebra::{One, Scalar, encoding};
use std::collections::BTreeMap;

/// A pseudo-random scalar named by three numbers.
pub(super) fn scalar(domain: u64, a: u64, b: u64) -> Scalar {
    let mut state = Params::new().hash_length(64).personal(b"intaglio-audit").to_state();
    [domain, a, b].iter().for_each(|n| {
        state.update(&n.to_le_bytes());
    });
    encoding::scalar_from_wide(state.finalize().as_array())
}

/// Challenges: the first `fixed` are the same in every future, `shifted` adds to one of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Challenges {
    pub(super) fixed: usize,
    pub(super) future: u64,
    pub(super) shifted: Option<(usize, u64)>,
}

impl Challenges {
    fn value(&self, index: usize) -> Scalar {
        let future = if index < self.fixed { 0 } else { self.future };
        let value = scalar(1, future, index as u64);
        match self.shifted {
            Some((at, by)) if at == index => value + Scalar::from(by),
            _ => value,
        }
    }
}

/// One hidden scalar.
#[derive(Clone, Debug)]
pub(super) struct SlotRecord {
    pub(super) name: String,
    /// Challenges drawn before it: slots with one number are one message.
    pub(super) when: usize,
    pub(super) operand: bool,
    pub(super) round: bool,
}

/// One equation as a polynomial in the hidden values.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) when: usize,
    pub(super) linear: BTreeMap<u32, Scalar>,
    pub(super) products: BTreeMap<(u32, u32), Scalar>,
    /// The round challenges of the run that it closes.
    pub(super) rounds: Vec<usize>,
}

impl Record {
    /// Derivative with respect to every hidden value, at pseudo-random hidden values.
    pub(super) fn derivative(&self, len: usize) -> Vec<Scalar> {
        let hidden = |slot: u32| scalar(2, 0, slot.into());
        let mut out = vec![Scalar::default(); len];
        let mut add = |slot: u32, k: Scalar| {
            if let Some(cell) = out.get_mut(slot as usize) {
                *cell += k;
            }
        };
        self.linear.iter().for_each(|(slot, k)| add(*slot, *k));
        for ((a, b), k) in &self.products {
            add(*a, *k * hidden(*b));
            add(*b, *k * hidden(*a));
        }
        out
    }
}

/// What one run left.
pub(super) struct Run {
    pub(super) slots: Vec<SlotRecord>,
    pub(super) equations: Vec<Record>,
    pub(super) merged: Vec<Merged>,
    pub(super) delta: Scalar,
    pub(super) rows: Vec<Scalar>,
    /// Challenges drawn before the last of the zerochecks' own.
    pub(super) zerocheck_point: usize,
    pub(super) all_rounds: Vec<usize>,
}

/// Runs the schedule once.
pub(super) fn run(plan: &Plan, challenges: Challenges, alteration: Alteration) -> Run {
    let cells = |p: &Public| match p {
        Public::Mask { .. } => None,
        Public::Values { num_vars, .. } => Some((0..1i64 << num_vars).map(|i| i * i % 13 + 1).collect()),
    };
    let publics: Vec<Vec<i64>> = plan.system().publics().iter().filter_map(cells).collect();
    let mut recorder = Recorder {
        challenges,
        alteration,
        drawn: Vec::new(),
        after_round: false,
        rounds: Vec::new(),
        run: Run {
            slots: Vec::new(),
            equations: Vec::new(),
            merged: Vec::new(),
            delta: Scalar::default(),
            rows: Vec::new(),
            zerocheck_point: 0,
            all_rounds: Vec::new(),
        },
    };
    let Opening { coefficients, form, .. } = schedule::run(&mut recorder, plan, &PublicValues(&publics));
    recorder.rounds.clear();
    recorder.equation("opening", Vec::new(), form);
    let mut run = recorder.run;
    run.rows = coefficients;
    run
}

struct Recorder {
    challenges: Challenges,
    alteration: Alteration,
    drawn: Vec<(String, Scalar)>,
    after_round: bool,
    rounds: Vec<usize>,
    run: Run,
}

impl Recorder {
    fn send(&mut self, name: &str, slot: Slot, round: bool) -> Form {
        let index = u32::try_from(self.run.slots.len()).unwrap_or(u32::MAX);
        let operand = slot == Slot::Operand;
        self.run.slots.push(SlotRecord { name: name.to_owned(), when: self.drawn.len(), operand, round });
        Form::sent(index, Scalar::default())
    }

    fn named(&self, label: &str) -> Option<Scalar> {
        self.drawn.iter().find(|(l, _)| l == label).map(|(_, v)| *v)
    }

    fn is_evaluation(&self, slot: u32, own: bool) -> bool {
        let known = self.run.slots.get(slot as usize);
        known.is_some_and(|s| !s.round && (s.when == self.drawn.len()) == own)
    }

    /// The slot that the alteration takes out of an equation.
    fn lost(&self, name: &str, products: &[(Scalar, Form, Form)], form: &Form) -> Option<u32> {
        let factors = products.iter().flat_map(|(_, a, b)| a.terms.iter().chain(&b.terms));
        let mut slots: Vec<u32> = form.terms.iter().chain(factors).map(|(s, _)| *s).collect();
        slots.sort_unstable();
        slots.dedup();
        match self.alteration {
            Alteration::LoseClaim(at, nth) if at == name => {
                slots.into_iter().filter(|s| self.is_evaluation(*s, false)).nth(nth)
            }
            Alteration::ForgetOwn(at) if at == name => slots.into_iter().find(|s| self.is_evaluation(*s, true)),
            Alteration::Orphan(slot) => {
                slots.into_iter().find(|s| self.run.slots.get(*s as usize).is_some_and(|r| r.name == slot))
            }
            _ => None,
        }
    }
}

impl Party for Recorder {
    fn challenge(&mut self, label: &str) -> Coordinate {
        let index = self.drawn.len();
        let value = match self.alteration {
            Alteration::Share { label: own, with } if own == label => self.named(with),
            Alteration::One(own) if own == label => Some(Scalar::one()),
            _ => None,
        };
        let value = value.unwrap_or_else(|| self.challenges.value(index));
        self.drawn.push((label.to_owned(), value));
        if std::mem::take(&mut self.after_round) {
            self.rounds.push(index);
            self.run.all_rounds.push(index);
        }
        if label.starts_with("zerocheck.tau") {
            self.run.zerocheck_point = index + 1;
        }
        Coordinate { name: Name::Challenge(u32::try_from(index + 1).unwrap_or(u32::MAX)), value }
    }

    fn scalar(&mut self, name: &str, slot: Slot, _ask: Ask<'_>) -> Form {
        self.send(name, slot, false)
    }

    fn equation(&mut self, name: &str, mut products: Vec<(Scalar, Form, Form)>, mut form: Form) {
        if self.alteration == Alteration::DropEquation(self.static_name(name)) {
            return;
        }
        if let Some(slot) = self.lost(name, &products, &form) {
            form = without(&form, slot);
            products = products.iter().map(|(c, a, b)| (*c, without(a, slot), without(b, slot))).collect();
        }
        if self.alteration == Alteration::ThirdFactor(self.static_name(name)) {
            let end = self.rounds.last().and_then(|i| self.drawn.get(*i)).map_or_else(Scalar::one, |(_, v)| *v);
            products.iter_mut().for_each(|(c, _, _)| *c *= end);
        }
        if self.alteration == Alteration::SquareClaim(self.static_name(name)) {
            products.push((Scalar::one(), form.clone(), form.clone()));
        }
        let mut record = Record {
            name: name.to_owned(),
            when: self.drawn.len(),
            linear: BTreeMap::new(),
            products: BTreeMap::new(),
            rounds: self.rounds.clone(),
        };
        // the message is zero: a pad is minus the hidden value
        for (slot, k) in &form.terms {
            *record.linear.entry(*slot).or_default() -= *k;
        }
        for (c, a, b) in &products {
            for (constant, factor) in [(a.constant, b), (b.constant, a)] {
                for (slot, k) in &factor.terms {
                    *record.linear.entry(*slot).or_default() -= *c * constant * k;
                }
            }
            for (i, k) in &a.terms {
                for (j, l) in &b.terms {
                    *record.products.entry((*i.min(j), *i.max(j))).or_default() += *c * k * l;
                }
            }
        }
        self.run.equations.push(record);
    }

    fn begin(&mut self, sum: Sum<'_>, _tau: &[Coordinate]) {
        self.rounds.clear();
        if let Sum::Columns { merged, delta } = sum {
            self.run.merged = merged.to_vec();
            self.run.delta = delta;
        }
    }

    fn round(&mut self, name: &str, _round: usize, _claim: &Form) -> [Form; 2] {
        self.after_round = true;
        [self.send(&format!("{name}.q1"), Slot::Plain, true), self.send(&format!("{name}.q2"), Slot::Plain, true)]
    }

    fn bind(&mut self, _challenge: &Coordinate) {}

    fn begin_lookups(&mut self, _beta: Scalar, _gamma: Scalar) {}
}

impl Recorder {
    /// The alteration's own copy of a name, if it is this one.
    fn static_name(&self, name: &str) -> &'static str {
        match self.alteration {
            Alteration::DropEquation(n) | Alteration::ThirdFactor(n) | Alteration::SquareClaim(n) if n == name => n,
            _ => "",
        }
    }
}
