//! What the circuit of a program's function takes, counted without any powers.

use crate::error::LedgerError;
use crate::{Circuits, Net};
use intaglio_aleo::r1cs::Counts;
use snarkvm_console::account::{Address, PrivateKey};
use snarkvm_console::program::{Identifier, ProgramID, Request};
use snarkvm_synthesizer::process::{Assignments, CallStack, Process};
use snarkvm_synthesizer::program::StackTrait;

fn refused(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Program(format!("{error:#}"))
}

/// Sizes of one function's circuit, callees not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// As its keys will have them.
    pub counts: Counts,
    /// Variables, constants included: what a deployment pays for.
    pub variables: u64,
}

/// Counts the circuit of a function.
///
/// # Errors
///
/// [`LedgerError::Program`] if there is no such function.
pub fn count(
    process: &Process<Net>,
    program: &ProgramID<Net>,
    function: &Identifier<Net>,
) -> Result<Function, LedgerError> {
    let rng = &mut rand::rng();
    let stack = process.get_stack(program).map_err(refused)?;
    let key = PrivateKey::<Net>::new(rng).map_err(refused)?;
    let address = Address::try_from(&key).map_err(refused)?;
    let types = stack.program().get_function(function).map_err(refused)?.input_types();
    let samples: Result<Vec<_>, _> = types.iter().map(|t| stack.sample_value(&address, &t.into(), rng)).collect();
    let samples = samples.map_err(refused)?;
    let checksum = match stack.program().contains_constructor() {
        true => Some(stack.program_checksum_as_field().map_err(refused)?),
        false => None,
    };
    let samples = samples.into_iter();
    let request = Request::sign(&key, *program, *function, samples, &types, None, true, checksum, false, rng);
    let assignments = Assignments::<Net>::default();
    let request = request.map_err(refused)?;
    let call = CallStack::CheckDeployment(vec![request], key, assignments.clone(), None, None, None);
    stack.execute_function::<Circuits, _>(call, None, None, rng).map_err(refused)?;
    let made = assignments.read();
    let circuit = &made.last().ok_or_else(|| refused("the function has no circuit"))?.0;
    let (a, b, c) = circuit.num_nonzeros();
    let counts = Counts {
        // a key has one row more than its circuit
        constraints: circuit.num_constraints() as usize + 1,
        variables: (circuit.num_public() + circuit.num_private()) as usize,
        publics: circuit.num_public() as usize - 1,
        non_zeros: [a as usize, b as usize, c as usize],
    };
    Ok(Function { counts, variables: circuit.num_variables() })
}
