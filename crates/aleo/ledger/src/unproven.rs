//! Transactions without proofs, for a build with the feature `unproven`, whose ledger does not ask for them.
//!
//! What they do is checked as always: signatures, assertions, finalize, `snark.verify`. So programs whose own transactions
//! need more than 2^16 powers can be played. snarkVM's own functions prove under that feature all the same; the parts are put
//! together here.

use crate::account::Account;
use crate::author::{Author, CONSENSUS, Call, Tip, sign_off};
use crate::error::{LedgerError, ledger};
use crate::{Circuits, Net};
use snarkvm_console::network::prelude::*;
use snarkvm_console::program::ProgramOwner;
use snarkvm_console::types::Field;
use snarkvm_ledger::block::{Deployment, Execution, Fee, Transaction};
use snarkvm_synthesizer::process::{deployment_cost, execution_cost};
use snarkvm_synthesizer::program::Program;
use snarkvm_synthesizer::snark::{Certificate, VerifyingKey};

/// A key and its certificate that stand in for all keys of a deployment.
pub type StandIn = (VerifyingKey<Net>, Certificate<Net>);

/// The key of the first function of a small program that nobody deployed.
///
/// # Errors
///
/// [`LedgerError::Program`] if it cannot be made.
pub fn stand_in(author: &Author, source: &str) -> Result<StandIn, LedgerError> {
    let refused = |e: anyhow::Error| LedgerError::Program(format!("{e:#}"));
    let program = Program::<Net>::from_str(source).map_err(refused)?;
    let made = author.process().deploy::<Circuits, _>(&program, &mut rand::rng());
    let deployment = made.map_err(|e| LedgerError::Program(format!("{e:#}")))?;
    let first = deployment.verifying_keys().first().ok_or_else(|| ledger("a program without functions"))?;
    Ok(first.1.clone())
}

/// A deployment of a program whose imports are known; known itself from then on.
///
/// # Errors
///
/// [`LedgerError`].
pub fn deploy(
    author: &Author,
    account: &Account,
    source: &str,
    key: &StandIn,
    tip: &Tip,
) -> Result<Transaction<Net>, LedgerError> {
    let refused = |e: anyhow::Error| LedgerError::Program(format!("{e:#}"));
    let program = Program::<Net>::from_str(source).map_err(refused)?;
    let names = program.functions().keys().chain(program.records().keys());
    let keys = names.map(|name| (*name, key.clone())).collect();
    let mut deployment = Deployment::new(0, program, keys, None, None).map_err(refused)?;
    sign_off(&mut deployment, account);
    let id = deployment.to_deployment_id().map_err(refused)?;
    let owner = ProgramOwner::new(&account.private, id, &mut rand::rng()).map_err(refused)?;
    let (price, _) = deployment_cost(author.process(), &deployment, CONSENSUS).map_err(refused)?;
    let fee = fee(author, account, price, id, tip)?;
    author.learn(source)?;
    Transaction::from_deployment(owner, deployment, fee).map_err(refused)
}

/// A call; its inputs may be records.
///
/// # Errors
///
/// [`LedgerError`].
pub fn execute(author: &Author, account: &Account, call: &Call, tip: &Tip) -> Result<Transaction<Net>, LedgerError> {
    let authorization = author.authorize(account, call)?;
    let transitions = authorization.transitions().values().cloned().collect::<Vec<_>>();
    let execution = Execution::from(transitions.into_iter(), tip.state_root, None).map_err(ledger)?;
    let (price, _) = execution_cost(author.process(), &execution, CONSENSUS).map_err(ledger)?;
    let fee = fee(author, account, price, execution.to_execution_id().map_err(ledger)?, tip)?;
    Transaction::from_execution(execution, Some(fee)).map_err(ledger)
}

fn fee(author: &Author, account: &Account, price: u64, id: Field<Net>, tip: &Tip) -> Result<Fee<Net>, LedgerError> {
    let rng = &mut rand::rng();
    let made = author.process().authorize_fee_public::<Circuits, _>(&account.private, price, 0, id, rng);
    let transitions = made.map_err(ledger)?.transitions();
    let (_, transition) = transitions.into_iter().next().ok_or_else(|| ledger("a fee without transition"))?;
    Fee::from(transition, tip.state_root, None).map_err(ledger)
}
