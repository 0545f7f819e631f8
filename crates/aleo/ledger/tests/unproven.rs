//! Programs whose transactions need more powers than are handed around, on a ledger that does not ask for their proofs:
//! `cargo test --features unproven --test unproven`. `snark.verify`, signatures and assertions are real.
#![cfg(feature = "unproven")]

mod story;

use intaglio_aleo_ledger::account::{Account, decrypt, hash};
use intaglio_aleo_ledger::author::Call;
use intaglio_aleo_ledger::chain::{Chain, DEVELOPMENT, Outcome};
use intaglio_aleo_ledger::contracts::{Claim, source};
use intaglio_aleo_ledger::unproven::{StandIn, deploy, execute, stand_in};
use story::*;

const DIRECT: &str = "intaglio_direct.aleo";
const VOUCH: &str = "intaglio_vouch.aleo";
const RECORD: &str = "intaglio_record.aleo";
const TALLY: &str = include_str!("data/tally.aleo");

struct Play {
    stage: Stage,
    key: StandIn,
}

impl Play {
    fn new() -> Self {
        let stage = Stage::new(Chain::from_bytes(DEVELOPMENT).expect("a chain"));
        stage.learn();
        let key = stand_in(&stage.author, TALLY).expect("a key");
        Self { stage, key }
    }

    fn deploy(&self, source: &str) {
        let (stage, owner) = (&self.stage, self.stage.owner());
        let tip = stage.chain.tip().expect("newest rules");
        let made = deploy(&stage.author, &owner, source, &self.key, &tip).expect("a program");
        assert_eq!(stage.chain.objection(&made), None);
        assert_eq!(stage.chain.advance(vec![made]).expect("a block"), [Outcome::Accepted]);
    }

    fn play(&self, account: &Account, call: &Call) -> Outcome {
        let tip = self.stage.chain.tip().expect("newest rules");
        let made = execute(&self.stage.author, account, call, &tip).unwrap_or_else(|e| panic!("{call:?}: {e}"));
        self.stage.chain.advance(vec![made]).expect("a block")[0]
    }

    fn must(&self, account: &Account, call: &Call) {
        assert_eq!(self.play(account, call), Outcome::Accepted, "{call:?}");
    }

    /// The newest record of an account.
    fn record(&self, account: &Account) -> String {
        let height = self.stage.chain.height();
        let block = self.stage.chain.ledger().get_block(height).expect("a block");
        let records: Vec<_> = block.records().map(|(_, record)| record.to_string()).collect();
        let own = records.iter().filter_map(|record| decrypt(&account.view.to_string(), record).ok());
        own.last().expect("a record of the account")
    }

    fn register(&self, runs: &Runs, model: u32) {
        let owner = self.stage.owner();
        for part in intaglio_aleo_ledger::contracts::parts(&runs.key).expect("parts") {
            self.must(&owner, &put(&part));
        }
        self.must(&owner, &register(&edition(model), &runs.model_value()));
        self.must(&owner, &set_key(&edition(model), &runs.key));
    }
}

fn bytes(value: &[u8]) -> String {
    format!("[{}]", value.iter().map(|b| format!("{b}u8")).collect::<Vec<_>>().join(","))
}

fn attest_directly(program: &str, claim: &Claim, proof: &[u8]) -> Call {
    Call::new(program, "attest", &[&claim.value(), &bytes(proof)])
}

#[test]
fn one_transaction_states_and_verifies() {
    let play = Play::new();
    let (owner, runs) = (play.stage.owner(), prove());
    play.deploy(source(DIRECT).expect("ours"));
    play.register(&runs, HONEST);
    let claim = runs.claim(0, HONEST);
    let proof = &runs.runs[0].proof;
    let mut damaged = proof.clone();
    damaged[500] ^= 1;
    for (what, claim, proof) in [
        ("another output", runs.other_output(), proof),
        ("another context", runs.other_context(), proof),
        ("no such model", runs.claim(0, FOREIGN_KEY), proof),
        ("a damaged proof", claim.clone(), &damaged),
        ("the proof of another run", claim.clone(), &runs.runs[1].proof),
    ] {
        assert_eq!(play.play(&owner, &attest_directly(DIRECT, &claim, proof)), Outcome::Rejected, "{what}");
    }
    play.must(&owner, &attest_directly(DIRECT, &claim, proof));
    let name = claim.name().expect("a name");
    assert!(play.stage.mapping(DIRECT, "attested", &name).is_some());
    assert_eq!(play.play(&owner, &attest_directly(DIRECT, &claim, proof)), Outcome::Rejected, "a replay");
    play.must(&owner, &revoke(&edition(HONEST)));
    let second = attest_directly(DIRECT, &runs.claim(1, HONEST), &runs.runs[1].proof);
    assert_eq!(play.play(&owner, &second), Outcome::Rejected, "revoked");
}

/// The number that stands before the key in `snark.verify` is the version of the proof system: only the newest is taken.
#[test]
fn another_version_operand_is_refused() {
    let play = Play::new();
    let (owner, runs) = (play.stage.owner(), prove());
    play.register(&runs, HONEST);
    for version in ["2u8", "3u8"] {
        let name = format!("operand_of_{version}.aleo");
        let program = source(DIRECT).expect("ours").replace(DIRECT, &name).replace(" 3u8 ", &format!(" {version} "));
        play.deploy(&program);
        let expected = if version == "3u8" { Outcome::Accepted } else { Outcome::Rejected };
        let call = attest_directly(&name, &runs.claim(0, HONEST), &runs.runs[0].proof);
        assert_eq!(play.play(&owner, &call), expected, "{version}");
    }
}

struct Verifiers {
    set: &'static str,
    seats: Vec<Account>,
}

impl Verifiers {
    fn vow(&self, claim: &str) -> String {
        format!("{{ set: {}, claim: {claim} }}", self.set)
    }

    fn seat(&self, verifier: &Account) -> String {
        format!("{{ set: {}, verifier: {} }}", self.set, verifier.address)
    }
}

fn endorse(claim: &str, verifier: &Account, signature: &str) -> Call {
    Call::new(VOUCH, "endorse", &[claim, &verifier.address.to_string(), signature])
}

/// A set of three with a threshold of two.
fn found(play: &Play) -> Verifiers {
    let owner = play.stage.owner();
    let verifiers = Verifiers { set: "77field", seats: (0..3).map(|_| Account::new().expect("a key")).collect() };
    play.must(&owner, &Call::new(VOUCH, "found", &[verifiers.set, "2u8"]));
    for seat in &verifiers.seats {
        play.must(&owner, &Call::new(VOUCH, "accept", &[&verifiers.seat(seat)]));
    }
    verifiers
}

#[test]
fn a_set_vouches_once_its_threshold_has_signed() {
    let play = Play::new();
    let (owner, stranger, runs) = (play.stage.owner(), play.stage.stranger(), prove());
    play.must(&owner, &register(&edition(HONEST), "0field"));
    let claim = runs.claim(0, HONEST);
    let name = claim.name().expect("a name");
    let set = found(&play);
    let count = |v: &Account| Call::new(VOUCH, "count", &[&set.vow(&name), &v.address.to_string()]);
    let vouched = || play.stage.mapping(VOUCH, "vouched", &set.vow(&name));
    let signed = |v: &Account| endorse(&name, v, &v.sign(&name).expect("a signature"));
    let [first, second, third] = &set.seats[..] else { panic!("three") };

    let again = Call::new(VOUCH, "found", &[set.set, "1u8"]);
    assert_eq!(play.play(&stranger, &again), Outcome::Rejected, "the set has a founder");
    let seat = set.seat(&stranger);
    assert_eq!(play.play(&stranger, &Call::new(VOUCH, "accept", &[&seat])), Outcome::Rejected, "not the founder");
    assert_eq!(play.play(&owner, &signed(first)), Outcome::Rejected, "a claim that nobody stated");
    play.must(&owner, &state(&claim));
    let foreign = endorse(&name, second, &first.sign(&name).expect("a signature"));
    assert_eq!(play.play(&owner, &foreign), Outcome::Rejected, "another verifier's signature");
    let other = endorse(&name, first, &first.sign("5field").expect("a signature"));
    assert_eq!(play.play(&owner, &other), Outcome::Rejected, "a signature of another claim");
    assert_eq!(play.play(&owner, &count(first)), Outcome::Rejected, "not endorsed");

    play.must(&owner, &signed(first));
    play.must(&owner, &count(first));
    assert_eq!(play.play(&owner, &count(first)), Outcome::Rejected, "counted twice");
    assert_eq!(vouched(), None);
    // one who sits in no seat signs well and does not count
    play.must(&owner, &signed(&stranger));
    assert_eq!(play.play(&owner, &count(&stranger)), Outcome::Rejected, "no seat");
    play.must(&owner, &Call::new(VOUCH, "dismiss", &[&set.seat(third)]));
    play.must(&owner, &signed(third));
    assert_eq!(play.play(&owner, &count(third)), Outcome::Rejected, "dismissed");
    play.must(&owner, &signed(second));
    play.must(&owner, &count(second));
    assert!(vouched().is_some());

    let retract = Call::new(VOUCH, "retract", &[&set.vow(&name)]);
    assert_eq!(play.play(&stranger, &retract), Outcome::Rejected, "not the founder");
    play.must(&owner, &retract);
    assert_eq!(vouched(), None);
    play.must(&owner, &Call::new(VOUCH, "accept", &[&set.seat(third)]));
    assert_eq!(play.play(&owner, &count(third)), Outcome::Rejected, "retracted for good");
}

fn holder(account: &Account, nonce: &str) -> String {
    hash(&format!("{{ account: {}, nonce: {nonce} }}", account.address)).expect("a hash")
}

/// A committed output goes from verifiers into a record, and out of it under predicates, again and again.
#[test]
fn a_hidden_output_is_shown_under_a_predicate() {
    let play = Play::new();
    let (owner, stranger) = (play.stage.owner(), play.stage.stranger());
    play.deploy(source(RECORD).expect("ours"));
    play.must(&owner, &register(&edition(HONEST), "0field"));
    let (cells, blind) = ([1200i64, -7, 31_000, 0], "987654321scalar");
    let row = {
        use intaglio_algebra::encoding::encode_point;
        let point = intaglio_aleo::bridge::row(&cells, intaglio_algebra::Scalar::from(987_654_321u64));
        intaglio_aleo::bridge::to_group(&encode_point(&point)).expect("a row")
    };
    let claim = Claim {
        edition: edition(HONEST),
        context: holder(&stranger, "5field"),
        first: row.replace("group", "field"),
        rest: vec![],
    };
    let name = claim.name().expect("a name");
    let set = found(&play);
    let vow = set.vow(&name);
    let keep = |nonce: &str| Call::new(RECORD, "keep_vouched", &[&claim.edition.value(), &vow, &row, nonce]);
    play.must(&owner, &state(&claim));
    assert_eq!(play.play(&stranger, &keep("5field")), Outcome::Rejected, "nobody vouches yet");
    for verifier in &set.seats[..2] {
        play.must(&owner, &endorse(&name, verifier, &verifier.sign(&name).expect("a signature")));
        play.must(&owner, &Call::new(VOUCH, "count", &[&vow, &verifier.address.to_string()]));
    }
    assert_eq!(play.play(&owner, &keep("5field")), Outcome::Rejected, "made for another holder");
    assert_eq!(play.play(&stranger, &keep("6field")), Outcome::Rejected, "another nonce");
    play.must(&stranger, &keep("5field"));
    let record = play.record(&stranger);
    assert_eq!(play.play(&stranger, &keep("5field")), Outcome::Rejected, "kept once");
    if let Ok(path) = std::env::var("INTAGLIO_RECORD_BLOCK") {
        let (height, account) = (play.stage.chain.height() - 1, stranger.private.to_string());
        let block = play.stage.chain.block(height).expect("a block").expect("there");
        std::fs::write(path, format!("{account}\n{block}\n")).expect("a fixture");
    }

    let values = |cells: [i64; 4]| format!("[{}]", cells.map(|c| format!("{c}i16")).join(", "));
    let show = |record: &str, limit: &str, cells: [i64; 4], blind: &str| {
        let edition = claim.edition.value();
        Call::new(RECORD, "show_at_most", &[record, &edition, "321field", limit, &values(cells), blind])
    };
    for (what, limit, cells, blind) in [
        ("a limit below", "1199i16", cells, blind),
        ("another cell", "1500i16", [1199, -7, 31_000, 0], blind),
        ("another blind", "1500i16", cells, "987654322scalar"),
    ] {
        assert!(play.stage.author.evaluate(&stranger, &show(&record, limit, cells, blind)).is_err(), "{what}");
    }
    let call = show(&record, "1200i16", cells, blind);
    assert!(play.stage.author.evaluate(&owner, &call).is_err(), "another owner's record");
    assert_eq!(play.stage.author.evaluate(&stranger, &call).expect("true").len(), 2);
    play.must(&stranger, &call);
    let again = play.record(&stranger);
    assert_ne!(again, record, "a fresh record of the same output");
    assert_eq!(play.play(&stranger, &call), Outcome::Aborted, "a record spent twice");
    play.must(&stranger, &show(&again, "32767i16", cells, blind));
    let last = play.record(&stranger);
    play.must(&owner, &revoke(&edition(HONEST)));
    assert_eq!(play.play(&stranger, &show(&last, "32767i16", cells, blind)), Outcome::Rejected, "revoked");
}

/// An output that the chain verified, in a record of whoever the run was made for.
#[test]
fn a_verified_output_becomes_a_record_of_its_holder() {
    let play = Play::new();
    let (owner, stranger) = (play.stage.owner(), play.stage.stranger());
    play.deploy(source(RECORD).expect("ours"));
    let (runs, claim) = prove_for(&holder(&stranger, "9field"));
    play.register(&runs, HONEST);
    for part in runs.proof_parts(0) {
        play.must(&owner, &put(&part));
    }
    play.must(&owner, &state(&claim));
    let value = signed_integer(&claim.first);
    let name = claim.name().expect("a name");
    let keep = |value: i64| {
        let value = format!("{value}i16");
        Call::new(RECORD, "keep", &[&claim.edition.value(), &name, &value, "9field", "31scalar"])
    };
    assert_eq!(play.play(&stranger, &keep(value)), Outcome::Rejected, "not attested yet");
    play.must(&owner, &attest(&claim, &runs.proof_parts(0)));
    assert_eq!(play.play(&stranger, &keep(value + 1)), Outcome::Rejected, "another value");
    assert_eq!(play.play(&owner, &keep(value)), Outcome::Rejected, "another holder");
    play.must(&stranger, &keep(value));
    let record = play.record(&stranger);
    let (edition, limit) = (claim.edition.value(), format!("{value}i16"));
    let cells = format!("[{value}i16, 0i16, 0i16, 0i16]");
    let show = Call::new(RECORD, "show_at_most", &[&record, &edition, "1field", &limit, &cells, "31scalar"]);
    play.must(&stranger, &show);
}
