//! From an integer program, its weights and one input to a circuit.
//!
//! | public value | constrained |
//! |---|---|
//! | model: the digest of constant (*baked*) weights, or the commitment to private ones | only the commitment |
//! | context | no: the proof binds it all the same |
//! | inputs, if they are shown; or the commitment to them | yes |
//! | outputs | yes |
//!
//! Everything else is private, and each private variable but a salt has one value for one input and one model.

use crate::commitments::{constrain_inputs, constrain_model, input_commitment, model_commitment, width};
use crate::gadgets::{Misfit, Number, bits, loose_bits, quotient, signed_bits};
use crate::operators;
use crate::r1cs::{Form, R1cs, Value, Wire};
use intaglio_program::interpret::{RunError, check_inputs, check_parameters, run};
use intaglio_program::ops::Op;
use intaglio_program::program::Program;
use intaglio_program::tensor::{IntTensor, cells};
use snarkvm_curves::bls12_377::Fr;
use snarkvm_utilities::FromBytes;

/// Most rows of a function table: one selector each.
pub const MAX_TABLE: usize = 1 << 8;

/// How the statement names the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Weights are constants of the circuit, and the verifying key identifies them; the statement carries a digest:
    /// [`model_digest`].
    Baked {
        /// The digest.
        digest: Fr,
    },
    /// Weights are private; the statement carries a commitment to them.
    Committed {
        /// Uniform, and kept with the weights.
        salt: Fr,
    },
}

/// How the statement names the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// As they are.
    Shown,
    /// Not at all.
    Hidden,
    /// By a commitment.
    Committed {
        /// Uniform, fresh for each commitment that shall not be linked.
        salt: Fr,
    },
}

/// What a proof is about, besides the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The model.
    pub weights: Weights,
    /// The inputs.
    pub inputs: Inputs,
    /// What the verifier wants bound: a request, a replay key.
    pub context: Fr,
}

/// Why there is no circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CircuitError {
    /// Inputs or weights do not fit the program.
    #[error(transparent)]
    Operand(#[from] RunError),
    /// A value leaves its range, and the program does not saturate.
    #[error("node '{node}': a value leaves its range, and this program does not saturate")]
    OutOfRange {
        /// The user's node.
        node: String,
    },
    /// A table is too long.
    #[error("node '{node}': a table of {rows} rows, at most {MAX_TABLE} become a circuit: compile with narrower keys")]
    Table {
        /// The user's node.
        node: String,
        /// Its rows.
        rows: usize,
    },
}

/// The digest of a baked model: salt, program and weights. The salt hides weights that could be guessed.
#[must_use]
pub fn model_digest(program: &Program, parameters: &[IntTensor], salt: &[u8; 32]) -> Fr {
    let mut state = blake2b_simd::Params::new().hash_length(31).personal(b"intaglio-baked-1").to_state();
    state.update(salt).update(&program.digest());
    for value in parameters.iter().flat_map(|p| &p.data) {
        state.update(&value.to_le_bytes());
    }
    field_of(state.finalize().as_bytes())
}

/// Up to 31 bytes as a field element, little-endian.
#[must_use]
pub fn field_of(bytes: &[u8]) -> Fr {
    let mut wide = [0u8; 32];
    wide.iter_mut().zip(bytes.iter().take(31)).for_each(|(w, b)| *w = *b);
    Fr::read_le(&wide[..]).unwrap_or_default()
}

/// The circuit of one run. Its shape depends on the program and the kinds of `request` only, and on the weights if they
/// are baked.
///
/// # Errors
///
/// [`CircuitError`].
pub fn synthesise(
    program: &Program,
    parameters: &[IntTensor],
    inputs: &[IntTensor],
    request: Request,
) -> Result<R1cs, CircuitError> {
    check_inputs(program, inputs)?;
    check_parameters(program, parameters)?;
    check_tables(program)?;
    let outputs = run(program, inputs, parameters)?;
    let told: Vec<&IntTensor> = program.outputs().iter().map(|o| &outputs.values[o.value.0 as usize]).collect();
    let publics = publics(program, parameters, inputs, &told, request);
    build(program, parameters, inputs, request, R1cs::new(publics))
}

/// The shape of such a circuit: what keys are made from, and what costs are counted on. Its values mean nothing.
///
/// # Errors
///
/// [`CircuitError`].
pub fn shape(program: &Program, parameters: &[IntTensor], request: Request) -> Result<R1cs, CircuitError> {
    check_parameters(program, parameters)?;
    check_tables(program)?;
    let zeros = |shape: &[usize]| IntTensor { shape: shape.to_vec(), data: vec![0; cells(shape)] };
    let inputs: Vec<IntTensor> = program.inputs().iter().map(|i| zeros(&i.shape)).collect();
    let outputs = program.outputs().iter().map(|o| zeros(&program.values()[o.value.0 as usize].shape));
    let outputs: Vec<IntTensor> = outputs.collect();
    let publics = publics(program, parameters, &inputs, &outputs.iter().collect::<Vec<_>>(), request);
    build(program, parameters, &inputs, request, R1cs::shape(publics))
}

/// Model, context, inputs as they are told, outputs.
fn publics(
    program: &Program,
    parameters: &[IntTensor],
    inputs: &[IntTensor],
    outputs: &[&IntTensor],
    request: Request,
) -> Vec<Value> {
    let model = match request.weights {
        Weights::Baked { digest } => digest,
        Weights::Committed { salt } => model_commitment(program, parameters, salt),
    };
    let mut publics = vec![Value::Field(model), Value::Field(request.context)];
    let numbers = |tensor: &IntTensor| tensor.data.iter().map(|v| Value::Number((*v).into())).collect::<Vec<_>>();
    match request.inputs {
        Inputs::Shown => publics.extend(inputs.iter().flat_map(&numbers)),
        Inputs::Hidden => {}
        Inputs::Committed { salt } => publics.push(Value::Field(input_commitment(program, inputs, salt))),
    }
    publics.extend(outputs.iter().flat_map(|tensor| numbers(tensor)));
    publics
}

fn build(
    program: &Program,
    parameters: &[IntTensor],
    inputs: &[IntTensor],
    request: Request,
    cs: R1cs,
) -> Result<R1cs, CircuitError> {
    let told: usize = program.outputs().iter().map(|o| cells(&program.values()[o.value.0 as usize].shape)).sum();
    let first_output = cs.publics().len() + 1 - told;
    let mut own = Synthesis { program, parameters: Vec::new(), cs, values: Vec::new() };
    own.weights(parameters, request.weights);
    own.inputs(inputs, request.inputs)?;
    for index in 0..program.nodes().len() {
        let made = operators::node(&mut own, index)
            .map_err(|Misfit| CircuitError::OutOfRange { node: program.nodes()[index].name.clone() })?;
        own.values.push(made);
    }
    let mut wire = first_output;
    for output in program.outputs() {
        for number in own.values[output.value.0 as usize].clone() {
            let stated = Number::wire(Wire(wire as u32), number.value);
            own.cs.zero(number.plus(-1, &stated).form);
            wire += 1;
        }
    }
    Ok(own.cs)
}

fn check_tables(program: &Program) -> Result<(), CircuitError> {
    for node in program.nodes() {
        if let Op::Lookup(op) = &node.op {
            let rows = program.tables()[op.table.0 as usize].outputs.len();
            if rows > MAX_TABLE {
                return Err(CircuitError::Table { node: node.name.clone(), rows });
            }
        }
    }
    Ok(())
}

/// A cell as what its digits add up to: at least zero, below `2^bits`.
pub(crate) struct Digits {
    pub(crate) bits: u32,
    pub(crate) form: Form,
}

/// A circuit in the making.
pub(crate) struct Synthesis<'a> {
    pub(crate) program: &'a Program,
    /// Row-major cells of each parameter.
    pub(crate) parameters: Vec<Vec<Number>>,
    pub(crate) cs: R1cs,
    /// Row-major cells of each value.
    pub(crate) values: Vec<Vec<Number>>,
}

impl Synthesis<'_> {
    /// Private weights have as many bits as the program declares, and no others.
    fn weights(&mut self, parameters: &[IntTensor], weights: Weights) {
        let Weights::Committed { salt } = weights else {
            let constants = |own: &IntTensor| own.data.iter().map(|w| Number::constant((*w).into())).collect();
            self.parameters = parameters.iter().map(constants).collect();
            return;
        };
        let mut cells = Vec::new();
        for (declared, own) in self.program.parameters().iter().zip(parameters) {
            let half = 1i128 << (declared.bits - 1);
            let mut numbers = Vec::with_capacity(own.data.len());
            for weight in &own.data {
                let raw = loose_bits(&mut self.cs, i128::from(*weight) + half, declared.bits);
                numbers.push(raw.offset(-half));
                cells.push(Digits { bits: declared.bits, form: raw.form });
            }
            self.parameters.push(numbers);
        }
        constrain_model(&mut self.cs, Wire(1), (self.program, salt), cells.into_iter());
    }

    /// Shown inputs are checked by whoever reads the statement; others are range-checked here.
    fn inputs(&mut self, inputs: &[IntTensor], kind: Inputs) -> Result<(), CircuitError> {
        let mut public = 3;
        let mut cells = Vec::new();
        for (input, declared) in inputs.iter().zip(self.program.inputs()) {
            let mut own = Vec::with_capacity(input.data.len());
            for value in &input.data {
                let value = i128::from(*value);
                if kind == Inputs::Shown {
                    own.push(Number::wire(Wire(public), value));
                    public += 1;
                    continue;
                }
                let number = Number::wire(self.cs.alloc(value), value);
                self.within(&number, (declared.lo.into(), declared.hi.into()))
                    .map_err(|Misfit| CircuitError::OutOfRange { node: declared.name.clone() })?;
                let form = number.offset(-i128::from(declared.lo)).form;
                cells.push(Digits { bits: width(declared), form });
                own.push(number);
            }
            self.values.push(own);
        }
        if let Inputs::Committed { salt } = kind {
            constrain_inputs(&mut self.cs, Wire(3), (self.program, salt), cells.into_iter());
        }
        Ok(())
    }

    /// Asks for `lo ≤ number ≤ hi`.
    fn within(&mut self, number: &Number, (lo, hi): (i128, i128)) -> Result<(), Misfit> {
        let n = signed_bits(lo, hi);
        if lo == -(1 << (n - 1)) && hi == (1 << (n - 1)) - 1 {
            quotient(&mut self.cs, number, n, 0)?;
            return Ok(());
        }
        let width = signed_bits(0, hi - lo) - 1;
        bits(&mut self.cs, &number.offset(-lo), width)?;
        if hi - lo + 1 != 1 << width {
            bits(&mut self.cs, &Number::constant(hi).plus(-1, number), width)?;
        }
        Ok(())
    }
}
