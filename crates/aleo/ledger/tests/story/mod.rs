//! One story, told twice: `examples/staged_chain.rs` plays its beginning and keeps the chain; the tests play the rest.
//!
//! A small net scores a request. Its key, three proofs and everything that shall be refused are on the chain already.

use intaglio_aleo::circuit::{Inputs, Request, Weights, field_of, synthesise};
use intaglio_aleo::varuna::{Keys, Powers, public_inputs};
use intaglio_aleo_ledger::Net;
use intaglio_aleo_ledger::account::Account;
use intaglio_aleo_ledger::author::{Author, Call};
use intaglio_aleo_ledger::chain::{Chain, Outcome};
use intaglio_aleo_ledger::contracts::{self, Claim, Edition, Part, digest, names, parts};
use intaglio_program::description::parse;
use intaglio_program::program::Program as IntegerProgram;
use intaglio_program::tensor::IntTensor;
use snarkvm_console::network::prelude::{FromStr, One};
use snarkvm_console::types::Field;
use snarkvm_curves::bls12_377::Fr;
use snarkvm_synthesizer::program::Program;

/// What a proof needs of the chain.
#[derive(Clone)]
pub struct Run {
    pub publics: Vec<String>,
    pub proof: Vec<u8>,
}

/// Three proven runs of one circuit, and keys.
pub struct Runs {
    pub key: Vec<u8>,
    pub foreign_key: Vec<u8>,
    pub runs: Vec<Run>,
}

/// Microcredits that the payer offers for each request.
pub const AMOUNT: u64 = 5_000_000;
/// Fixed, far away.
pub const UNTIL: u32 = 1_000_000;

/// Models of the story.
pub fn edition(model: u32) -> Edition {
    Edition { model: format!("{model}field"), version: 1 }
}

pub const HONEST: u32 = 7;
pub const OTHER_DIGEST: u32 = 8;
pub const FOREIGN_KEY: u32 = 9;
pub const DAMAGED_KEY: u32 = 10;
pub const TO_BE_REVOKED: u32 = 11;

fn net() -> IntegerProgram {
    parse(
        r#"{"limb_bits": 8, "overflow": "saturate", "tables": [],
            "parameters": [{"name": "w", "shape": [3,4], "bits": 8}, {"name": "b", "shape": [3], "bits": 8},
                           {"name": "v", "shape": [2,3], "bits": 8}],
            "inputs": [{"name": "x", "shape": [1,4], "exponent": 0, "lo": -128, "hi": 127}],
            "nodes": [{"name": "hidden", "op": "matmul", "weight": 0, "bias": 1, "inputs": [0]},
                      {"name": "relu", "op": "requantise", "shift": 4, "lo": 0, "hi": 127, "inputs": [1]},
                      {"name": "scores", "op": "matmul", "weight": 2, "inputs": [2]},
                      {"name": "q", "op": "requantise", "shift": 4, "lo": -2048, "hi": 2047, "inputs": [3]}],
            "outputs": [{"name": "y", "value": 4, "exponent": 0}]}"#,
    )
    .expect("a program")
}

fn weights(seed: i64) -> Vec<IntTensor> {
    let tensor = |shape: &[usize], k: i64| {
        let count: usize = shape.iter().product();
        let data = (0..count as i64).map(|i| (i * 37 + k * seed) % 117 - 50).collect();
        IntTensor { shape: shape.to_vec(), data }
    };
    vec![tensor(&[3, 4], 5), tensor(&[3], 11), tensor(&[2, 3], 23)]
}

fn circuit(seed: i64, context: u8) -> intaglio_aleo::r1cs::R1cs {
    circuit_for(seed, context, field_of(&[context]))
}

fn circuit_for(seed: i64, last: u8, context: Fr) -> intaglio_aleo::r1cs::R1cs {
    let input = IntTensor { shape: vec![1, 4], data: vec![90, -31, 12, i64::from(last)] };
    let digest = field_of(b"the model of the story");
    let request = Request { weights: Weights::Baked { digest }, inputs: Inputs::Hidden, context };
    synthesise(&net(), &weights(seed), &[input], request).expect("a circuit")
}

/// Proves the runs.
pub fn prove() -> Runs {
    let powers = Powers::load().expect("embedded powers");
    let keys = |seed: i64| powers.set_up(&circuit(seed, 0)).expect("keys");
    let (ours, theirs): (Keys, Keys) = (keys(3), keys(4));
    let run = |context: u8| {
        let made = circuit(3, context);
        let publics = public_inputs(&made).iter().map(ToString::to_string).collect();
        Run { publics, proof: powers.prove(&ours, &made).expect("a proof") }
    };
    let runs = vec![run(1), run(2), run(3)];
    let [key, foreign_key] = [&ours, &theirs].map(|keys| keys.verifying.to_bytes().expect("bytes"));
    Runs { key, foreign_key, runs }
}

/// Proves one run whose context is a field literal, and the claim that it makes.
#[cfg(feature = "unproven")]
pub fn prove_for(context: &str) -> (Runs, Claim) {
    let powers = Powers::load().expect("embedded powers");
    let context = context.trim_end_matches("field").parse().expect("a field element");
    let made = circuit_for(3, 1, context);
    let keys = powers.set_up(&made).expect("keys");
    let publics = public_inputs(&made).iter().map(ToString::to_string).collect();
    let run = Run { publics, proof: powers.prove(&keys, &made).expect("a proof") };
    let key = keys.verifying.to_bytes().expect("bytes");
    let runs = Runs { foreign_key: key.clone(), key, runs: vec![run] };
    let claim = runs.claim(0, HONEST);
    (runs, claim)
}

/// A field literal as the integer that it stands for.
#[cfg(feature = "unproven")]
pub fn signed_integer(literal: &str) -> i64 {
    let half = Field::<Net>::from_str(literal).expect("a field literal") + Field::from_u64(1 << 40);
    let shifted = half.to_string();
    shifted.trim_end_matches("field").parse::<i64>().expect("small") - (1 << 40)
}

impl Runs {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\n{}\n", hex(&self.key), hex(&self.foreign_key));
        for run in &self.runs {
            text += &format!("{}\n{}\n", run.publics.join(" "), hex(&run.proof));
        }
        text.into_bytes()
    }

    pub fn from_bytes(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        let run =
            |pair: &[&str]| Run { publics: pair[0].split(' ').map(str::to_owned).collect(), proof: unhex(pair[1]) };
        Self { key: unhex(lines[0]), foreign_key: unhex(lines[1]), runs: lines[2..].chunks(2).map(run).collect() }
    }

    /// The claim of a run about a model.
    pub fn claim(&self, run: usize, model: u32) -> Claim {
        Claim::of_statement(edition(model), &self.runs[run].publics).expect("few public values")
    }

    /// The first run's claim with another output.
    pub fn other_output(&self) -> Claim {
        let mut claim = self.claim(0, HONEST);
        claim.rest[0] += 1;
        claim
    }

    /// The first run's claim about another request.
    pub fn other_context(&self) -> Claim {
        Claim { context: "99field".into(), ..self.claim(0, HONEST) }
    }

    pub fn proof_parts(&self, run: usize) -> Vec<Part> {
        parts(&self.runs[run].proof).expect("parts")
    }

    /// The first run's proof with one bit flipped.
    pub fn damaged_proof_parts(&self) -> Vec<Part> {
        let mut proof = self.runs[0].proof.clone();
        proof[500] ^= 1;
        parts(&proof).expect("parts")
    }

    pub fn damaged_key(&self) -> Vec<u8> {
        let mut key = self.key.clone();
        key[300] ^= 1;
        key
    }

    /// The model's value in statements, and another.
    pub fn model_value(&self) -> String {
        format!("{}field", self.runs[0].publics[1])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}

/// Somebody who acts on a chain.
pub struct Stage {
    pub chain: Chain,
    pub author: Author,
}

impl Stage {
    pub fn new(chain: Chain) -> Self {
        Self { chain, author: Author::new().expect("snarkVM") }
    }

    /// Learns our contracts, which the chain has.
    pub fn learn(&self) {
        for (name, ours) in contracts::PROGRAMS.iter().filter(|(name, _)| contracts::DEPLOYED.contains(name)) {
            let deployed = self.chain.program(name).expect("a name").expect("deployed");
            let normal = |text: &str| Program::<Net>::from_str(text).expect("instructions").to_string();
            assert!(normal(&deployed) == normal(ours), "the fixture holds another {name}: make it anew");
            self.author.learn(ours).expect("a program");
        }
    }

    /// The chain's first validator, who owns the models.
    pub fn owner(&self) -> Account {
        self.chain.validators()[0].clone()
    }

    /// Its second, who owns none.
    pub fn stranger(&self) -> Account {
        self.chain.validators()[1].clone()
    }

    /// A proven call of one account in a block of its own.
    pub fn play(&self, account: &Account, call: &Call) -> Outcome {
        let tip = self.chain.tip().expect("newest rules");
        let transaction = self.author.execute(account, call, &tip).unwrap_or_else(|e| panic!("{call:?}: {e}"));
        self.chain.advance(vec![transaction]).expect("a block")[0]
    }

    /// A call of the owner that is accepted.
    pub fn must(&self, call: &Call) {
        assert_eq!(self.play(&self.owner(), call), Outcome::Accepted, "{call:?}");
    }

    pub fn mapping(&self, program: &str, name: &str, key: &str) -> Option<String> {
        self.chain.mapping(program, name, key).expect("a mapping")
    }
}

/// What the registry says of a model.
pub fn entry(statement: &str) -> String {
    let bytes: [u8; 32] = std::array::from_fn(|i| i as u8);
    let [commitment, program] = [digest(&bytes), digest(&bytes.map(|b| b + 100))];
    format!("{{ statement: {statement}, commitment: {commitment}, digest: {program} }}")
}

pub fn put(part: &Part) -> Call {
    Call::new("intaglio_registry.aleo", "put", &[&part.value])
}

pub fn register(edition: &Edition, statement: &str) -> Call {
    Call::new("intaglio_registry.aleo", "register", &[&edition.value(), &entry(statement)])
}

pub fn set_key(edition: &Edition, key: &[u8]) -> Call {
    let names = names(&parts(key).expect("parts"));
    Call::new("intaglio_registry.aleo", "set_key", &[&edition.value(), &names])
}

pub fn revoke(edition: &Edition) -> Call {
    Call::new("intaglio_registry.aleo", "revoke", &[&edition.value()])
}

pub fn state(claim: &Claim) -> Call {
    Call::new("intaglio_attest.aleo", "state", &[&claim.value()])
}

pub fn attest(claim: &Claim, proof: &[Part]) -> Call {
    Call::new("intaglio_attest.aleo", "attest", &[&claim.name().expect("a name"), &names(proof)])
}

/// Terms for the payee: the first output at most `limit`.
pub fn offer(claim: &Claim, payee: &Account, limit: &str) -> Call {
    let (payee, edition) = (payee.address, claim.edition.value());
    let terms =
        format!("{{ payee: {payee}, amount: {AMOUNT}u64, edition: {edition}, limit: {limit}, until: {UNTIL}u32 }}");
    Call::new("intaglio_release.aleo", "offer", &[&claim.context, &terms])
}

pub fn fund(claim: &Claim) -> Call {
    Call::new("intaglio_release.aleo", "fund", &[&claim.context, &format!("{AMOUNT}u64")])
}

pub fn release(claim: &Claim) -> Call {
    Call::new("intaglio_release.aleo", "release", &[&claim.name().expect("a name")])
}

pub fn withdraw(claim: &Claim) -> Call {
    Call::new("intaglio_release.aleo", "withdraw", &[&claim.context, &format!("{AMOUNT}u64")])
}

/// One less than a field literal.
pub fn less_by_one(literal: &str) -> String {
    (Field::<Net>::from_str(literal).expect("a field literal") - Field::one()).to_string()
}

/// The beginning: models registered, everything staged.
pub fn begin(chain: Chain, runs: &Runs) -> Stage {
    let stage = Stage::new(chain);
    stage.learn();
    let damaged = runs.damaged_key();
    let mut all: Vec<Part> = [&runs.key, &runs.foreign_key, &damaged].iter().flat_map(|k| parts(k).unwrap()).collect();
    all.extend((0..3).flat_map(|run| runs.proof_parts(run)));
    all.extend(runs.damaged_proof_parts());
    let mut brought: Vec<String> = Vec::new();
    for part in all {
        if !brought.contains(&part.name) {
            stage.must(&put(&part));
            brought.push(part.name);
        }
    }
    let honest = runs.model_value();
    for (model, statement, key) in [
        (HONEST, honest.as_str(), &runs.key),
        (OTHER_DIGEST, "12345field", &runs.key),
        (FOREIGN_KEY, &honest, &runs.foreign_key),
        (DAMAGED_KEY, &honest, &damaged),
        (TO_BE_REVOKED, &honest, &runs.key),
    ] {
        stage.must(&register(&edition(model), statement));
        stage.must(&set_key(&edition(model), key));
    }
    let claims = [HONEST, OTHER_DIGEST, FOREIGN_KEY, DAMAGED_KEY].map(|model| runs.claim(0, model));
    for claim in claims.iter().chain([&runs.other_output(), &runs.other_context()]) {
        stage.must(&state(claim));
    }
    // the second run is about a model that will be revoked, the third scores more than its terms allow
    let (revoked, high) = (runs.claim(1, TO_BE_REVOKED), runs.claim(2, HONEST));
    let payee = stage.stranger();
    for (claim, limit) in
        [(&claims[0], claims[0].first.clone()), (&revoked, revoked.first.clone()), (&high, less_by_one(&high.first))]
    {
        if claim.name().unwrap() != claims[0].name().unwrap() {
            stage.must(&state(claim));
        }
        stage.must(&offer(claim, &payee, &limit));
        stage.must(&fund(claim));
    }
    stage
}
