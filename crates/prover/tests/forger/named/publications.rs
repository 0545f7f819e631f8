//! Commitments, receipts and openings that must not be believed.

use super::bench::bench;
use super::evidence::{order_two, without};
use super::lie::{constant, mutant_name};
use super::relations::{described, only};
use super::{Forgery, Intent, Judge, Made};
use crate::forger::model::{Model, WeightEdit};
use crate::forger::relations::Broken;
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Affine, Scalar};
use intaglio_argument::mutants::{Deviation, Mutant, Returns};
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{Assignment, Attempt, Cells, Randomness, insecure_attempt, insecure_attempt_deviating};
use intaglio_argument::rules::{Check as Rule, Rules};
use intaglio_argument::statement::{ImportedRows, Statement as Bound};
use intaglio_program::layout::Layout;
use intaglio_program::lower::{ParameterLayout, opening};
use intaglio_program::program::ParameterId;
use intaglio_prover::CommittedTensor;
use intaglio_verifier::{
    Check, CheckedModel, Commitment, CommittedBoundary, Opening, OpeningStatement, ReceiptKey, Stage,
    insecure_verify_opening,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A model of the first program with something wrong about it.
#[derive(Clone, Copy)]
struct Wrong {
    edits: &'static [WeightEdit],
    rows: fn(&mut Vec<Affine>),
    file: fn(&mut Commitment),
}

const RIGHT: Wrong = Wrong { edits: &[], rows: |_| (), file: |_| () };
const TOO_LARGE: &[WeightEdit] = &[WeightEdit { parameter: 0, cell: 0, value: 1 << 20 }];
/// The sixth and last true column of six is the fifth; the padded block has eight.
const ON_PADDING: &[WeightEdit] = &[WeightEdit { parameter: 0, cell: 6, value: 1 }];

fn publish(wrong: Wrong, rules: &Rules) -> Model {
    let own = bench("gemm", 0);
    let mut model = Model::commit_under(&own.program, own.model.parameters.clone(), wrong.edits, wrong.rows, rules);
    let mut commitment = Commitment::from_bytes(&model.commitment).expect("canonical");
    (wrong.file)(&mut commitment);
    model.commitment = commitment.to_bytes();
    model
}

fn checked(bytes: &[u8], rules: &Rules) -> Result<(), Stage> {
    CheckedModel::insecure_check(bytes, rules).map(|_| ()).map_err(|r| r.stage)
}

fn commitment(name: &str, mutant: Mutant, wrong: Wrong, names: Option<String>) -> Forgery {
    Forgery {
        name: name.to_owned(),
        class: "model",
        stage: Stage::Model,
        mutant_name: mutant_name(&mutant),
        mutant,
        names,
        make: Box::new(move |rules, intent| {
            let model = publish(if intent == Intent::Forged { wrong } else { RIGHT }, rules);
            let commitment = Commitment::from_bytes(&model.commitment).expect("canonical");
            let (rows, proofs) = (model.rows.len(), commitment.proofs.len());
            let strange = model.rows.iter().filter(|row| !intaglio_algebra::encoding::in_subgroup(row)).count();
            let essence = format!("{:?}, rows {rows} and {}, {strange}, {proofs}", model.cells, commitment.rows.len());
            let named = model.broken.lookups.iter().chain(&model.broken.zerochecks).cloned().collect();
            Made { bytes: model.commitment, essence, named, judge: Box::new(checked) }
        }),
    }
}

/// A wrong weight that one relation of the well-formedness proof stops.
fn weight(name: &str, edits: &'static [WeightEdit]) -> Forgery {
    let wrong = Wrong { edits, ..RIGHT };
    let broken: Broken = publish(wrong, &Rules::default()).broken;
    let rule: Rule<'static> = only(&broken).expect("one relation");
    let (relation, kind) = described(&bench("gemm", 0).program, rule).expect("a relation");
    Forgery { mutant_name: kind, ..commitment(name, Mutant::Without(rule), wrong, Some(relation)) }
}

fn commitments() -> Vec<Forgery> {
    let layout = ParameterLayout::of(&bench("gemm", 0).program, ParameterId(0));
    assert!((0..30).all(|flat| layout.cell_of(flat) != ON_PADDING[0].cell), "the padded cell is a true one");
    let by_check = |name, check, wrong| commitment(name, without(check), wrong, None);
    vec![
        weight("a weight out of its range", TOO_LARGE),
        weight("a weight on padding", ON_PADDING),
        by_check(
            "a commitment with a row that no parameter uses",
            Check::ModelRows,
            Wrong { rows: |rows| rows.push(rows[0]), ..RIGHT },
        ),
        by_check(
            "a commitment with a part of order two",
            Check::ModelSubgroup,
            Wrong { rows: |rows| rows[0] = (rows[0] + order_two()).into(), ..RIGHT },
        ),
        by_check(
            "a commitment without proofs",
            Check::ModelProofs,
            Wrong { edits: TOO_LARGE, file: |commitment| commitment.proofs.clear(), ..RIGHT },
        ),
        by_check("a commitment whose proofs fail", Check::Wellformed, Wrong { edits: TOO_LARGE, ..RIGHT }),
    ]
}

/// Receipts: the honest control is one that the same key issued for the same bytes.
fn receipts() -> Vec<Forgery> {
    let receipt = |name: &str, check: Check, issue: fn(&Model, &Rules) -> [u8; 32]| Forgery {
        name: name.to_owned(),
        class: "model",
        stage: check.stage(),
        mutant_name: mutant_name(&without(check)),
        mutant: without(check),
        names: None,
        make: Box::new(move |rules, intent| {
            let model = publish(RIGHT, &Rules::default());
            let unchecked = publish(Wrong { edits: TOO_LARGE, ..RIGHT }, &Rules::default());
            let (bytes, receipt, what) = match intent {
                Intent::Honest => (model.commitment.clone(), own_receipt(&model, rules), "of these bytes"),
                Intent::Forged => (unchecked.commitment, issue(&model, rules), "of something else"),
            };
            let judge = move |bytes: &[u8], rules: &Rules| match own_key().insecure_redeem(bytes, &receipt, rules) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err(Stage::Model),
                Err(rejection) => Err(rejection.stage),
            };
            Made { bytes, essence: what.to_owned(), named: BTreeSet::new(), judge: Box::new(judge) }
        }),
    };
    vec![
        receipt("a receipt under another's key", Check::ReceiptKey, |model, rules| {
            let other = ReceiptKey::new([8; 32], b"elsewhere");
            other.insecure_issue(&CheckedModel::check(&model.commitment).expect("a model"), rules)
        }),
        receipt("a receipt of another commitment", Check::ReceiptDigest, own_receipt),
    ]
}

fn own_key() -> ReceiptKey {
    ReceiptKey::new([7; 32], b"here")
}

fn own_receipt(model: &Model, rules: &Rules) -> [u8; 32] {
    own_key().insecure_issue(&CheckedModel::check(&model.commitment).expect("a model"), rules)
}

/// A committed tensor of six cells.
fn tensor() -> CommittedTensor {
    CommittedTensor::commit("y", &[2, 3], 4, &[5, -7, 11, 0, 2, -1], 0).expect("randomness")
}

fn true_opening() -> OpeningStatement {
    OpeningStatement { name: "y".into(), shape: vec![2, 3], exponent: 4, elements: vec![(0, 5), (1, -7)] }
}

/// Proves whatever an opening says; also what the self-check names.
fn open(
    tensor: &CommittedTensor,
    statement: OpeningStatement,
    rules: &Rules,
    attempt: impl FnOnce(&Plan, &Bound<'_>, &[&[Scalar]]) -> Attempt,
) -> (Vec<u8>, BTreeSet<String>) {
    let plan = Plan::new(opening(&statement.shape).expect("a shape")).insecure_under(rules);
    let (publics, context) = (statement.publics(), statement.to_bytes());
    let imported = [ImportedRows::new(tensor.rows.clone())];
    let bound = Bound { context: &context, publics: &publics, imported: &imported };
    let made = attempt(&plan, &bound, &[&tensor.blinds]);
    let bytes = Opening { statement, proof: made.proof.to_bytes() }.to_bytes();
    (bytes, made.zerochecks.into_iter().collect())
}

fn judge_opening(rows: Vec<Affine>) -> Judge {
    Box::new(move |bytes, rules| {
        let committed = CommittedBoundary { name: "y", shape: &[2, 3], exponent: 4, rows: &rows };
        insecure_verify_opening(bytes, committed, rules).map(|_| ()).map_err(|r| r.stage)
    })
}

/// Where κ is known, a part of the pad commitment on the row basis turns the committed cells into others.
fn stray(rules: &Rules, intent: Intent) -> Made {
    let (tensor, mut statement) = (tensor(), true_opening());
    let mut argued = tensor.cells.clone();
    let mut deviation = Deviation { returns: Returns::Opening, ..Deviation::default() };
    if intent == Intent::Forged {
        argued[0] += 1000;
        statement.elements[0].1 = argued[0];
        deviation.stray = vec![Scalar::from(1000u64)];
    }
    let layout = Layout::flat(&tensor.shape);
    let cells = |own: &[i64]| Assignment {
        groups: vec![Cow::Owned(Cells::Small(layout.scatter(own, tensor.fill)))],
        inner: BTreeMap::new(),
    };
    deviation.argued = Some(cells(&argued));
    let essence = format!("{statement:?}");
    let rows = tensor.rows.clone();
    let (bytes, named) = open(&tensor, statement, rules, |plan, bound, blinds| {
        let random = Randomness::insecure_chosen(random_scalars(Randomness::count(plan)).expect("randomness"));
        let secrets = (cells(&tensor.cells), blinds, random);
        insecure_attempt_deviating(plan, bound, secrets, None, deviation.clone()).expect("an attempt")
    });
    Made { bytes, essence, named, judge: judge_opening(rows) }
}

fn openings() -> Vec<Forgery> {
    type Change = fn(&mut OpeningStatement, &mut CommittedTensor);
    let opened = |name: &str, mutant: Mutant, stage: Stage, change: Change| Forgery {
        name: name.to_owned(),
        class: "opening",
        stage,
        mutant_name: mutant_name(&mutant),
        names: match mutant {
            Mutant::Without(Rule::Zerocheck(relation)) => Some(relation.to_owned()),
            _ => None,
        },
        mutant,
        make: Box::new(move |rules, intent| {
            let (mut tensor, mut statement) = (tensor(), true_opening());
            if intent == Intent::Forged {
                change(&mut statement, &mut tensor);
            }
            let rows = tensor.rows.clone();
            let strange = !intaglio_algebra::encoding::in_subgroup(&rows[0]);
            let essence = format!("{statement:?} {strange}");
            let cells = Cells::Small(Layout::flat(&tensor.shape).scatter(&tensor.cells, tensor.fill));
            let (bytes, named) = open(&tensor, statement, rules, |plan, bound, blinds| {
                let assignment = Assignment { groups: vec![Cow::Borrowed(&cells)], inner: BTreeMap::new() };
                insecure_attempt(plan, bound, assignment, blinds).expect("an attempt")
            });
            Made { bytes, essence, named, judge: judge_opening(rows) }
        }),
    };
    let by_check = |name, check: Check, change: Change| opened(name, without(check), check.stage(), change);
    vec![
        by_check("an opening under another name", Check::OpeningName, |s, _| s.name = "z".into()),
        by_check("an opening in another shape", Check::OpeningShape, |s, _| s.shape = vec![3, 2]),
        by_check("an opening at another exponent", Check::OpeningExponent, |s, _| s.exponent = 5),
        by_check("an opening that shows one element twice", Check::OpeningDistinct, |s, _| {
            s.elements.insert(0, (0, 1000));
        }),
        by_check("an opening of an element that does not exist", Check::OpeningInside, |s, _| {
            s.elements.push((9, 1000));
        }),
        by_check("an opening of rows with a part of order two", Check::OpeningSubgroup, |_, tensor| {
            tensor.rows[0] = (tensor.rows[0] + order_two()).into();
        }),
        Forgery {
            make: Box::new(stray),
            ..opened(
                "an opening whose pads carry another value into the row",
                constant("closing.kappa", 1),
                Stage::Closing,
                |_, _| (),
            )
        },
        opened(
            "an opening that shows another value",
            Mutant::Without(Rule::Zerocheck("opening")),
            Stage::Closing,
            |s, _| s.elements[1].1 = 7,
        ),
    ]
}

/// All of them.
pub fn all() -> Vec<Forgery> {
    [commitments, receipts, openings].into_iter().flat_map(|family| family()).collect()
}
