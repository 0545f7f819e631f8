//! Wrong witnesses that break exactly one relation: the mutant does not claim that relation, and everything else holds.

use super::Forgery;
use super::bench::{Bench, Levels, SHOWN, bench, names};
use super::lie::Lie;
use super::run::Run;
use crate::forger::Draft;
use crate::forger::attacks::{self, Attack};
use crate::forger::relations::Broken;
use intaglio_argument::mutants::Mutant;
use intaglio_argument::rules::{Check, Rules};
use intaglio_program::lower::{Level, Visibility};
use intaglio_program::program::{Overflow, Parts, Program};
use intaglio_program::tensor::IntTensor;
use intaglio_prover::witness::Runner;
use intaglio_verifier::Stage;
use std::collections::BTreeMap;

pub const LEVELS: [Levels; 4] = [
    (Level::Private, Level::Public),
    (Level::Public, Level::Committed),
    (Level::Committed, Level::Private),
    (Level::Private, Level::Private),
];

/// What kind of relation a name stands for: the operator, input or output in the place of its own name.
pub fn kind(program: &Program, name: &str) -> String {
    let owned = |(index, node): (usize, &intaglio_program::program::Node)| {
        let rest = name.strip_prefix(&format!("{index}:{}, ", node.name))?;
        Some(format!("{}: {rest}", node.op.name()))
    };
    let inputs = program.inputs().iter().map(|i| ("input", &i.name));
    let outputs = program.outputs().iter().map(|o| ("output", &o.name));
    let boundary = |(side, own): (&str, &String)| {
        let rest = name.strip_prefix(&format!("{side} '{own}'"))?;
        Some(format!("{side}{rest}"))
    };
    let found = program.nodes().iter().enumerate().find_map(owned);
    let parameter = |own: &intaglio_program::program::Parameter| {
        let rest = name.strip_prefix(&format!("parameter '{}'", own.name))?;
        Some(format!("parameter{rest}"))
    };
    let found = found.or_else(|| program.parameters().iter().find_map(parameter));
    let found = found.or_else(|| inputs.chain(outputs).find_map(boundary)).unwrap_or_else(|| name.to_owned());
    without_numbers(&found)
}

/// Every number as `#`.
pub fn without_numbers(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match (c.is_ascii_digit(), out.ends_with('#')) {
            (true, true) => {}
            (true, false) => out.push('#'),
            (false, _) => out.push(c),
        }
    }
    out
}

/// The one relation that is broken, if it is one.
pub fn only(broken: &Broken) -> Option<Check<'static>> {
    let lookups = broken.lookups.iter().map(|name| Check::Lookup(name.clone().leak()));
    let zerochecks = broken.zerochecks.iter().map(|name| Check::Zerocheck(name.clone().leak()));
    let mut all = lookups.chain(zerochecks);
    all.next().filter(|_| all.next().is_none())
}

/// A relation's name, and what its kind is called.
pub fn described(program: &Program, check: Check<'_>) -> Option<(String, String)> {
    match check {
        Check::Lookup(name) => Some((name.to_owned(), format!("lookup {}", kind(program, name)))),
        Check::Zerocheck(name) => Some((name.to_owned(), format!("zerocheck {}", kind(program, name)))),
        _ => None,
    }
}

fn forgery(attack: &Attack, bench: &'static Bench, levels: Levels, index: usize, check: Check<'static>) -> Forgery {
    let (name, mutant_name) = described(&bench.program, check).expect("a relation");
    let forge = attack.forge;
    Forgery {
        name: attack.name.to_owned(),
        class: "relation",
        stage: Stage::Closing,
        mutant: Mutant::Without(check),
        mutant_name,
        names: Some(name),
        make: Box::new(move |rules, intent| {
            let mut draft = bench.draft(levels, rules);
            if intent == super::Intent::Forged {
                let broken = forge(&mut draft, index).expect("the place is there");
                assert_eq!(only(&broken), Some(check));
                assert_eq!(draft.broken(), broken);
            }
            Run::new(bench, draft).made()
        }),
    }
}

/// The run of a program that saturates, told as that of one that refuses: all that stops it is the zerocheck on true cells.
fn saturated(draft: &mut Draft<'static>) {
    let model = draft.model;
    let x = IntTensor { shape: vec![1, 6], data: vec![1; 6] };
    let parts = Parts { overflow: Overflow::Saturate, ..model.program.parts().clone() };
    let runner = Runner::new(&Program::new(parts).expect("a program"), &model.parameters).expect("honest parameters");
    let visibility = Visibility::uniform(&model.program, Level::Private, Level::Public);
    let trace = runner.run(std::slice::from_ref(&x), &visibility.inputs).expect("a run");
    let plan = draft.plan.clone();
    *draft = Draft::of_run(model, &[x], &visibility, trace);
    draft.plan = plan;
    draft.fill();
}

fn refused() -> Forgery {
    let name = "1:q, in range";
    let lie = Lie {
        name: "a saturated cell where overflow is refused",
        class: "relation",
        mutant: Mutant::Without(Check::Zerocheck(name)),
        at: ("refuse, an end that inputs reach", SHOWN),
        seed: 0,
        draft: saturated,
        run: |run| run,
    };
    let kind = kind(&bench("refuse, an end that inputs reach", 0).program, name);
    Forgery { names: Some(name.to_owned()), mutant_name: format!("zerocheck {kind}"), ..lie.forgery() }
}

/// For each attack and each kind of relation that it breaks alone, the first place where it does.
pub fn all() -> Vec<Forgery> {
    let mut found: BTreeMap<(&str, String), Forgery> = BTreeMap::new();
    for (name, seed) in names().into_iter().flat_map(|name| [(name, 0), (name, 1)]) {
        let bench = bench(name, seed);
        for levels in LEVELS {
            let honest: Draft<'static> = bench.draft(levels, &Rules::default());
            let program = &bench.program;
            let places = program.nodes().len().max(program.inputs().len()).max(program.outputs().len());
            for (attack, index) in attacks::all().into_iter().flat_map(|a| (0..places).map(move |i| (a, i))) {
                let Some(check) = (attack.forge)(&mut honest.clone(), index).as_ref().and_then(only) else { continue };
                let side = if levels.1 == Level::Committed { ", committed" } else { "" };
                let (_, mut kind) = described(program, check).expect("a relation");
                if kind.starts_with("zerocheck output") {
                    kind += side;
                }
                let key = (attack.name, kind.clone());
                found.entry(key).or_insert_with(|| {
                    let mut made = forgery(&attack, bench, levels, index, check);
                    made.mutant_name = kind;
                    made
                });
            }
        }
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    found.keys().for_each(|(name, _)| *kinds.entry(name).or_default() += 1);
    let many: Vec<String> = kinds.iter().filter(|(_, n)| **n > 1).map(|(name, _)| (*name).to_owned()).collect();
    let own_name = |((_, kind), mut forgery): ((&str, String), Forgery)| {
        if many.contains(&forgery.name) {
            forgery.name = format!("{} ({kind})", forgery.name);
        }
        forgery
    };
    found.into_iter().map(own_name).chain([refused()]).collect()
}
