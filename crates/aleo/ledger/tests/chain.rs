//! A chain made anew: the way from an account to a mapping, with real proofs and fees, and what is no transaction of it.

use intaglio_aleo_ledger::author::{Author, Call};
use intaglio_aleo_ledger::chain::{Chain, DEVELOPMENT, Outcome};
use snarkvm_ledger::block::{Execution, Fee, Transaction};

const TALLY: &str = include_str!("data/tally.aleo");

#[test]
fn a_chain_tells_accepted_rejected_and_aborted_apart() {
    let chain = Chain::from_bytes(DEVELOPMENT).expect("a chain");
    let author = Author::new().expect("snarkVM");
    let me = &chain.validators()[0];
    let (deployment, _) = author.deploy(me, TALLY, &chain.tip().expect("newest rules")).expect("a program");
    assert_eq!(chain.advance(vec![deployment]).expect("a block"), [Outcome::Accepted]);

    let add = |value: &str| {
        let call = Call::new("counting_tally.aleo", "bump", &[value]);
        author.execute(me, &call, &chain.tip().expect("newest rules")).expect("a transaction")
    };
    let total = || {
        let value = chain.mapping("counting_tally.aleo", "total", &me.address.to_string());
        value.expect("a mapping").unwrap_or_default()
    };
    assert_eq!(chain.advance(vec![add("40u64")]).expect("a block"), [Outcome::Accepted]);
    assert_eq!(total(), "40u64");
    assert_eq!(chain.advance(vec![add("90u64")]).expect("a block"), [Outcome::Rejected], "beyond the program's limit");
    assert_eq!(total(), "40u64");

    // the transitions of one with the proof of the other, and a fee that was proven for another
    let (a, b) = (add("1u64"), add("3u64"));
    let (Transaction::Execute(_, _, ours, Some(fee)), Transaction::Execute(_, _, theirs, Some(foreign))) = (&a, &b)
    else {
        panic!("two executions")
    };
    let forged = Execution::from(ours.transitions().cloned(), ours.global_state_root(), theirs.proof().cloned());
    let forged = Transaction::from_execution(forged.expect("well-formed"), Some(fee.clone())).expect("well-formed");
    let swapped = Fee::from(fee.transition().clone(), fee.global_state_root(), foreign.proof().cloned());
    let swapped = Transaction::from_execution((**ours).clone(), Some(swapped.expect("well-formed")));
    assert_eq!(chain.advance(vec![forged]).expect("a block"), [Outcome::Aborted]);
    assert_eq!(chain.advance(vec![swapped.expect("well-formed")]).expect("a block"), [Outcome::Aborted]);
    assert_eq!(chain.advance(vec![b]).expect("a block"), [Outcome::Accepted]);
    assert_eq!(total(), "43u64");
}
