//! Models that forgeries are about, committed to once.

use super::super::model::Model;
use super::super::{Draft, programs};
use crate::support::{self, Case, Numbers};
use intaglio_argument::rules::Rules;
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::program::Program;
use intaglio_program::tensor::IntTensor;
use intaglio_verifier::{CheckedModel, Stage};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Who sees inputs and outputs.
pub type Levels = (Level, Level);

pub const HIDDEN: Levels = (Level::Private, Level::Private);
pub const SHOWN: Levels = (Level::Private, Level::Public);
pub const COMMITTED: Levels = (Level::Public, Level::Committed);

/// A committed model, with honest inputs.
pub struct Bench {
    pub program: Program,
    pub model: Model,
    pub checked: CheckedModel,
    pub inputs: Vec<IntTensor>,
}

thread_local! {
    static KNOWN: RefCell<BTreeMap<(String, u64), &'static Bench>> = const { RefCell::new(BTreeMap::new()) };
}

/// All programs, each with whether its weights must stay small.
fn programs_by_name() -> Vec<(Case, bool)> {
    let own = programs::cases().into_iter().map(|case| (case, true));
    support::cases().into_iter().map(|case| (case, false)).chain(own).collect()
}

/// The names of all programs.
pub fn names() -> Vec<&'static str> {
    programs_by_name().into_iter().map(|(case, _)| case.name).collect()
}

/// A model of this name, from this seed.
pub fn bench(name: &str, seed: u64) -> &'static Bench {
    KNOWN.with_borrow_mut(|known| {
        *known.entry((name.to_owned(), seed)).or_insert_with(|| Box::leak(Box::new(Bench::new(name, seed))))
    })
}

impl Bench {
    fn new(name: &str, seed: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        let found = programs_by_name().into_iter().find(|(case, _)| case.name == name);
        let (Case { program, .. }, small) = found.unwrap_or_else(|| panic!("no program '{name}'"));
        let parameters = match small {
            true => programs::parameters(&program, &mut numbers),
            false => support::parameters(&program, &mut numbers),
        };
        let inputs = support::inputs(&program, &mut numbers);
        let model = Model::commit(&program, parameters, &[]);
        let checked = CheckedModel::check(&model.commitment).unwrap_or_else(|e| panic!("{name}: {e}"));
        Self { program, model, checked, inputs }
    }

    /// An honest run before a verifier of these rules.
    pub fn draft(&'static self, (input, output): Levels, rules: &Rules) -> Draft<'static> {
        let visibility = Visibility::uniform(&self.program, input, output);
        Draft::new(&self.model, &self.inputs, &visibility).under(rules)
    }

    /// What a verifier of these rules says to evidence.
    pub fn judge(&'static self, evidence: &[u8], rules: &Rules) -> Result<(), Stage> {
        let (request, policy) = Default::default();
        let verdict = intaglio_verifier::insecure_verify(evidence, &self.checked, request, policy, rules);
        verdict.map(|_| ()).map_err(|r| r.stage)
    }
}
