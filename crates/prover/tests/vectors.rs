//! The shared vectors of `spec/vectors`: made here, checked here and by the verifier of `spec/reference`.
//!
//! `make vectors` writes them. A line of `verdicts.tsv` names files, an edit of one of them, and the stage that refuses
//! the result; `spec/vectors/README.md` says how to read it.

mod support;

use intaglio_algebra::encoding::{encode_point, encode_scalar};
use intaglio_algebra::generators;
use intaglio_algebra::random::random_scalars;
use intaglio_algebra::{AdditiveGroup, Affine, AffineRepr, Base, CurveGroup, Field, PrimeField, Scalar};
use intaglio_argument::plan::{Plan, Shape};
use intaglio_argument::prove::{Assignment, Cells, blind_rows, commit_cells, prove as prove_argument};
use intaglio_argument::statement::{ImportedRows, Statement as Bound};
use intaglio_program::description::parse;
use intaglio_program::lower::{Level, WellformedChunk, wellformed};
use intaglio_prover::{Audience, Silent, commit, open, prove};
use intaglio_verifier::{
    Boundary, Budget, CheckedModel, Commitment, CommittedBoundary, Evidence, Opening, Policy, Rejection, Request,
    Stage, verify, verify_opening,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use support::{Case, Numbers, cases, inputs, parameters, task};

const NONCE: &str = "00ff10";
const AUDIENCE: &str = "the auditor";
const ACCEPTED: &str = "accepted";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors")
}

/// The fields of a table, its head left out.
fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hexadecimal")).collect()
}

/// A change of a file: `cut:N` drops the last bytes, `add:HEX` appends some, `N:HEX` writes over some.
fn edited(mut bytes: Vec<u8>, edit: &str) -> Vec<u8> {
    let (place, what) = edit.split_once(':').expect("an edit");
    match place {
        "cut" => bytes.truncate(bytes.len() - what.parse::<usize>().expect("a number")),
        "add" => bytes.extend(unhex(what)),
        at => {
            let (at, new) = (at.parse::<usize>().expect("an offset"), unhex(what));
            bytes[at..at + new.len()].copy_from_slice(&new);
        }
    }
    bytes
}

/// One line of `verdicts.tsv`; `-` stands for nothing.
#[derive(Clone)]
struct Line {
    target: String,
    commitment: String,
    evidence: String,
    opening: String,
    edit: String,
    nonce: String,
    audience: String,
}

impl Line {
    fn read(fields: &[String]) -> (Self, String) {
        let [target, commitment, evidence, opening, edit, nonce, audience, verdict] = fields else {
            panic!("eight fields, not {fields:?}")
        };
        let line = Self {
            target: target.clone(),
            commitment: commitment.clone(),
            evidence: evidence.clone(),
            opening: opening.clone(),
            edit: edit.clone(),
            nonce: nonce.clone(),
            audience: audience.clone(),
        };
        (line, verdict.clone())
    }

    fn write(&self, verdict: &str) -> String {
        let Self { target, commitment, evidence, opening, edit, nonce, audience } = self;
        [target, commitment, evidence, opening, edit, nonce, audience, verdict].join("\t")
    }

    fn file(&self, target: &str, name: &str) -> Vec<u8> {
        let bytes = fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        if self.target == target && self.edit != "-" { edited(bytes, &self.edit) } else { bytes }
    }

    fn run(&self) -> Result<(), Rejection> {
        let model = CheckedModel::check(&self.file("commitment", &self.commitment))?;
        if self.evidence == "-" {
            return Ok(());
        }
        let nonce = (self.nonce != "-").then(|| unhex(&self.nonce));
        let audience = (self.audience != "-").then_some(self.audience.as_str());
        let request = Request { nonce: nonce.as_deref(), audience };
        let verified = verify(&self.file("evidence", &self.evidence), &model, request, Policy::default())?;
        if self.opening == "-" {
            return Ok(());
        }
        let opening = self.file("opening", &self.opening);
        let name = Opening::from_bytes(&opening)?.statement.name;
        let program = model.program();
        let (input, output) = (&program.inputs()[0], &program.outputs()[0]);
        let shape = &program.value(output.value).expect("its value").shape;
        let known = [
            (&verified.statement().outputs[0], &output.name, shape, output.exponent),
            (&verified.statement().inputs[0], &input.name, &input.shape, input.exponent),
        ];
        for (boundary, own, shape, exponent) in known {
            if let (Boundary::Committed(rows), true) = (boundary, *own == name) {
                return verify_opening(&opening, CommittedBoundary { name: own, shape, exponent, rows }).map(|_| ());
            }
        }
        Err(Rejection::new(Stage::Statement, "the evidence commits to no such tensor"))
    }

    fn verdict(&self) -> &'static str {
        self.run().map_or_else(|e| e.stage.name(), |()| ACCEPTED)
    }
}

#[test]
fn every_vector_has_the_verdict_that_it_states() {
    let lines = table("verdicts.tsv");
    for fields in &lines {
        let (line, verdict) = Line::read(fields);
        assert_eq!(line.verdict(), verdict, "{fields:?}");
    }
    let accepted = lines.iter().filter(|fields| fields[7] == ACCEPTED).count();
    assert!(accepted > cases().len() && lines.len() - accepted >= 50, "{accepted} of {}", lines.len());
}

#[test]
fn identities_digests_and_sizes_are_those_stated() {
    for fields in table("digests.tsv") {
        assert_eq!(digests(&fields[0], &fields[1]), fields.join("\t"));
    }
}

/// Identity of a model, digests of a statement and of its system, length of the proof, numerator of its soundness error.
fn digests(commitment: &str, evidence: &str) -> String {
    let read = |name: &str| fs::read(folder().join(name)).expect("a vector");
    let model = CheckedModel::check(&read(commitment)).expect("a model");
    let statement = Evidence::from_bytes(&read(evidence)).expect("evidence").statement;
    let laid_out = model.plan(&statement.visibility(), Budget::default()).expect("a plan");
    let shape = laid_out.plan.shape();
    let [id, claim, system] = [model.id(), &statement.digest(), laid_out.plan.digest()].map(|digest| hex(digest));
    format!(
        "{commitment}\t{evidence}\t{id}\t{claim}\t{system}\t{}\t{}",
        shape.proof_bytes(),
        shape.soundness.numerator()
    )
}

#[test]
fn generators_are_those_stated() {
    assert_eq!(fs::read_to_string(folder().join("generators.tsv")).expect("a table"), generator_table());
}

fn generator_table() -> String {
    let (rows, pads, special) = (generators::rows(64), generators::pads(300), generators::special());
    let mut out = String::from("letter\tindex\tpoint\n");
    let mut put = |letter: char, index: usize, point: &Affine| {
        writeln!(out, "{letter}\t{index}\t{}", hex(&encode_point(point))).expect("a string");
    };
    [0, 1, 2, 63].iter().for_each(|i| put('G', *i, &rows.points()[*i]));
    [0, 1, 2, 299].iter().for_each(|i| put('K', *i, &pads.points()[*i]));
    ['S', 'H', 'Q'].iter().zip(special.points()).for_each(|(letter, point)| put(*letter, 0, point));
    out
}

/// Writes all files anew: `make vectors`.
#[test]
#[ignore = "writes spec/vectors"]
fn make() {
    let _ = fs::remove_file(folder().join("verdicts.tsv"));
    for file in fs::read_dir(folder()).expect("the folder").flatten() {
        let old = file.path();
        if old.extension().is_some_and(|e| e == "commitment" || e == "evidence" || e == "opening") {
            fs::remove_file(old).expect("ours");
        }
    }
    let mut verdicts = String::from("target\tcommitment\tevidence\topening\tedit\tnonce\taudience\tverdict\n");
    let mut told = String::from("commitment\tevidence\tmodel\tstatement\tsystem\tproof bytes\terror numerator\n");
    for (index, case) in cases().iter().enumerate() {
        let line = make_case(index, case);
        assert_eq!(line.verdict(), ACCEPTED, "{}", case.name);
        writeln!(verdicts, "{}", line.write(ACCEPTED)).expect("a string");
        writeln!(told, "{}", digests(&line.commitment, &line.evidence)).expect("a string");
        for (other, expected) in alterations(&line, index) {
            assert_eq!(other.verdict(), expected, "{}", other.write(expected));
            writeln!(verdicts, "{}", other.write(expected)).expect("a string");
        }
    }
    for (name, added, verdict) in [("control", Affine::zero(), ACCEPTED), ("small-order", small_order()[1], "model")] {
        let line = alone(format!("row-with-{name}.commitment"));
        fs::write(folder().join(&line.commitment), commit_with(added)).expect("written");
        assert_eq!(line.verdict(), verdict);
        writeln!(verdicts, "{}", line.write(verdict)).expect("a string");
    }
    fs::write(folder().join("verdicts.tsv"), verdicts).expect("written");
    fs::write(folder().join("digests.tsv"), told).expect("written");
    fs::write(folder().join("generators.tsv"), generator_table()).expect("written");
}

fn alone(commitment: String) -> Line {
    let [target, evidence, opening, edit, nonce, audience] = ["-"; 6].map(str::to_owned);
    Line { target, commitment, evidence, opening, edit, nonce, audience }
}

/// A commitment by a prover that adds a point to its row before everything: with one of small order the well-formedness
/// proof holds, and only the check of the row can refuse.
fn commit_with(added: Affine) -> Vec<u8> {
    let program = parse(
        r#"{"limb_bits": 8, "overflow": "saturate", "tables": [],
            "inputs": [{"name": "x", "shape": [1,2], "exponent": 0, "lo": -8, "hi": 7}],
            "parameters": [{"name": "w", "shape": [2,2], "bits": 4}],
            "nodes": [{"name": "fc", "op": "matmul", "weight": 0, "bias": null, "inputs": [0]},
                      {"name": "q", "op": "requantise", "shift": 0, "lo": -8, "hi": 7, "inputs": [1]}],
            "outputs": [{"name": "y", "value": 2, "exponent": 0}]}"#,
    )
    .expect("a program");
    let WellformedChunk { system, .. } = wellformed(&program).expect("a program").remove(0);
    let width = 1 << system.column_vars();
    let plan = Plan::new(system);
    let mut cells = vec![0; width];
    cells[..4].copy_from_slice(&[3, -8, 7, 0]);
    let blinds = random_scalars(1).expect("randomness");
    let model = Cells::Small(cells);
    let honest = blind_rows(&commit_cells(&generators::rows(width), &model, width), &blinds);
    let rows = vec![(honest[0] + added).into_affine()];
    let mut commitment = Commitment { program, rows: rows.clone(), proofs: Vec::new() };
    let statement = Bound { context: &commitment.id(), publics: &[], imported: &[ImportedRows::new(rows)] };
    let witness = Cells::Small(vec![0; plan.group_rows()[1] * width]);
    let groups = vec![Cow::Owned(model), Cow::Owned(witness)];
    let assignment = Assignment { groups, inner: BTreeMap::new() };
    commitment.proofs.push(prove_argument(&plan, &statement, assignment, &[&blinds], &Silent).expect("a proof"));
    commitment.to_bytes()
}

/// Commitment, evidence and, where something is committed, an opening of a case.
fn make_case(index: usize, case: &Case) -> Line {
    let slug: String = case.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let base = format!("{index:02}-{}", slug.replace("--", "-"));
    let mut numbers = Numbers::new(index as u64);
    let weights = parameters(&case.program, &mut numbers);
    let (secret, commitment) = commit(case.program.clone(), weights, &Silent).expect("a model");
    let levels = [
        (Level::Committed, Level::Committed),
        (Level::Public, Level::Public),
        (Level::Private, Level::Public),
        (Level::Public, Level::Private),
        (Level::Private, Level::Committed),
    ];
    let (input, output) = levels[index % levels.len()];
    let mut task = task(&case.program, inputs(&case.program, &mut numbers), input, output);
    let addressed = index.is_multiple_of(2);
    if addressed {
        task.audience = Audience { nonce: Some(unhex(NONCE)), audience: Some(AUDIENCE.into()) };
    }
    let made = prove(&secret, task, &Silent).expect("a proof");
    let mut line = Line {
        target: "-".into(),
        commitment: format!("{base}.commitment"),
        evidence: format!("{base}.evidence"),
        opening: "-".into(),
        edit: "-".into(),
        nonce: if addressed { NONCE } else { "-" }.into(),
        audience: if addressed { AUDIENCE } else { "-" }.into(),
    };
    fs::write(folder().join(&line.commitment), commitment).expect("written");
    fs::write(folder().join(&line.evidence), made.evidence).expect("written");
    if let Some(tensor) = made.openings.last() {
        line.opening = format!("{base}.opening");
        let elements: &[usize] = if index == 0 { &[1, 3] } else { &[] };
        fs::write(folder().join(&line.opening), open(tensor, elements).expect("an opening")).expect("written");
    }
    line
}

/// What must be refused, and where.
fn alterations(line: &Line, index: usize) -> Vec<(Line, &'static str)> {
    match index {
        0 => [evidence_edits(line), committed_edits(line), commitment_edits(line), opening_edits(line), asked(line)]
            .concat(),
        1 => public_edits(line),
        _ => Vec::new(),
    }
}

fn altered(line: &Line, target: &str, edit: String) -> Line {
    Line { target: target.into(), edit, ..line.clone() }
}

/// `a + b` of two little-endian integers: another encoding of the same residue.
fn unreduced(value: &[u8], modulus: &[u64]) -> Vec<u8> {
    let modulus: Vec<u8> = modulus.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    let mut carry = 0;
    let mut add = |(a, b): (&u8, &u8)| {
        let sum = u16::from(*a) + u16::from(*b) + carry;
        carry = sum >> 8;
        sum as u8
    };
    value.iter().zip(&modulus).map(&mut add).collect()
}

fn read_point(bytes: &[u8]) -> Affine {
    intaglio_algebra::encoding::decode_point(bytes.try_into().expect("64 bytes")).expect("a point")
}

/// The points of order 2 and 4.
fn small_order() -> [Affine; 2] {
    let root = (-Base::ONE).sqrt().expect("−1 is a square");
    [Affine::new_unchecked(Base::ZERO, -Base::ONE), Affine::new_unchecked(root, Base::ZERO)]
}

/// Other bytes for a point: `(edit, whether they still encode one)`.
fn point_edits(bytes: &[u8], at: usize) -> Vec<(String, bool)> {
    let own = &bytes[at..at + 64];
    let moved = |by: Affine| hex(&encode_point(&(read_point(own) + by).into_affine()));
    let [two, four] = small_order();
    let wide = unreduced(&own[..32], &Base::MODULUS.0);
    let mut off = own.to_vec();
    off[0] ^= 1;
    vec![
        (format!("{at}:{}", moved(two)), true),
        (format!("{at}:{}", moved(four)), true),
        (format!("{at}:{}", moved(Affine::generator())), true),
        (format!("{at}:{}", hex(&encode_point(&Affine::zero()))), true),
        (format!("{at}:{}", hex(&wide)), false),
        (format!("{at}:{}", hex(&off)), false),
    ]
}

/// The same for a scalar.
fn scalar_edits(bytes: &[u8], at: usize) -> Vec<(String, bool)> {
    let own = &bytes[at..at + 32];
    let value = Scalar::from_le_bytes_mod_order(own);
    let wide = unreduced(own, &Scalar::MODULUS.0);
    vec![
        (format!("{at}:{}", hex(&encode_scalar(&(value + Scalar::ONE)))), true),
        (format!("{at}:{}", hex(&encode_scalar(&Scalar::ZERO))), true),
        (format!("{at}:{}", hex(&wide)), false),
    ]
}

/// Offsets in a proof of points and of scalars, the first of each part.
fn parts(shape: &Shape) -> (Vec<usize>, Vec<usize>) {
    let messages = 64 * (shape.witness_rows + 1);
    let mask = messages + 32 * shape.slots;
    let cross = mask + 64;
    let operands = cross + 96;
    let sigma = operands + 32 * shape.operands.len();
    let folds = sigma + 32;
    let tail = folds + 128 * shape.folds;
    let mut points = vec![0, messages - 64, mask];
    if shape.folds > 0 {
        points.extend([folds, folds + 64]);
    }
    (points, vec![messages, cross, cross + 32, cross + 64, operands, sigma, tail])
}

/// Every part of the proof replaced; two messages swapped; cut and extended bytes; another model.
fn evidence_edits(line: &Line) -> Vec<(Line, &'static str)> {
    let bytes = line.file("-", &line.evidence);
    let model = CheckedModel::check(&line.file("-", &line.commitment)).expect("a model");
    let evidence = Evidence::from_bytes(&bytes).expect("ours");
    let laid_out = model.plan(&evidence.statement.visibility(), Budget::default()).expect("a plan");
    let start = bytes.len() - evidence.proof.len();
    let (points, scalars) = parts(laid_out.plan.shape());
    let points = points.into_iter().flat_map(|at| point_edits(&bytes, start + at));
    let scalars = scalars.into_iter().flat_map(|at| scalar_edits(&bytes, start + at));
    let stage = |is_encoding: bool| if is_encoding { "closing" } else { "decode" };
    let mut out: Vec<_> =
        points.chain(scalars).map(|(edit, valid)| (altered(line, "evidence", edit), stage(valid))).collect();
    let first = start + 64 * (laid_out.plan.shape().witness_rows + 1);
    let swapped = [&bytes[first + 32..first + 64], &bytes[first..first + 32]].concat();
    out.push((altered(line, "evidence", format!("{first}:{}", hex(&swapped))), "closing"));
    for edit in ["cut:1", "cut:32", "add:00", "0:00", "16:0200"] {
        out.push((altered(line, "evidence", edit.into()), "decode"));
    }
    // a proof that is one scalar longer, its length in the file too
    let longer = (evidence.proof.len() as u32 - 32).to_le_bytes();
    out.push((altered(line, "evidence", format!("{}:{}", start - 4, hex(&longer))), "decode"));
    out.push((altered(line, "evidence", format!("18:{:02x}", bytes[18] ^ 1)), "model"));
    out
}

/// The committed input: its row.
fn committed_edits(line: &Line) -> Vec<(Line, &'static str)> {
    let bytes = line.file("-", &line.evidence);
    // head, model, count of inputs, tag, count of rows
    let row = 18 + 32 + 4 + 1 + 4;
    let stages = ["statement", "statement", "closing", "closing", "decode", "decode"];
    let edits = point_edits(&bytes, row).into_iter().zip(stages);
    edits.map(|((edit, _), stage)| (altered(line, "evidence", edit), stage)).collect()
}

/// Rows, program and proof of the commitment.
fn commitment_edits(line: &Line) -> Vec<(Line, &'static str)> {
    let bytes = line.file("-", &line.commitment);
    let alone = alone(line.commitment.clone());
    let program = u32::from_le_bytes(bytes[18..22].try_into().expect("four bytes")) as usize;
    let row = 22 + program + 4;
    let stages = ["model", "model", "model", "model", "decode", "decode"];
    let edits = point_edits(&bytes, row).into_iter().zip(stages);
    let mut out: Vec<_> = edits.map(|((edit, _), stage)| (altered(&alone, "commitment", edit), stage)).collect();
    let last = bytes.len() - 32;
    for (edit, valid) in scalar_edits(&bytes, last) {
        // a proof that cannot be read is a commitment that is not well-formed
        let _ = valid;
        out.push((altered(&alone, "commitment", edit), "model"));
    }
    for (edit, stage) in [("cut:1", "decode"), ("add:00", "decode"), ("0:00", "decode"), ("40:09", "decode")] {
        out.push((altered(&alone, "commitment", edit.into()), stage));
    }
    out
}

/// Value, index, exponent and proof of the opening.
fn opening_edits(line: &Line) -> Vec<(Line, &'static str)> {
    let bytes = line.file("-", &line.opening);
    let statement = Opening::from_bytes(&bytes).expect("ours").statement;
    let elements = 18 + 4 + statement.name.len() + 4 + 4 * statement.shape.len() + 8 + 4;
    let value = elements + 4;
    let mut out = vec![
        (altered(line, "opening", format!("{value}:{:02x}", bytes[value] ^ 1)), "closing"),
        (altered(line, "opening", format!("{elements}:00")), "closing"),
        (altered(line, "opening", format!("{elements}:03")), "statement"),
        (altered(line, "opening", format!("{elements}:ff")), "statement"),
        (altered(line, "opening", format!("{}:{:02x}", elements - 12, bytes[elements - 12] ^ 1)), "statement"),
        (altered(line, "opening", format!("22:{:02x}", b'?')), "statement"),
        (altered(line, "opening", "22:ff".into()), "decode"),
        (altered(line, "opening", "cut:1".into()), "decode"),
        (altered(line, "opening", "add:00".into()), "decode"),
    ];
    for (edit, valid) in scalar_edits(&bytes, bytes.len() - 32) {
        out.push((altered(line, "opening", edit), if valid { "closing" } else { "decode" }));
    }
    out
}

/// Other wishes of the verifier; the statement with another nonce.
fn asked(line: &Line) -> Vec<(Line, &'static str)> {
    let bytes = line.file("-", &line.evidence);
    let at = bytes.windows(3).position(|w| w == unhex(NONCE)).expect("the nonce");
    vec![
        (Line { nonce: "-".into(), ..line.clone() }, "statement"),
        (Line { nonce: "00ff".into(), ..line.clone() }, "statement"),
        (Line { audience: "-".into(), ..line.clone() }, "statement"),
        (Line { audience: "somebody".into(), ..line.clone() }, "statement"),
        (altered(line, "evidence", format!("{at}:01")), "statement"),
        // carried and asked for alike, but not what was proven
        (Line { nonce: "01ff10".into(), ..altered(line, "evidence", format!("{at}:01")) }, "closing"),
    ]
}

/// Public cells, inside and outside their range.
fn public_edits(line: &Line) -> Vec<(Line, &'static str)> {
    let bytes = line.file("-", &line.evidence);
    let first = 18 + 32 + 4 + 1 + 4;
    let nearer = i64::from_le_bytes(bytes[first..first + 8].try_into().expect("eight bytes")) / 2 + 3;
    let cells = u32::from_le_bytes(bytes[first - 4..first].try_into().expect("four bytes")) as usize;
    let output = first + 8 * cells + 4 + 1 + 4;
    vec![
        (altered(line, "evidence", format!("{first}:{}", hex(&nearer.to_le_bytes()))), "closing"),
        (altered(line, "evidence", format!("{first}:{}", hex(&1000i64.to_le_bytes()))), "statement"),
        (altered(line, "evidence", format!("{output}:{:02x}", bytes[output] ^ 1)), "closing"),
        (altered(line, "evidence", format!("{output}:{}", hex(&i64::MIN.to_le_bytes()))), "closing"),
        (altered(line, "evidence", format!("{}:02", first - 5)), "decode"),
    ]
}
