//! Transactions for a node, and a development chain.

use crate::{errors, job};
use intaglio_aleo_ledger::account::Account;
use intaglio_aleo_ledger::author::{Author, Call, Tip};
use intaglio_aleo_ledger::chain::{Chain, DEVELOPMENT, Outcome};
use intaglio_aleo_ledger::error::LedgerError;
use pyo3::prelude::*;
use std::sync::Arc;

/// A function's name, constraints, variables and non-zeros.
type Sizes = (String, usize, usize, [usize; 3]);

/// Makes and proves transactions; knows the programs that it was told.
#[pyclass(frozen, name = "Author", module = "intaglio_aleo")]
pub(crate) struct PyAuthor(Arc<Author>);

#[pymethods]
impl PyAuthor {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        let made = job::run(py, Author::new)?;
        Ok(Self(Arc::new(made.map_err(|e| errors::ledger(py, &e))?)))
    }

    /// Learns a program whose imports are known; its name.
    fn learn(&self, py: Python<'_>, source: String) -> PyResult<String> {
        let own = self.0.clone();
        let made = job::run(py, move || own.learn(&source).map(|id| id.to_string()))?;
        made.map_err(|e| errors::ledger(py, &e))
    }

    /// Name, constraints, variables and non-zeros of each function's circuit.
    fn functions(&self, py: Python<'_>, program: String) -> PyResult<Vec<Sizes>> {
        let own = self.0.clone();
        let made = job::run(py, move || own.all_counts(&program))?.map_err(|e| errors::ledger(py, &e))?;
        Ok(made.into_iter().map(|(name, c)| (name, c.constraints, c.variables, c.non_zeros)).collect())
    }

    /// What deploying a program costs in microcredits.
    fn deployment_price(&self, py: Python<'_>, source: String) -> PyResult<u64> {
        let own = self.0.clone();
        job::run(py, move || own.deployment_price(&source))?.map_err(|e| errors::ledger(py, &e))
    }

    /// Evaluates a call and each of its assertions; its outputs.
    fn evaluate(
        &self,
        py: Python<'_>,
        private_key: &str,
        call: (String, String, Vec<String>),
    ) -> PyResult<Vec<String>> {
        let account = Account::parse(private_key).map_err(|e| errors::ledger(py, &e))?;
        let (own, call) = (self.0.clone(), of(call, 0));
        job::run(py, move || own.evaluate(&account, &call))?.map_err(|e| errors::ledger(py, &e))
    }

    /// The price of a call in microcredits.
    fn price(&self, py: Python<'_>, private_key: &str, call: (String, String, Vec<String>)) -> PyResult<u64> {
        let account = Account::parse(private_key).map_err(|e| errors::ledger(py, &e))?;
        let (own, call) = (self.0.clone(), of(call, 0));
        job::run(py, move || own.price(&account, &call))?.map_err(|e| errors::ledger(py, &e))
    }

    /// A proven call, as the JSON that nodes take. `tip` is height and state root.
    fn execute(
        &self,
        py: Python<'_>,
        private_key: &str,
        call: (String, String, Vec<String>),
        priority_fee: u64,
        tip: (u32, String),
    ) -> PyResult<String> {
        let account = Account::parse(private_key).map_err(|e| errors::ledger(py, &e))?;
        let (own, call) = (self.0.clone(), of(call, priority_fee));
        let made = job::run(py, move || {
            own.execute(&account, &call, &Tip::new(tip.0, &tip.1)?).map(|transaction| transaction.to_string())
        })?;
        made.map_err(|e| errors::ledger(py, &e))
    }

    /// A deployment, as the JSON that nodes take, and its price in microcredits.
    fn deploy(&self, py: Python<'_>, private_key: &str, source: String, tip: (u32, String)) -> PyResult<(String, u64)> {
        let account = Account::parse(private_key).map_err(|e| errors::ledger(py, &e))?;
        let own = self.0.clone();
        let made = job::run(py, move || {
            let (transaction, price) = own.deploy(&account, &source, &Tip::new(tip.0, &tip.1)?)?;
            Ok::<_, LedgerError>((transaction.to_string(), price))
        })?;
        made.map_err(|e| errors::ledger(py, &e))
    }
}

fn of((program, function, inputs): (String, String, Vec<String>), priority_fee: u64) -> Call {
    Call { program, function, inputs, priority_fee }
}

/// A chain in memory.
#[pyclass(frozen, name = "Chain", module = "intaglio_aleo")]
pub(crate) struct PyChain(Arc<Chain>);

#[pymethods]
impl PyChain {
    /// The development chain, with our contracts and an account whose key everybody knows.
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        let made = job::run(py, move || Chain::from_bytes(DEVELOPMENT))?;
        Ok(Self(Arc::new(made.map_err(|e| errors::ledger(py, &e))?)))
    }

    /// The private key of an account with funds.
    fn private_key(&self) -> String {
        self.0.validators()[0].private.to_string()
    }

    /// Its newest block.
    fn height(&self) -> u32 {
        self.0.height()
    }

    /// What transactions refer to.
    fn state_root(&self) -> String {
        self.0.ledger().latest_state_root().to_string()
    }

    /// The rules in force.
    fn consensus_version(&self, py: Python<'_>) -> PyResult<u16> {
        self.0.consensus_version().map_err(|e| errors::ledger(py, &e))
    }

    /// Adds one block of these transactions; "accepted", "rejected" or "aborted" for each.
    fn advance(&self, py: Python<'_>, transactions: Vec<String>) -> PyResult<Vec<&'static str>> {
        let own = self.0.clone();
        let made = job::run(py, move || own.advance_texts(&transactions))?.map_err(|e| errors::ledger(py, &e))?;
        Ok(made.into_iter().map(word).collect())
    }

    /// The identity of a transaction in JSON.
    fn identity(&self, py: Python<'_>, transaction: &str) -> PyResult<String> {
        intaglio_aleo_ledger::chain::identity(transaction).map_err(|e| errors::ledger(py, &e))
    }

    /// A value, or nothing.
    fn mapping(&self, py: Python<'_>, program: &str, name: &str, key: &str) -> PyResult<Option<String>> {
        self.0.mapping(program, name, key).map_err(|e| errors::ledger(py, &e))
    }

    /// Instructions, or nothing.
    fn program(&self, py: Python<'_>, program: &str) -> PyResult<Option<String>> {
        self.0.program(program).map_err(|e| errors::ledger(py, &e))
    }

    /// The JSON of a block, or nothing.
    fn block(&self, py: Python<'_>, height: u32) -> PyResult<Option<String>> {
        self.0.block(height).map_err(|e| errors::ledger(py, &e))
    }

    /// The JSON of a confirmed transaction, or nothing.
    fn confirmed(&self, py: Python<'_>, id: &str) -> PyResult<Option<String>> {
        self.0.confirmed(id).map_err(|e| errors::ledger(py, &e))
    }

    /// The JSON of the transaction behind a confirmed or rejected one, or nothing.
    fn unconfirmed(&self, py: Python<'_>, id: &str) -> PyResult<Option<String>> {
        self.0.unconfirmed(id).map_err(|e| errors::ledger(py, &e))
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Rejected => "rejected",
        Outcome::Aborted => "aborted",
    }
}
