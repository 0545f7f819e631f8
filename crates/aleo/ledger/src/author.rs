//! Transactions for a node, made and proven here: the node's tip is told, nothing is fetched.

use crate::account::Account;
use crate::error::{LedgerError, text};
use crate::functions::{Function, count};
use crate::{Circuits, Net};
use intaglio_aleo::parameters::{available, preflight};
use intaglio_aleo::r1cs::Counts;
use snarkvm_algorithms::snark::varuna::VarunaVersion;
use snarkvm_console::network::prelude::*;
use snarkvm_console::program::{Identifier, Locator, ProgramID, ProgramOwner, StatePath, Value, ValueType};
use snarkvm_console::types::Field;
use snarkvm_ledger::block::{Deployment, Execution, Fee, Transaction};
use snarkvm_ledger::query::StaticQuery;
use snarkvm_synthesizer::process::{
    Authorization, Process, constructor_cost_in_microcredits_v2, deployment_cost, execution_cost,
    execution_cost_for_authorization,
};
use snarkvm_synthesizer::program::{Program, StackTrait};
use std::collections::HashMap;
use std::sync::Mutex;

/// The rules that transactions are made for.
pub const CONSENSUS: ConsensusVersion = ConsensusVersion::V22;
const VARUNA: VarunaVersion = VarunaVersion::V3;
/// What proving that a record is on the chain takes, as a power of two.
const INCLUSION_POWERS: u32 = 20;

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Blocks, the genesis block not counted.
    pub height: u32,
    /// What transactions refer to.
    pub state_root: <Net as Network>::StateRoot,
}

impl Tip {
    /// From a node's answers.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Text`] if the root is none, [`LedgerError::Version`] if that height is under other rules.
    pub fn new(height: u32, state_root: &str) -> Result<Self, LedgerError> {
        let state_root = <Net as Network>::StateRoot::from_str(state_root);
        let state_root = state_root.map_err(|_| text("state root")(anyhow!("it does not decode")))?;
        let version = Net::CONSENSUS_VERSION(height).map_err(text("block height"))?;
        match version == CONSENSUS {
            true => Ok(Self { height, state_root }),
            false => Err(LedgerError::Version { expected: CONSENSUS as u16, got: version as u16 }),
        }
    }

    fn query(&self) -> StaticQuery<Net> {
        StaticQuery::new(self.height, self.state_root, HashMap::<Field<Net>, StatePath<Net>>::new())
    }
}

/// One call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `name.aleo`.
    pub program: String,
    /// Its function.
    pub function: String,
    /// Values as the program's language writes them.
    pub inputs: Vec<String>,
    /// On top of the price, in microcredits.
    pub priority_fee: u64,
}

impl Call {
    /// A call without a priority fee.
    #[must_use]
    pub fn new(program: &str, function: &str, inputs: &[&str]) -> Self {
        let inputs = inputs.iter().map(ToString::to_string).collect();
        Self { program: program.into(), function: function.into(), inputs, priority_fee: 0 }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.program, self.function)
    }

    fn refused(&self, error: impl std::fmt::Display) -> LedgerError {
        LedgerError::Execution { function: self.name(), cause: format!("{error:#}") }
    }
}

/// Bytes of a deployment beside its program and its keys: version, edition, count, checksum, owner.
const DEPLOYMENT_BYTES: u64 = 1 + 2 + 2 + 32 + 32;
/// Bytes of a key with its certificate, beside the function's name.
const KEY_BYTES: u64 = 1 + 673 + 58;
/// Bytes above which a deployment's price grows with their square.
const LARGE_DEPLOYMENT: u64 = 512_000;

type Counted = HashMap<(ProgramID<Net>, Identifier<Net>), Function>;

/// Knows programs, and makes transactions that use them.
pub struct Author {
    process: Process<Net>,
    functions: Mutex<Counted>,
    /// What it learned, in order.
    sources: Mutex<Vec<String>>,
}

impl Author {
    /// One that knows `credits.aleo` only.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Program`] if snarkVM cannot load it.
    pub fn new() -> Result<Self, LedgerError> {
        let process = Process::load().map_err(|e| LedgerError::Program(format!("{e:#}")))?;
        Ok(Self { process, functions: Mutex::default(), sources: Mutex::default() })
    }

    #[cfg(feature = "unproven")]
    pub(crate) fn process(&self) -> &Process<Net> {
        &self.process
    }

    /// Learns a program, whose imports are known already. Knowing it is no fault.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Program`] if it does not parse or type-check.
    pub fn learn(&self, source: &str) -> Result<ProgramID<Net>, LedgerError> {
        let program = parse(source)?;
        if !self.process.contains_program(program.id()) {
            self.process.lock().add_program(&program).map_err(|e| LedgerError::Program(format!("{e:#}")))?;
            if let Ok(mut sources) = self.sources.lock() {
                sources.push(source.to_owned());
            }
        }
        Ok(*program.id())
    }

    /// Sizes of a function's circuit.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Program`] if it is not known.
    pub fn counts(&self, program: &ProgramID<Net>, function: &Identifier<Net>) -> Result<Counts, LedgerError> {
        Ok(self.function(program, function)?.counts)
    }

    fn function(&self, program: &ProgramID<Net>, function: &Identifier<Net>) -> Result<Function, LedgerError> {
        let key = (*program, *function);
        let known = self.functions.lock().ok().and_then(|functions| functions.get(&key).copied());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = count(&self.process, program, function)?;
        if let Ok(mut functions) = self.functions.lock() {
            functions.insert(key, made);
        }
        Ok(made)
    }

    /// Sizes of the circuits of all functions of a known program, in order.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Program`] if it is not known.
    pub fn all_counts(&self, program: &str) -> Result<Vec<(String, Counts)>, LedgerError> {
        let id = ProgramID::from_str(program).map_err(text("program name"))?;
        let stack = self.process.get_stack(id).map_err(|e| LedgerError::Program(format!("{e:#}")))?;
        let names: Vec<_> = stack.program().functions().keys().copied().collect();
        names.into_iter().map(|name| Ok((name.to_string(), self.counts(&id, &name)?))).collect()
    }

    /// Calls a function without proof, fee or chain: each assertion of its circuit is evaluated. The outputs.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Execution`] with the assertion that fails.
    pub fn evaluate(&self, account: &Account, call: &Call) -> Result<Vec<String>, LedgerError> {
        let authorization = self.authorize(account, call)?;
        let response = self.process.evaluate::<Circuits>(authorization);
        let response = response.map_err(|e| call.refused(e))?;
        Ok(response.outputs().iter().map(ToString::to_string).collect())
    }

    pub(crate) fn authorize(&self, account: &Account, call: &Call) -> Result<Authorization<Net>, LedgerError> {
        let inputs: Result<Vec<_>, _> = call.inputs.iter().map(|i| Value::<Net>::from_str(i)).collect();
        let inputs = inputs.map_err(|e| call.refused(e))?.into_iter();
        let (program, function) = (call.program.as_str(), call.function.as_str());
        let rng = &mut rand::rng();
        let made = self.process.authorize::<Circuits, _>(&account.private, program, function, inputs, rng);
        made.map_err(|e| call.refused(e))
    }

    /// A transaction with the proof of a call and of its fee, which the account pays publicly.
    ///
    /// # Errors
    ///
    /// [`LedgerError`]: the call cannot be executed, or powers are missing.
    pub fn execute(&self, account: &Account, call: &Call, tip: &Tip) -> Result<Transaction<Net>, LedgerError> {
        let authorization = self.authorize(account, call)?;
        self.preflight(&authorization)?;
        self.preflight_fee()?;
        let execution = self.prove(authorization, call, tip)?;
        let cost = execution_cost(&self.process, &execution, CONSENSUS).map_err(|e| call.refused(e))?;
        let id = execution.to_execution_id().map_err(|e| call.refused(e))?;
        let fee = self.fee(account, (cost.0, call.priority_fee), id, tip)?;
        Transaction::from_execution(execution, Some(fee)).map_err(|e| call.refused(e))
    }

    fn prove(&self, authorization: Authorization<Net>, call: &Call, tip: &Tip) -> Result<Execution<Net>, LedgerError> {
        let rng = &mut rand::rng();
        let refused = |e: anyhow::Error| call.refused(e);
        let request = authorization.peek_next().map_err(refused)?;
        let locator = Locator::new(*request.program_id(), *request.function_name()).to_string();
        authorization.check_valid_records(CONSENSUS).map_err(refused)?;
        let (_, mut trace) = self.process.execute::<Circuits, _>(authorization, rng).map_err(|e| call.refused(e))?;
        trace.prepare(&tip.query()).map_err(refused)?;
        trace.prove_execution::<Circuits, _>(&locator, VARUNA, rng).map_err(refused)
    }

    /// The price of a call in microcredits, known without proving it: of the chain's own formula.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Execution`].
    pub fn price(&self, account: &Account, call: &Call) -> Result<u64, LedgerError> {
        let authorization = self.authorize(account, call)?;
        let cost = execution_cost_for_authorization(&self.process, &authorization, CONSENSUS);
        Ok(cost.map_err(|e| call.refused(e))?.0)
    }

    fn fee(
        &self,
        account: &Account,
        (base, priority): (u64, u64),
        id: Field<Net>,
        tip: &Tip,
    ) -> Result<Fee<Net>, LedgerError> {
        let call = Call::new("credits.aleo", "fee_public", &[]);
        let rng = &mut rand::rng();
        let authorization = self.process.authorize_fee_public::<Circuits, _>(&account.private, base, priority, id, rng);
        let authorization = authorization.map_err(|e| call.refused(e))?;
        let (_, mut trace) = self.process.execute::<Circuits, _>(authorization, rng).map_err(|e| call.refused(e))?;
        trace.prepare(&tip.query()).map_err(|e| call.refused(e))?;
        trace.prove_fee::<Circuits, _>(VARUNA, rng).map_err(|e| call.refused(e))
    }

    /// A transaction that deploys a program whose imports are known, and its price in microcredits. It is known from then on.
    ///
    /// # Errors
    ///
    /// [`LedgerError`]: the program is refused, or powers are missing.
    pub fn deploy(&self, account: &Account, source: &str, tip: &Tip) -> Result<(Transaction<Net>, u64), LedgerError> {
        let refused = |e: anyhow::Error| LedgerError::Program(format!("{e:#}"));
        let program = parse(source)?;
        let id = *program.id();
        if self.process.contains_program(&id) {
            return Err(LedgerError::Program(format!("{id} is known already: a program is deployed once")));
        }
        for (name, counts) in self.with(source)?.all_counts(&id.to_string())? {
            fits(&format!("{id}/{name}"), &counts)?;
        }
        self.preflight_fee()?;
        let rng = &mut rand::rng();
        let made = self.process.deploy::<Circuits, _>(&program, rng);
        let mut deployment = made.map_err(|e| LedgerError::Program(format!("{e:#}")))?;
        sign_off(&mut deployment, account);
        let deployment_id = deployment.to_deployment_id().map_err(refused)?;
        let owner = ProgramOwner::new(&account.private, deployment_id, rng).map_err(refused)?;
        let (price, _) = deployment_cost(&self.process, &deployment, CONSENSUS).map_err(refused)?;
        let fee = self.fee(account, (price, 0), deployment_id, tip)?;
        let made = Transaction::from_deployment(owner, deployment, fee).map_err(refused)?;
        self.learn(source)?;
        Ok((made, price))
    }

    /// What deploying a program costs, in microcredits, without making its keys: bytes, variables and constraints, the
    /// constructor, and the name if it is short.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Program`] if it does not type-check.
    pub fn deployment_price(&self, source: &str) -> Result<u64, LedgerError> {
        let refused = |e: anyhow::Error| LedgerError::Program(format!("{e:#}"));
        let program = parse(source)?;
        let id = *program.id();
        if !program.records().is_empty() {
            return Err(LedgerError::Program(format!("{id} has records: what they cost is not foretold")));
        }
        let other = self.with(source)?;
        let mut bytes = DEPLOYMENT_BYTES + program.to_bytes_le().map_err(refused)?.len() as u64;
        let mut synthesis = 0;
        for name in program.functions().keys() {
            let function = other.function(&id, name)?;
            bytes += KEY_BYTES + name.to_string().len() as u64;
            synthesis += function.variables + function.counts.constraints as u64;
        }
        let storage = match bytes <= LARGE_DEPLOYMENT {
            true => bytes * Net::DEPLOYMENT_FEE_MULTIPLIER,
            false => bytes * bytes * Net::DEPLOYMENT_FEE_MULTIPLIER / LARGE_DEPLOYMENT,
        };
        let stack = other.process.get_stack(id).map_err(refused)?;
        let constructor = constructor_cost_in_microcredits_v2(&stack, Some(CONSENSUS)).map_err(refused)?;
        let short = 10u32.saturating_sub(id.name().to_string().len() as u32);
        Ok(storage
            + synthesis * Net::SYNTHESIS_FEE_MULTIPLIER / Net::ARC_0005_COMPUTE_DISCOUNT
            + constructor
            + 10u64.pow(short) * 1_000_000)
    }

    /// Another that knows the same programs and one more. A program that is known would be deployed as an upgrade.
    fn with(&self, source: &str) -> Result<Self, LedgerError> {
        let other = Self::new()?;
        let known = self.sources.lock().map(|sources| sources.clone()).unwrap_or_default();
        for own in known.iter().map(String::as_str).chain([source]) {
            other.learn(own)?;
        }
        Ok(other)
    }

    fn preflight_fee(&self) -> Result<(), LedgerError> {
        let id = ProgramID::from_str("credits.aleo").map_err(text("program name"))?;
        let name = Identifier::from_str("fee_public").map_err(text("function name"))?;
        fits("credits.aleo/fee_public", &self.counts(&id, &name)?)
    }

    /// Whether the powers are there for each function that is called, records included.
    fn preflight(&self, authorization: &Authorization<Net>) -> Result<(), LedgerError> {
        for transition in authorization.transitions().values() {
            let (program, function) = (transition.program_id(), transition.function_name());
            let name = format!("{program}/{function}");
            fits(&name, &self.counts(program, function)?)?;
            let stack = self.process.get_stack(program).map_err(|e| LedgerError::Program(format!("{e:#}")))?;
            let types = stack.program().get_function(function).map_err(text("function name"))?.input_types();
            if types.iter().any(|t| matches!(t, ValueType::Record(_) | ValueType::ExternalRecord(_))) {
                return Err(LedgerError::Inclusion { function: name, needed: INCLUSION_POWERS, have: available() });
            }
        }
        Ok(())
    }
}

fn fits(function: &str, counts: &Counts) -> Result<(), LedgerError> {
    preflight(counts).map_err(|error| LedgerError::Powers { function: function.into(), error })?;
    Ok(())
}

fn parse(source: &str) -> Result<Program<Net>, LedgerError> {
    Program::from_str(source).map_err(|e| LedgerError::Program(format!("{e:#}")))
}

/// What the rules since V9 want of a deployment: its checksum and who answers for it.
pub(crate) fn sign_off(deployment: &mut Deployment<Net>, account: &Account) {
    deployment.set_program_checksum_raw(Some(deployment.program().to_checksum()));
    deployment.set_program_owner_raw(Some(account.address));
}
