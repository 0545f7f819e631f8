//! The catalogue as a whole: all are killed, nothing that can be left out is without a forgery, and the table of pitfalls
//! names forgeries that exist.

use super::bench::{Bench, bench, names};
use super::relations::{LEVELS, kind, without_numbers};
use super::run::Run;
use super::{Forgery, all};
use intaglio_argument::mutants::{Mutant, Oracle};
use intaglio_argument::prove::Attempt;
use intaglio_argument::rules::{Check as Rule, Rules};
use intaglio_verifier::{Check, Policy, Request, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Least numbers of forgeries and of mutants.
const LEAST: usize = 60;

fn check(forgery: &Forgery) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| forgery.check())).unwrap_or_else(|_| Err(format!("{}: it panics", forgery.name)))
}

#[test]
fn every_named_forgery_is_refused_and_passes_its_mutant() {
    let forgeries = all();
    let named: BTreeSet<&str> = forgeries.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(named.len(), forgeries.len(), "two forgeries of one name");
    let mut failures = Vec::new();
    let mut by_class: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for forgery in &forgeries {
        let verdict = check(forgery);
        println!(
            "{:<75} without {:<45} {}",
            forgery.name,
            forgery.mutant_name,
            verdict.as_ref().map_or("NO", |()| "killed")
        );
        let (made, killed) = by_class.entry(forgery.class).or_default();
        (*made, *killed) = (*made + 1, *killed + usize::from(verdict.is_ok()));
        failures.extend(verdict.err());
    }
    let mutants: BTreeSet<&str> = forgeries.iter().map(|f| f.mutant_name.as_str()).collect();
    report(&by_class, mutants.len());
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(forgeries.len() >= LEAST && mutants.len() >= LEAST, "{} of {} mutants", forgeries.len(), mutants.len());
}

/// Prints the counts, and writes them where the environment asks for it.
fn report(by_class: &BTreeMap<&str, (usize, usize)>, mutants: usize) {
    let class = |(name, (made, killed)): (&&str, &(usize, usize))| {
        format!("    \"{name}\": {{\"forgeries\": {made}, \"killed\": {killed}}}")
    };
    let classes: Vec<String> = by_class.iter().map(class).collect();
    let sum = |pick: fn(&(usize, usize)) -> usize| by_class.values().map(pick).sum::<usize>();
    let json = format!(
        "{{\n  \"forgeries\": {},\n  \"killed\": {},\n  \"mutants\": {mutants},\n  \"by_class\": {{\n{}\n  }}\n}}\n",
        sum(|c| c.0),
        sum(|c| c.1),
        classes.join(",\n")
    );
    print!("{json}");
    if let Some(path) = std::env::var_os("INTAGLIO_ATTACKS") {
        std::fs::write(path, json).expect("a file that can be written");
    }
}

/// What honest runs of all programs go through: equations, challenges and relations, by kind.
#[derive(Default)]
struct Kinds {
    equations: BTreeSet<String>,
    challenges: BTreeSet<String>,
    relations: BTreeSet<String>,
}

impl Kinds {
    fn collect() -> Self {
        let mut kinds = Self::default();
        for bench in names().into_iter().map(|name| bench(name, 0)) {
            LEVELS.into_iter().for_each(|levels| kinds.add(bench, levels));
        }
        kinds
    }

    fn add(&mut self, bench: &'static Bench, levels: super::bench::Levels) {
        let draft = bench.draft(levels, &Rules::default());
        let system = draft.plan.system();
        let named = |what: &str, name: &str| format!("{what} {}", kind(&bench.program, name));
        self.relations.extend(system.lookups().iter().map(|l| named("lookup", &l.name)));
        self.relations.extend(system.zerochecks().iter().map(|z| named("zerocheck", &z.name)));
        let (_, Attempt { trace, .. }) = Run::new(bench, draft).attempt(None);
        self.equations.extend(trace.residuals.iter().map(|(name, _)| without_numbers(name)));
        self.challenges.extend(trace.challenges.iter().map(|(label, _)| without_numbers(label)));
    }
}

/// Relations that the others imply: no wrong witness breaks one of them alone.
const IMPLIED: &[&str] = &[
    // M is one of the x, and each x lies in its range, so that M − x is never above the range's length
    "lookup argmax: u, other end",
];

#[test]
fn nothing_that_can_be_left_out_is_without_a_forgery() {
    let forgeries = all();
    let kinds = Kinds::collect();
    let mut equations = BTreeSet::new();
    let mut challenges = BTreeSet::new();
    let mut checks = BTreeSet::new();
    for Forgery { mutant, .. } in &forgeries {
        match mutant {
            Mutant::Without(Rule::Equation(name)) => drop(equations.insert(without_numbers(name))),
            Mutant::Without(Rule::Caller(name)) => drop(checks.insert(*name)),
            Mutant::Under(Oracle::Known(label) | Oracle::Programmed { label, .. } | Oracle::Shared { label, .. }) => {
                challenges.insert(without_numbers(label));
            }
            _ => {}
        }
    }
    // the scalar equation is weighed by ξ: the mutant has ξ = 0
    if challenges.contains("closing.xi") {
        equations.insert("closing".into());
    }
    let relations: BTreeSet<&str> = forgeries.iter().map(|f| f.mutant_name.as_str()).collect();
    let bare = |own: &BTreeSet<String>, has: &dyn Fn(&String) -> bool| -> Vec<String> {
        own.iter().filter(|name| !has(name)).cloned().collect()
    };
    assert_eq!(bare(&kinds.equations, &|name| equations.contains(name)), [""; 0], "equations");
    let label = |name: &String| challenges.iter().any(|known| name.starts_with(known.as_str()));
    assert_eq!(bare(&kinds.challenges, &label), [""; 0], "challenges");
    assert_eq!(bare(&kinds.relations, &|name| relations.contains(name.as_str())), IMPLIED, "relations");
    let unchecked: Vec<_> = Check::ALL.iter().filter(|check| !checks.contains(check.name())).collect();
    assert!(unchecked.is_empty(), "checks of the verifier: {unchecked:?}");
}

/// A verifier with short challenges says so itself, and refuses.
#[test]
fn truncated_challenges_are_refused_by_the_accounting() {
    let own = bench("gemm", 0);
    for (bits, expected) in [(250, Ok(())), (100, Err(Stage::Policy))] {
        let rules = Rules::insecure(Mutant::Under(Oracle::Truncated(bits)));
        let bytes = Run::new(own, own.draft(super::bench::SHOWN, &rules)).made().bytes;
        assert_eq!(own.judge(&bytes, &rules), expected, "{bits} bits");
        // the argument itself holds: what refuses is the count of bits
        let policy = Policy { min_security_bits: 0, ..Policy::default() };
        let verdict = intaglio_verifier::insecure_verify(&bytes, &own.checked, Request::default(), policy, &rules);
        assert!(verdict.expect("the argument").security_bits() <= bits);
    }
}

/// The rows of the table of pitfalls: name, then what shows it.
fn pitfalls() -> Vec<(String, String)> {
    let text = include_str!("../../../../../spec/pitfalls.md");
    let cells = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, .., shown, _] = cells[..] else { return None };
        (cells.len() > 4 && !name.is_empty() && !name.starts_with('-')).then(|| (name.to_owned(), shown.to_owned()))
    };
    text.lines().filter(|line| line.starts_with('|')).filter_map(cells).filter(|(name, _)| name != "name").collect()
}

/// What stands in the last column: `forgery: a; b`, `test: file`, `pending: why`.
#[test]
fn the_table_of_pitfalls_names_what_exists() {
    let forgeries = all();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut named = BTreeSet::new();
    let rows = pitfalls();
    assert!(rows.len() > LEAST / 2, "{} rows were read", rows.len());
    for (name, shown) in rows {
        let (kind, what) = shown.split_once(": ").unwrap_or_else(|| panic!("{name}: {shown}"));
        match kind {
            "forgery" => named.extend(what.split("; ").map(str::to_owned)),
            "test" => what.split("; ").for_each(|path| assert!(root.join(path).exists(), "{name}: no file {path}")),
            "pending" => assert!(!what.is_empty(), "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
    // an attack that has several mutants says which in brackets
    let plain = |f: &Forgery| f.name.split(" (").next().unwrap_or_default().to_owned();
    let known: BTreeSet<String> = forgeries.iter().flat_map(|f| [plain(f), f.name.clone()]).collect();
    let strange: Vec<_> = named.difference(&known).collect();
    assert!(strange.is_empty(), "no such forgeries: {strange:#?}");
}
