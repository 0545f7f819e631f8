//! The static audit of spec/security.md, section 11: every operator in full, larger nets by sample, and mutants of the
//! schedule, each of which a named test must flag.

#[expect(dead_code, reason = "the audit needs programs, no data for them")]
mod support;

use intaglio_argument::audit::{Alteration, Depth, audit};
use intaglio_argument::plan::Plan;
use intaglio_argument::system::{Affine, Coord, Origin, SystemBuilder};
use intaglio_program::description::parse;
use intaglio_program::lower::{Level, Visibility, inference, opening, wellformed};
use intaglio_program::ops::Op;
use intaglio_program::program::Program;
use std::collections::BTreeSet;
use support::cases;

/// The operator's row in the audit. A new operator does not compile until it has one, and [`OPERATORS`] must name it.
fn row(op: &Op) -> &'static str {
    match op {
        Op::Conv(_) => "conv",
        Op::MatMul(_) => "matmul",
        Op::Product(_) => "batch_matmul",
        Op::Add(_) => "add",
        Op::SumPool(_) => "sum_pool",
        Op::Requantise(_) => "requantise",
        Op::Lookup(_) => "lookup",
        Op::MaxPool(_) => "max_pool",
        Op::ArgMax(_) => "argmax",
        Op::Reshape(_) => "reshape",
        Op::Transpose(_) => "transpose",
    }
}

const OPERATORS: [&str; 11] = [
    "add",
    "argmax",
    "batch_matmul",
    "conv",
    "lookup",
    "matmul",
    "max_pool",
    "requantise",
    "reshape",
    "sum_pool",
    "transpose",
];

const LEVELS: [(Level, Level); 3] =
    [(Level::Private, Level::Public), (Level::Public, Level::Committed), (Level::Committed, Level::Private)];

fn plan(program: &Program, (input, output): (Level, Level)) -> Plan {
    let lowered = inference(program, &Visibility::uniform(program, input, output)).expect("a program");
    Plan::new(lowered.system)
}

fn holds(plan: &Plan, depth: Depth, title: &str) {
    let report = audit(plan, Alteration::None, depth);
    println!("{title}: {} slots, {} equations, {} messages", report.slots, report.equations, report.messages);
    assert_eq!(report.findings, vec![], "{title}");
    let shape = plan.shape();
    assert_eq!((report.slots, report.equations), (shape.slots, shape.equations), "{title}: the schedule of the proof");
}

#[test]
fn the_schedule_of_every_operator_holds() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        seen.extend(case.program.nodes().iter().map(|n| row(&n.op)));
        LEVELS.iter().for_each(|levels| holds(&plan(&case.program, *levels), Depth::Full, case.name));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), OPERATORS, "every operator has a case");
}

#[test]
fn the_schedules_of_commitments_and_openings_hold() {
    for case in cases() {
        for chunk in wellformed(&case.program).expect(case.name) {
            holds(&Plan::new(chunk.system), Depth::Full, case.name);
        }
    }
    for shape in [vec![1], vec![3, 5], vec![20, 30]] {
        holds(&Plan::new(opening(&shape).expect("a shape")), Depth::Full, "opening");
    }
}

fn net(input: &str, parameters: &str, nodes: &str, output: u32) -> Program {
    let json = format!(
        r#"{{"limb_bits": 8, "overflow": "saturate", "tables": [], "parameters": [{parameters}], "nodes": [{nodes}],
            "inputs": [{{"name": "x", "shape": {input}, "exponent": 4, "lo": -128, "hi": 127}}],
            "outputs": [{{"name": "y", "value": {output}, "exponent": 3}}]}}"#
    );
    parse(&json).expect("a net")
}

fn conv(weight: u32, pad: u32, input: u32) -> String {
    format!(
        r#"{{"name": "conv", "op": "conv", "weight": {weight}, "bias": null, "groups": 1, "strides": [1,1],
            "pads": [{pad},{pad},{pad},{pad}], "dilations": [1,1], "inputs": [{input}]}}"#
    )
}

fn relu(input: u32) -> String {
    format!(r#"{{"name": "relu", "op": "requantise", "shift": 10, "lo": 0, "hi": 255, "inputs": [{input}]}}"#)
}

fn pool(input: u32) -> String {
    format!(
        r#"{{"name": "pool", "op": "max_pool", "kernel": [2,2], "strides": [2,2], "pads": [0,0,0,0],
            "dilations": [1,1], "ceil": false, "inputs": [{input}]}}"#
    )
}

fn flat(len: u32, input: u32) -> String {
    format!(r#"{{"name": "flat", "op": "reshape", "shape": [1,{len}], "inputs": [{input}]}}"#)
}

fn dense(weight: u32, input: u32) -> String {
    format!(r#"{{"name": "fc", "op": "matmul", "weight": {weight}, "bias": null, "inputs": [{input}]}}"#)
}

fn weights(shapes: &[&str]) -> String {
    let one = |(i, s): (usize, &&str)| format!(r#"{{"name": "w{i}", "shape": {s}, "bits": 8}}"#);
    shapes.iter().enumerate().map(one).collect::<Vec<_>>().join(",")
}

#[test]
fn the_schedules_of_larger_nets_hold() {
    let mlp = [dense(0, 0), relu(1), dense(1, 2), relu(3), dense(2, 4), relu(5)].join(",");
    let mlp = net("[1,64]", &weights(&["[48,64]", "[32,48]", "[10,32]"]), &mlp, 6);
    let digits = [conv(0, 1, 0), relu(1), pool(2), conv(1, 1, 3), relu(4), pool(5), flat(64, 6), dense(2, 7), relu(8)];
    let digits = net("[1,1,8,8]", &weights(&["[8,1,3,3]", "[16,8,3,3]", "[10,64]"]), &digits.join(","), 9);
    let lenet = [
        conv(0, 2, 0),
        relu(1),
        pool(2),
        conv(1, 0, 3),
        relu(4),
        pool(5),
        flat(400, 6),
        dense(2, 7),
        relu(8),
        dense(3, 9),
        relu(10),
        dense(4, 11),
        relu(12),
    ];
    let shapes = ["[6,1,5,5]", "[16,6,5,5]", "[120,400]", "[84,120]", "[10,84]"];
    let lenet = net("[1,1,28,28]", &weights(&shapes), &lenet.join(","), 13);
    for (title, program, messages) in [("mlp", mlp, 12), ("digits cnn", digits, 12), ("lenet", lenet, 4)] {
        holds(&plan(&program, LEVELS[0]), Depth::Sampled(messages), title);
    }
}

/// What is altered, and the test that must flag it.
const MUTANTS: &[(Alteration, &str)] = &[
    (Alteration::DropEquation("lookup root"), "T5"),
    (Alteration::DropEquation("lookup level 2"), "T5"),
    (Alteration::DropEquation("leaf numerator"), "T5"),
    (Alteration::DropEquation("leaf denominator"), "T5"),
    (Alteration::DropEquation("zerocheck"), "T5"),
    (Alteration::DropEquation("inner products 0"), "T5"),
    (Alteration::DropEquation("wiring"), "T5"),
    (Alteration::DropEquation("columns"), "T5"),
    (Alteration::DropEquation("opening"), "T2"),
    (Alteration::ForgetOwn("leaf numerator"), "T5"),
    (Alteration::ForgetOwn("leaf denominator"), "T5"),
    (Alteration::ForgetOwn("zerocheck"), "T5"),
    (Alteration::ForgetOwn("wiring"), "T5"),
    (Alteration::ForgetOwn("columns"), "T5"),
    (Alteration::LoseClaim("columns", 0), "T2"),
    (Alteration::LoseClaim("columns", 3), "T2"),
    (Alteration::LoseClaim("inner products 0", 0), "T2"),
    (Alteration::LoseClaim("wiring", 0), "T2"),
    (Alteration::LoseClaim("opening", 0), "T2"),
    (Alteration::LoseClaim("lookup level 1", 0), "T2"),
    (Alteration::Orphan("columns.3.q1"), "T1"),
    (Alteration::Orphan("columns.row.0"), "T1"),
    (Alteration::One("columns.nu"), "T2"),
    (Alteration::One("columns.delta"), "T2"),
    (Alteration::One("columns.mu"), "T2"),
    (Alteration::One("wiring.delta"), "T2"),
    (Alteration::One("tree.3.lambda"), "T2"),
    (Alteration::One("tree.3.rho"), "T2"),
    (Alteration::Share { label: "columns.nu", with: "lookup.beta" }, "T2"),
    (Alteration::Share { label: "columns.delta", with: "lookup.gamma" }, "T2"),
    (Alteration::Share { label: "columns.mu", with: "columns.delta" }, "T2"),
    (Alteration::Share { label: "tree.2.lambda", with: "tree.1.rho" }, "T2"),
    (Alteration::Share { label: "wiring.delta", with: "inner.0.delta" }, "T2"),
    (Alteration::Share { label: "zerocheck.0", with: "zerocheck.tau.0" }, "T2"),
    (Alteration::Share { label: "tree.3.1", with: "tree.2.rho" }, "T2"),
    (Alteration::ThirdFactor("zerocheck"), "T6"),
    (Alteration::ThirdFactor("inner products 0"), "T6"),
    (Alteration::SquareClaim("zerocheck"), "T6"),
];

#[test]
fn every_mutant_of_the_schedule_is_flagged_by_its_test() {
    let case = cases().into_iter().find(|c| c.name == "small cnn").expect("a small net");
    let plan = plan(&case.program, (Level::Private, Level::Public));
    assert_eq!(audit(&plan, Alteration::None, Depth::Full).findings, vec![], "control");
    let mut missed = Vec::new();
    for (mutant, test) in MUTANTS {
        let found = audit(&plan, *mutant, Depth::Full).tests();
        println!("{mutant:?}: {found:?}");
        if !found.contains(test) {
            missed.push((mutant, test, found));
        }
    }
    assert!(missed.is_empty(), "not flagged: {missed:#?}");
}

/// A tensor of four rows that only `coords` of are read: mutants of a system.
fn partly_read(coords: Vec<Coord>) -> Plan {
    let mut b = SystemBuilder::new("mutant", 2);
    let group = b.group("witness", Origin::Witness, 2);
    let (a, t) = (b.tensor("a", 3, group), b.tensor("t", 4, group));
    let (a, t) = (b.whole(a), b.read("t", 3, t, coords));
    b.zerocheck("product", 3, vec![(Affine::source(a), Affine::source(t))]);
    Plan::new(b.finish().expect("a consistent system"))
}

#[test]
fn cells_and_rows_that_no_claim_reads_are_flagged() {
    let own = |fixed: Coord, at: usize| {
        let mut coords: Vec<Coord> = (0..3).map(Coord::Var).collect();
        coords.insert(at, fixed);
        audit(&partly_read(coords), Alteration::None, Depth::Full).tests()
    };
    assert_eq!(own(Coord::Sum, 3), BTreeSet::new(), "control: all cells are read");
    assert_eq!(own(Coord::Zero, 3), BTreeSet::from(["T3"]), "odd cells");
    assert_eq!(own(Coord::One, 0), BTreeSet::from(["T3", "T4"]), "the lower rows");
    assert_eq!(own(Coord::Sum, 0), BTreeSet::from(["T4"]), "rows whose point is not random");
}
