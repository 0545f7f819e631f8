//! A genesis block with known keys, all of it proven below 2^16 powers.
//!
//! snarkVM's own beacon genesis proves `transfer_public_to_private`, which needs 2^17. A genesis block must hold four
//! accepted transactions with eight finalize operations; four validators that set their state do that too.

use crate::account::Account;
use crate::error::{LedgerError, ledger};
use crate::{Net, Store};
use aleo_std::StorageMode;
use indexmap::IndexMap;
use snarkvm_console::network::prelude::*;
use snarkvm_ledger::block::{Block, Header, Ratify, Solutions};
use snarkvm_ledger::committee::{Committee, MIN_VALIDATOR_STAKE};
use snarkvm_ledger::store::ConsensusStore;
use snarkvm_synthesizer::VM;
use snarkvm_synthesizer::program::FinalizeGlobalState;

/// The four validators of a young chain; each owns a quarter of what is not staked.
pub(crate) const VALIDATORS: usize = 4;

/// Proves a genesis block: about a minute.
pub(crate) fn genesis(validators: &[Account; VALIDATORS]) -> Result<Block<Net>, LedgerError> {
    let rng = &mut rand::rng();
    let store = ConsensusStore::open(StorageMode::new_test(None)).map_err(ledger)?;
    let vm = VM::<Net, Store>::from(store).map_err(ledger)?;
    let own = |stake: u64| validators.iter().map(move |v| (v.address, stake));
    let stakes = own(MIN_VALIDATOR_STAKE).map(|(address, stake)| (address, (stake, true, 0u8))).collect();
    let committee = Committee::new_genesis(stakes).map_err(ledger)?;
    let staked = VALIDATORS as u64 * MIN_VALIDATOR_STAKE;
    let balances: IndexMap<_, _> = own((Net::STARTING_SUPPLY - staked) / VALIDATORS as u64).collect();
    let bonded: IndexMap<_, _> = own(MIN_VALIDATOR_STAKE).map(|(a, stake)| (a, (a, a, stake))).collect();
    let mut transactions = Vec::new();
    for validator in validators {
        let call = ("credits.aleo", "set_validator_state");
        let made = vm.execute(&validator.private, call, ["true"].into_iter(), None, 0, None, rng);
        transactions.push(made.map_err(ledger)?);
    }
    let solutions = Solutions::<Net>::from(None);
    let ratify = vec![Ratify::Genesis(Box::new(committee), Box::new(balances), Box::new(bonded))];
    let state = FinalizeGlobalState::new_genesis::<Net>().map_err(ledger)?;
    let (ratifications, transactions, aborted, operations) =
        vm.speculate(state, 0, None, ratify, &solutions, transactions.iter(), rng).map_err(ledger)?;
    if !aborted.is_empty() {
        return Err(ledger("a transaction of the genesis block was aborted"));
    }
    let header = Header::genesis(&ratifications, &transactions, operations).map_err(ledger)?;
    let none = <Net as Network>::BlockHash::default();
    let key = &validators[0].private;
    let block = Block::new_beacon(key, none, header, ratifications, solutions, vec![], transactions, vec![], rng);
    block.map_err(ledger)
}
