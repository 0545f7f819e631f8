//! Models registered, runs attested and acted on, all with real proofs and fees; what must not happen is refused by the
//! chain's own code. `make aleo-test` sets `HOME` to a folder with 2^16 powers.

mod story;

use intaglio_aleo_ledger::author::Call;
use intaglio_aleo_ledger::chain::{Chain, Outcome};
use intaglio_aleo_ledger::contracts::Edition;
use snarkvm_ledger::block::{Execution, Fee, Transaction};
use std::path::PathBuf;
use story::*;

const ATTEST: &str = "intaglio_attest.aleo";

/// The checked-in fixtures, or those that were just made.
fn fixture(name: &str) -> PathBuf {
    let own = || concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures").into();
    PathBuf::from(std::env::var_os("INTAGLIO_FIXTURES").unwrap_or_else(own)).join(name)
}

fn open() -> (Stage, Runs) {
    let read = |name: &str| std::fs::read(fixture(name)).expect("a fixture");
    let stage = Stage::new(Chain::from_bytes(&read("staged.chain")).expect("a chain"));
    stage.learn();
    (stage, Runs::from_bytes(&read("staged.runs")))
}

#[test]
#[ignore = "makes the fixtures of the other tests anew, on the development chain: minutes"]
fn the_beginning_of_the_story_is_played_anew() {
    let runs = prove();
    let chain = std::fs::read(fixture("development.chain")).expect("a fixture");
    let stage = begin(Chain::from_bytes(&chain).expect("a chain"), &runs);
    std::fs::write(fixture("staged.runs"), runs.to_bytes()).expect("a fixture");
    std::fs::write(fixture("staged.chain"), stage.chain.to_bytes().expect("bytes")).expect("a fixture");
}

#[test]
fn only_the_right_proof_of_the_right_claim_is_attested_and_acted_on() {
    let (stage, runs) = open();
    let owner = stage.owner();
    let honest = runs.claim(0, HONEST);
    let proof = runs.proof_parts(0);
    let attested = |claim: &intaglio_aleo_ledger::contracts::Claim| {
        stage.mapping(ATTEST, "attested", &claim.name().expect("a name"))
    };

    for (what, claim, proof) in [
        ("another output", runs.other_output(), proof.clone()),
        ("another context", runs.other_context(), proof.clone()),
        ("another digest of the model", runs.claim(0, OTHER_DIGEST), proof.clone()),
        ("the key of another circuit", runs.claim(0, FOREIGN_KEY), proof.clone()),
        ("a key with a bit flipped", runs.claim(0, DAMAGED_KEY), proof.clone()),
        ("a proof with a bit flipped", honest.clone(), runs.damaged_proof_parts()),
        ("the proof of another run", honest.clone(), runs.proof_parts(2)),
    ] {
        assert_eq!(stage.play(&owner, &attest(&claim, &proof)), Outcome::Rejected, "{what}");
        assert_eq!(attested(&claim), None, "{what}");
    }
    assert_eq!(stage.play(&owner, &release(&honest)), Outcome::Rejected, "released before it is attested");

    stage.must(&attest(&honest, &proof));
    assert!(attested(&honest).is_some());
    assert_eq!(stage.play(&owner, &attest(&honest, &proof)), Outcome::Rejected, "a replay");

    // the consumer: the payee has the funds once, and only once
    let payee = stage.stranger();
    assert_eq!(stage.play(&payee, &withdraw(&honest)), Outcome::Rejected, "not released yet");
    stage.must(&release(&honest));
    assert_eq!(stage.play(&owner, &withdraw(&honest)), Outcome::Rejected, "the payee's, not the payer's");
    let balance = || -> u64 {
        let value = stage.mapping("credits.aleo", "account", &payee.address.to_string()).expect("an account");
        value.trim_end_matches("u64").parse().expect("a number")
    };
    let before = balance();
    let fee = stage.author.price(&payee, &withdraw(&honest)).expect("a price");
    assert_eq!(stage.play(&payee, &withdraw(&honest)), Outcome::Accepted);
    assert_eq!(balance(), before + AMOUNT - fee);
    assert_eq!(stage.play(&payee, &withdraw(&honest)), Outcome::Rejected, "twice");

    // an attested claim beyond its terms
    let high = runs.claim(2, HONEST);
    stage.must(&attest(&high, &runs.proof_parts(2)));
    assert_eq!(stage.play(&owner, &release(&high)), Outcome::Rejected, "risk above the limit");
}

#[test]
fn revoked_models_are_not_attested_and_nobody_acts_on_them() {
    let (stage, runs) = open();
    let (owner, stranger) = (stage.owner(), stage.stranger());
    let claim = runs.claim(1, TO_BE_REVOKED);
    stage.must(&attest(&claim, &runs.proof_parts(1)));
    assert_eq!(stage.play(&stranger, &revoke(&edition(TO_BE_REVOKED))), Outcome::Rejected, "not the owner's");
    let missing = Edition { version: 2, ..edition(TO_BE_REVOKED) };
    assert_eq!(stage.play(&owner, &revoke(&missing)), Outcome::Rejected, "no such edition");
    stage.must(&revoke(&edition(TO_BE_REVOKED)));
    assert_eq!(stage.play(&owner, &release(&claim)), Outcome::Rejected, "revoked");
    stage.must(&revoke(&edition(HONEST)));
    let honest = runs.claim(0, HONEST);
    assert_eq!(stage.play(&owner, &attest(&honest, &runs.proof_parts(0))), Outcome::Rejected, "revoked");
}

#[test]
fn the_registry_is_written_once_and_by_the_owner() {
    let (stage, runs) = open();
    let (owner, stranger) = (stage.owner(), stage.stranger());
    let second = |version: u32| Edition { version, ..edition(HONEST) };
    let value = runs.model_value();
    for (what, account, call) in [
        ("the same edition", &owner, register(&second(1), &value)),
        ("an edition left out", &owner, register(&second(3), &value)),
        ("a stranger's edition", &stranger, register(&second(2), &value)),
        ("a key set twice", &owner, set_key(&edition(HONEST), &runs.foreign_key)),
        ("a key of no edition", &owner, set_key(&second(2), &runs.key)),
    ] {
        assert_eq!(stage.play(account, &call), Outcome::Rejected, "{what}");
    }
    stage.must(&register(&second(2), &value));
    assert_eq!(stage.play(&stranger, &set_key(&second(2), &runs.key)), Outcome::Rejected, "a stranger's key");
    assert_eq!(stage.mapping("intaglio_registry.aleo", "latest", &edition(HONEST).model).as_deref(), Some("2u32"));
}

/// The proof and the fee of a transaction are the chain's own business: both are checked before anything is run.
#[test]
fn transactions_with_foreign_proofs_or_fees_are_aborted() {
    let (stage, runs) = open();
    let owner = stage.owner();
    let tip = stage.chain.tip().expect("newest rules");
    let made = |call: &Call| stage.author.execute(&owner, call, &tip).expect("a transaction");
    let (a, b) = (
        made(&attest(&runs.claim(0, HONEST), &runs.proof_parts(0))),
        made(&attest(&runs.claim(2, HONEST), &runs.proof_parts(2))),
    );
    let (Transaction::Execute(_, _, ours, Some(fee)), Transaction::Execute(_, _, theirs, Some(foreign))) = (&a, &b)
    else {
        panic!("two executions")
    };
    let forged = Execution::from(ours.transitions().cloned(), ours.global_state_root(), theirs.proof().cloned());
    let forged = Transaction::from_execution(forged.expect("well-formed"), Some(fee.clone())).expect("well-formed");
    let swapped = Fee::from(fee.transition().clone(), fee.global_state_root(), foreign.proof().cloned());
    let swapped = Transaction::from_execution((**ours).clone(), Some(swapped.expect("well-formed")));
    assert_eq!(stage.chain.advance(vec![forged]).expect("a block"), [Outcome::Aborted]);
    assert_eq!(stage.chain.advance(vec![swapped.expect("well-formed")]).expect("a block"), [Outcome::Aborted]);
    assert_eq!(stage.mapping(ATTEST, "attested", &runs.claim(0, HONEST).name().expect("a name")), None);
    assert_eq!(stage.chain.advance(vec![b]).expect("a block"), [Outcome::Accepted]);
}
