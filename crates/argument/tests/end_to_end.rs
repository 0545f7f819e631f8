//! One small layer through the whole argument: honest proofs verify, wrong witnesses and altered bytes do not.
//!
//! ```text
//! acc = W·view(x) + b,   q = ⌊(acc + 2)/4⌋ = (acc + 2 − r)/4,   y = |q| by table,   public output y
//! ```

use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{Scalar, generators};
use intaglio_argument::plan::Plan;
use intaglio_argument::prove::{
    Assignment, Cells, ProveError, Silent, blind_rows, commit_cells, insecure_attempt, prove,
};
use intaglio_argument::statement::{ImportedRows, Statement};
use intaglio_argument::system::{
    Affine, AxisMap, Coord, Entry, Factor, Inner, Operand, OperandCoord, Origin, Public, SourceId, SystemBuilder,
    TensorId, Wiring,
};
use intaglio_argument::verify::{VerifyError, verify};
use std::borrow::Cow;
use std::collections::BTreeMap;

const W: [i64; 16] = [1, -2, 3, 0, 2, 2, -1, 1, -3, 1, 1, 1, 0, 1, 2, -2];
const B: [i64; 4] = [1, 0, -1, 2];

struct Layer {
    plan: Plan,
    tensors: [TensorId; 7],
    rows: ImportedRows,
    model: Cells,
    blinds: Vec<Scalar>,
}

/// `x` is read in reverse order through a wiring.
fn layer() -> Layer {
    let mut b = SystemBuilder::new("test", 3);
    let model = b.group("model", Origin::Imported, 3);
    let own = b.group("witness", Origin::Witness, 3);
    let (w, bias) = (b.tensor("W", 4, model), b.tensor("b", 2, model));
    let (x, y, r, q) =
        (b.tensor("x", 2, own), b.tensor("y", 2, own), b.tensor("r", 2, own), b.tensor("selected", 2, own));
    let range4 = b.table("range 4", 0, 4, vec![], own);
    let keys: Vec<i64> = (-12..12).collect();
    let abs = b.table("abs", -12, 24, vec![keys.iter().map(|k| k.abs()).collect()], own);
    let reversed = Wiring {
        factors: vec![Factor {
            view: vec![0, 1],
            tensor: vec![0, 1],
            map: AxisMap::Sparse((0..4).map(|i| Entry { view: i, tensor: 3 - i, weight: 1 }).collect()),
        }],
    };
    let view = b.wired("reversed x", 2, x, reversed);
    let weights = b.whole(w);
    let (x_s, y_s, r_s, q_s) = (b.whole(x), b.whole(y), b.whole(r), b.whole(q));
    let bias = b.read("b", 2, bias, vec![Coord::Var(0), Coord::Var(1)]);
    let acc = b.inner(
        "W·x",
        2,
        Inner {
            summed: 2,
            shared: vec![],
            left: Operand {
                source: weights,
                coords: vec![
                    OperandCoord::Out(0),
                    OperandCoord::Out(1),
                    OperandCoord::Summed(0),
                    OperandCoord::Summed(1),
                ],
            },
            right: Operand { source: view, coords: vec![OperandCoord::Summed(0), OperandCoord::Summed(1)] },
        },
    );
    b.lookup("x", range4, 2, Affine::source(x_s), vec![]);
    b.lookup("r", range4, 2, Affine::source(r_s), vec![]);
    let key = Affine::constant(2).plus(1, acc).plus(1, bias).plus(-1, r_s).divided(2);
    b.lookup("abs", abs, 2, key, vec![Affine::source(y_s)]);
    let out = b.public(Public::Values { name: "y".into(), num_vars: 2 });
    let mask = b.public(Public::Mask { axes: vec![(2, 3)] });
    // the output's last cell is padding: only the three true ones are shown
    b.zerocheck(
        "output",
        2,
        vec![(Affine::public(mask), Affine::source(y_s)), (Affine::constant(-1), Affine::public(out))],
    );
    // an elementwise relation of two hidden factors: selected·(1 − selected) = 0
    b.zerocheck("Boolean", 2, vec![(Affine::source(q_s), Affine::constant(1).plus(-1, q_s))]);
    let plan = Plan::new(b.finish().expect("a consistent system"));
    let mut cells = W.to_vec();
    cells.extend(B);
    cells.resize(24, 0);
    let model = Cells::Small(cells);
    let blinds = random_scalars(3).expect("randomness");
    let points = blind_rows(&commit_cells(&generators::rows(8), &model, 8), &blinds);
    Layer { plan, tensors: [w, bias_tensor(), x, y, r, q, TensorId(0)], rows: ImportedRows::new(points), model, blinds }
}

fn bias_tensor() -> TensorId {
    TensorId(1)
}

/// The witness group with given x, r, y and selector, and the public output.
fn witness(
    layer: &Layer,
    x: [i64; 4],
    edit: impl Fn(&mut [i64; 4], &mut [i64; 4], &mut [i64; 4]),
) -> (Vec<i64>, Vec<i64>) {
    let acc: Vec<i64> = (0..4).map(|o| (0..4).map(|i| W[4 * o + i] * x[3 - i]).sum::<i64>() + B[o] + 2).collect();
    let mut r: [i64; 4] = std::array::from_fn(|o| acc[o].rem_euclid(4));
    let mut y: [i64; 4] = std::array::from_fn(|o| acc[o].div_euclid(4).abs());
    let mut selected = [0, 1, 1, 0];
    edit(&mut r, &mut y, &mut selected);
    let rows: usize = layer.plan.group_rows()[1];
    let mut cells = vec![0; rows * 8];
    for (tensor, values) in layer.tensors[2..6].iter().zip([x, y, r, selected]) {
        let at = layer.plan.place(*tensor).expect("placed").offset;
        cells[at..at + 4].copy_from_slice(&values);
    }
    (cells, y[..3].to_vec())
}

fn assignment<'a>(layer: &'a Layer, cells: Vec<i64>) -> Assignment<'a> {
    Assignment {
        groups: vec![Cow::Borrowed(&layer.model), Cow::Owned(Cells::Small(cells))],
        inner: BTreeMap::<SourceId, Vec<i64>>::new(),
    }
}

const X: [i64; 4] = [1, 3, 2, 0];

fn honest(layer: &Layer) -> (Vec<u8>, Vec<Vec<i64>>) {
    let (cells, y) = witness(layer, X, |_, _, _| {});
    let publics = vec![y];
    let imported = [layer.rows.clone()];
    let statement = Statement { context: b"context", publics: &publics, imported: &imported };
    let proof =
        prove(&layer.plan, &statement, assignment(layer, cells), &[&layer.blinds], &Silent).expect("a true statement");
    (proof, publics)
}

fn check(
    layer: &Layer,
    context: &[u8],
    publics: &[Vec<i64>],
    rows: &ImportedRows,
    proof: &[u8],
) -> Result<(), VerifyError> {
    verify(&layer.plan, &Statement { context, publics, imported: std::slice::from_ref(rows) }, proof)
}

#[test]
fn an_honest_proof_verifies_and_no_two_are_equal() {
    let layer = layer();
    let (first, publics) = honest(&layer);
    let (second, _) = honest(&layer);
    assert_eq!(first.len(), layer.plan.shape().proof_bytes());
    assert_ne!(first, second);
    check(&layer, b"context", &publics, &layer.rows, &first).expect("honest");
    check(&layer, b"context", &publics, &layer.rows, &second).expect("honest");
}

#[test]
fn another_statement_is_refused() {
    let layer = layer();
    let (proof, publics) = honest(&layer);
    let mut other = publics.clone();
    other[0][1] += 1;
    assert!(matches!(check(&layer, b"context", &other, &layer.rows, &proof), Err(VerifyError::Closing(_))));
    assert!(matches!(check(&layer, b"another", &publics, &layer.rows, &proof), Err(VerifyError::Closing(_))));
    assert!(matches!(check(&layer, b"context", &[], &layer.rows, &proof), Err(VerifyError::Statement(_))));
    let fresh =
        blind_rows(&commit_cells(&generators::rows(8), &layer.model, 8), &random_scalars(3).expect("randomness"));
    let republished = ImportedRows::new(fresh);
    assert!(matches!(check(&layer, b"context", &publics, &republished, &proof), Err(VerifyError::Closing(_))));
}

#[test]
fn every_altered_word_is_refused() {
    let layer = layer();
    let (proof, publics) = honest(&layer);
    for at in (0..proof.len()).step_by(32) {
        let mut bad = proof.clone();
        bad[at] ^= 1;
        check(&layer, b"context", &publics, &layer.rows, &bad).expect_err("altered");
    }
    let short = &proof[..proof.len() - 1];
    assert!(matches!(check(&layer, b"context", &publics, &layer.rows, short), Err(VerifyError::Decode(_))));
    let long: Vec<u8> = proof.iter().copied().chain([0]).collect();
    assert!(matches!(check(&layer, b"context", &publics, &layer.rows, &long), Err(VerifyError::Decode(_))));
}

/// Name, edit of remainders, outputs and selectors, equations and lookups that it breaks.
type Forgery =
    (&'static str, fn(&mut [i64; 4], &mut [i64; 4], &mut [i64; 4]), &'static [&'static str], &'static [&'static str]);

const FORGERIES: &[Forgery] = &[
    ("remainder out of range", |r, _, _| r[1] += 4, &["lookup root"], &["r", "abs"]),
    ("key that is no integer", |r, _, _| r[1] ^= 1, &["lookup root"], &["abs"]),
    ("wrong row of the table", |_, y, _| y[2] += 1, &["lookup root"], &["abs"]),
    ("wrong row on padding", |_, y, _| y[3] += 1, &["lookup root"], &["abs"]),
    ("selector of two", |_, _, s| s[0] = 2, &["zerocheck"], &[]),
];

#[test]
fn every_wrong_witness_is_named_and_refused() {
    let layer = layer();
    for (name, edit, equations, lookups) in FORGERIES {
        let (cells, y) = witness(&layer, X, edit);
        let publics = vec![y];
        let imported = [layer.rows.clone()];
        let statement = Statement { context: b"context", publics: &publics, imported: &imported };
        let found = prove(&layer.plan, &statement, assignment(&layer, cells.clone()), &[&layer.blinds], &Silent);
        match found {
            Err(ProveError::Unsatisfied { equations: e, lookups: l, zerochecks: z }) => {
                assert_eq!(z.is_empty(), !equations.contains(&"zerocheck"), "{name}: {z:?}");
                assert_eq!(
                    (&e[..], &l[..]),
                    (
                        &equations.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..],
                        &lookups.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..]
                    ),
                    "{name}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
        let attempt =
            insecure_attempt(&layer.plan, &statement, assignment(&layer, cells), &[&layer.blinds]).expect("an attempt");
        let refused = check(&layer, b"context", &publics, &layer.rows, &attempt.proof.to_bytes());
        assert!(matches!(refused, Err(VerifyError::Closing(_))), "{name}: {refused:?}");
    }
}
