//! Statements that do not fit their plan. The verifier of evidence never builds one; the argument refuses them of any
//! caller.

use super::bench::{SHOWN, bench};
use super::lie::mutant_name;
use super::{Forgery, Intent, Made};
use intaglio_algebra::Scalar;
use intaglio_argument::mutants::Mutant;
use intaglio_argument::prove::{Assignment, insecure_attempt};
use intaglio_argument::rules::{Check, Rules};
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::verify::{VerifyError, verify};
use intaglio_verifier::Stage;
use std::collections::BTreeSet;

/// Public tensors and imported rows of a statement.
type Facts = (Vec<Vec<i64>>, Vec<ImportedRows>);

fn statement(name: &str, check: Check<'static>, change: fn(&mut Facts)) -> Forgery {
    let mutant = Mutant::Without(check);
    let lenient = Rules::insecure(mutant.clone());
    Forgery {
        name: name.to_owned(),
        class: "statement",
        stage: Stage::Statement,
        mutant_name: mutant_name(&mutant),
        mutant,
        names: None,
        // whoever proves does not refuse its own statement
        make: Box::new(move |_, intent| {
            let draft = bench("gemm", 0).draft(SHOWN, &lenient);
            let mut facts: Facts = Default::default();
            let run = |bound: &Statement<'_>, assignment: Assignment<'_>, blinds: &[&[Scalar]]| {
                facts = (bound.publics.to_vec(), bound.imported.to_vec());
                if intent == Intent::Forged {
                    change(&mut facts);
                }
                let bound = Statement { context: b"", publics: &facts.0, imported: &facts.1 };
                insecure_attempt(&draft.plan, &bound, assignment, blinds).expect("an attempt")
            };
            let bytes = draft.bind(&draft.cells(), &draft.draw_blinds(), run).1.proof.to_bytes();
            let rows: Vec<usize> = facts.1.iter().map(ImportedRows::len).collect();
            let essence = format!("{:?} {rows:?}", facts.0);
            let plan = draft.plan;
            let judge = move |bytes: &[u8], rules: &Rules| {
                let bound = Statement { context: b"", publics: &facts.0, imported: &facts.1 };
                verify(&plan.clone().insecure_under(rules), &bound, bytes).map_err(|e| match e {
                    VerifyError::Decode(_) => Stage::Decode,
                    VerifyError::Statement(_) => Stage::Statement,
                    VerifyError::Closing(_) => Stage::Closing,
                })
            };
            Made { bytes, essence, named: BTreeSet::new(), judge: Box::new(judge) }
        }),
    }
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    vec![
        statement("a public tensor that the plan does not know", Check::PublicTensors, |facts| facts.0.push(vec![7])),
        statement("a public tensor longer than its polynomial", Check::PublicCells, |facts| {
            facts.0[0].resize(8, 0);
            facts.0[0].push(9);
        }),
        statement("a group of rows that the plan does not know", Check::ImportedRows, |facts| {
            let more = facts.1[0].clone();
            facts.1.push(more);
        }),
    ]
}
