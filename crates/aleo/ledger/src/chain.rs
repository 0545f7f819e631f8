//! A whole chain in memory: the network's consensus code, real proofs and fees, no network.

use crate::account::Account;
use crate::author::Tip;
use crate::error::{LedgerError, ledger, text};
use crate::genesis::{VALIDATORS, genesis};
use crate::{Net, Store};
use aleo_std::StorageMode;
use snarkvm_console::network::prelude::*;
use snarkvm_console::program::{Identifier, Plaintext, ProgramID};
use snarkvm_ledger::Ledger;
use snarkvm_ledger::block::{Block, Transaction};

/// What became of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its finalize ran to the end.
    Accepted,
    /// Its finalize failed: the fee is taken, nothing else happens.
    Rejected,
    /// Its proof, fee or signature does not hold, or it repeats another: nothing is taken.
    Aborted,
}

/// A ledger and the keys of its four validators.
pub struct Chain {
    ledger: Ledger<Net, Store>,
    validators: [Account; VALIDATORS],
}

impl Chain {
    /// A chain of fresh validators, at the newest rules. Proves its genesis block: about a minute.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Ledger`].
    pub fn create() -> Result<Self, LedgerError> {
        let validators = [Account::new()?, Account::new()?, Account::new()?, Account::new()?];
        let chain = Self::load(genesis(&validators)?, validators)?;
        chain.grow_up()?;
        Ok(chain)
    }

    fn load(block: Block<Net>, validators: [Account; VALIDATORS]) -> Result<Self, LedgerError> {
        let ledger = Ledger::load(block, StorageMode::new_test(None)).map_err(ledger)?;
        Ok(Self { ledger, validators })
    }

    /// Empty blocks until the newest rules are in force.
    fn grow_up(&self) -> Result<(), LedgerError> {
        while Net::CONSENSUS_VERSION(self.height()).map_err(ledger)? < ConsensusVersion::latest() {
            self.advance(vec![])?;
        }
        Ok(())
    }

    /// All keys and blocks, as bytes: for a development chain only.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Ledger`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, LedgerError> {
        let mut bytes = Vec::new();
        for validator in &self.validators {
            bytes.extend(validator.private.to_bytes_le().map_err(ledger)?);
        }
        for height in 0..=self.height() {
            let block = self.ledger.get_block(height).map_err(ledger)?.to_bytes_le().map_err(ledger)?;
            bytes.extend((block.len() as u64).to_le_bytes());
            bytes.extend(block);
        }
        Ok(bytes)
    }

    /// The chain behind such bytes. Blocks are taken as they are: only for bytes of one's own.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if they do not decode, [`LedgerError::Ledger`] if a block does not follow.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LedgerError> {
        let damaged = |_| LedgerError::Text { what: "saved chain", cause: "it is cut short or damaged".into() };
        let (mut keys, mut rest) = (Vec::new(), bytes);
        for _ in 0..VALIDATORS {
            let key: Vec<u8> = take(&mut rest, 32)?.to_vec();
            let key = snarkvm_console::account::PrivateKey::<Net>::from_bytes_le(&key).map_err(damaged)?;
            keys.push(Account::parse(&key.to_string())?);
        }
        let validators = keys.try_into().map_err(|_| ledger("four validators"))?;
        let first = next_block(&mut rest)?;
        let chain = Self::load(first, validators)?;
        while !rest.is_empty() {
            chain.ledger.advance_to_next_block(&next_block(&mut rest)?).map_err(ledger)?;
        }
        Ok(chain)
    }

    /// An account with funds.
    #[must_use]
    pub fn validators(&self) -> &[Account; VALIDATORS] {
        &self.validators
    }

    /// The ledger itself.
    #[must_use]
    pub fn ledger(&self) -> &Ledger<Net, Store> {
        &self.ledger
    }

    /// Height of the newest block.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.ledger.latest_height()
    }

    /// Where the chain stands.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Version`] for a chain under older rules.
    pub fn tip(&self) -> Result<Tip, LedgerError> {
        Tip::new(self.height(), &self.ledger.latest_state_root().to_string())
    }

    /// A new block with these transactions, each checked as any node would, and what became of each, in order.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Ledger`] if no block can be made.
    pub fn advance(&self, transactions: Vec<Transaction<Net>>) -> Result<Vec<Outcome>, LedgerError> {
        let ids: Vec<_> = transactions.iter().map(Transaction::id).collect();
        let key = &self.validators[0].private;
        let rng = &mut rand::rng();
        let block = self.ledger.prepare_advance_to_next_beacon_block(key, vec![], vec![], transactions, rng);
        let block = block.map_err(|e| ledger(e.into_anyhow()))?;
        self.ledger.advance_to_next_block(&block).map_err(ledger)?;
        let outcome = |id: &<Net as Network>::TransactionID| {
            let made =
                block.transactions().iter().find(|t| t.to_unconfirmed_transaction_id().ok().as_ref() == Some(id));
            made.map_or(Outcome::Aborted, |t| if t.is_accepted() { Outcome::Accepted } else { Outcome::Rejected })
        };
        Ok(ids.iter().map(outcome).collect())
    }

    /// Why a node would not take a transaction at all: nothing if it would.
    #[must_use]
    pub fn objection(&self, transaction: &Transaction<Net>) -> Option<String> {
        let checked = self.ledger.check_transaction_basic(transaction, None, &mut rand::rng());
        checked.err().map(|error| format!("{error:#}"))
    }

    /// The value of a mapping, as the program's language writes it; none if the key is not there.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if a name or the key does not parse, [`LedgerError::Ledger`] if there is no such mapping.
    pub fn mapping(&self, program: &str, mapping: &str, key: &str) -> Result<Option<String>, LedgerError> {
        let program = ProgramID::from_str(program).map_err(text("program name"))?;
        let mapping = Identifier::from_str(mapping).map_err(text("mapping name"))?;
        let key = Plaintext::from_str(key).map_err(text("key"))?;
        let value = self.ledger.vm().finalize_store().get_value_confirmed(program, mapping, &key);
        Ok(value.map_err(ledger)?.map(|v| v.to_string()))
    }
}

impl Chain {
    /// The rules in force, as their number.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Ledger`].
    pub fn consensus_version(&self) -> Result<u16, LedgerError> {
        Ok(Net::CONSENSUS_VERSION(self.height()).map_err(ledger)? as u16)
    }

    /// A new block from transactions in JSON.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if one is no transaction, [`LedgerError::Ledger`] if no block can be made.
    pub fn advance_texts(&self, transactions: &[String]) -> Result<Vec<Outcome>, LedgerError> {
        let parsed: Result<Vec<_>, _> = transactions.iter().map(|t| Transaction::from_str(t)).collect();
        self.advance(parsed.map_err(text("transaction"))?)
    }

    /// The instructions of a deployed program.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if the name does not parse.
    pub fn program(&self, program: &str) -> Result<Option<String>, LedgerError> {
        let id = ProgramID::from_str(program).map_err(text("program name"))?;
        if id.to_string() == "credits.aleo" {
            let credits = snarkvm_synthesizer::program::Program::<Net>::credits().map_err(ledger)?;
            return Ok(Some(credits.to_string()));
        }
        Ok(self.ledger.get_program(id).ok().map(|p| p.to_string()))
    }

    /// A block in JSON.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Ledger`].
    pub fn block(&self, height: u32) -> Result<Option<String>, LedgerError> {
        Ok(self.ledger.try_get_block(height).map_err(ledger)?.map(|b| b.to_string()))
    }

    /// A confirmed transaction in JSON, by the identity that it has in its block.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if this is no identity.
    pub fn confirmed(&self, id: &str) -> Result<Option<String>, LedgerError> {
        let found = self.ledger.try_get_confirmed_transaction(&parse_id(id)?).map_err(ledger)?;
        Ok(found.map(|t| t.to_string()))
    }

    /// The transaction as it was sent, in JSON, of an accepted or rejected one.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if this is no identity.
    pub fn unconfirmed(&self, id: &str) -> Result<Option<String>, LedgerError> {
        let found = self.ledger.try_get_unconfirmed_transaction(&parse_id(id)?).map_err(ledger)?;
        Ok(found.map(|t| t.to_string()))
    }
}

/// The chain that development starts from: the newest rules in force, our contracts deployed, the keys known to everybody.
pub const DEVELOPMENT: &[u8] = include_bytes!("../fixtures/development.chain");

/// The identity of a transaction in JSON.
///
/// # Errors
///
/// [`LedgerError::Text`] if it is none.
pub fn identity(transaction: &str) -> Result<String, LedgerError> {
    let transaction = Transaction::<Net>::from_str(transaction).map_err(text("transaction"))?;
    Ok(transaction.id().to_string())
}

fn parse_id(id: &str) -> Result<<Net as Network>::TransactionID, LedgerError> {
    let parsed = <Net as Network>::TransactionID::from_str(id);
    parsed.map_err(|_| LedgerError::Text { what: "transaction identity", cause: "it does not decode".into() })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], LedgerError> {
    let cut = || LedgerError::Text { what: "saved chain", cause: "it is cut short".into() };
    let (head, tail) = rest.split_at_checked(count).ok_or_else(cut)?;
    *rest = tail;
    Ok(head)
}

fn next_block(rest: &mut &[u8]) -> Result<Block<Net>, LedgerError> {
    let length = take(rest, 8)?;
    let length = length.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let bytes = take(rest, usize::try_from(length).unwrap_or(usize::MAX))?;
    let damaged = |_| LedgerError::Text { what: "saved chain", cause: "a block does not decode".into() };
    Block::from_bytes_le(bytes).map_err(damaged)
}
