//! From an integer program and its weights to an Aleo program: the weights become constants of its text, and public.
//!
//! ```text
//! weighted sums      field arithmetic            nothing
//! rescale, ReLU      one cast to a word of w bits, which is also the range check      w + 2
//! other clamps       one comparison more for each side that a value can leave         w + 3
//! ```
//!
//! One function `run` takes the cells of the one input, each less the least value that it can have, as unsigned words, and
//! gives the cells of the one output in the same way. A run that the interpreter refuses fails an assertion.
//!
//! What a function costs before its first line is the chain's business; [`predict`](mod@predict) counts all of it exactly.

mod cells;
mod predict;
mod text;

use crate::circuit::Synthesis;
use crate::gadgets::Number;
use crate::linear::linear;
use crate::r1cs::R1cs;
use cells::Cells;
use intaglio_program::interpret::{RunError, check_parameters};
use intaglio_program::ops::Op;
use intaglio_program::program::Program;
use intaglio_program::tensor::{IntTensor, cells};
pub use predict::{Visibility, words};
pub use text::Language;

/// Most cells of an input or output: elements of an Aleo array.
pub const MAX_CELLS: usize = 2048;
/// Most instructions of a function.
pub const MAX_INSTRUCTIONS: usize = u16::MAX as usize;
/// Most bytes of a program's text.
pub const MAX_TEXT: usize = 2_048_000;
/// Most constraints that 2^16 powers prove.
pub const MAX_CONSTRAINTS: usize = 1 << 14;

/// Why there is no Aleo program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstructionsError {
    /// Weights do not fit the program.
    #[error(transparent)]
    Operand(#[from] RunError),
    /// A name that the chain does not take.
    #[error("program name '{0}': a letter, then letters, digits and '_', at most 31 of them, all lower case")]
    Name(String),
    /// An operator that is not written as instructions.
    #[error("node '{node}': {operator} is not written as instructions; a circuit takes it")]
    Operator {
        /// The user's node.
        node: String,
        /// Its operator.
        operator: &'static str,
    },
    /// More than one input or output.
    #[error("a program of instructions has one input and one output, this model has {inputs} and {outputs}")]
    Boundaries {
        /// Inputs.
        inputs: usize,
        /// Outputs.
        outputs: usize,
    },
    /// A value that no word holds.
    #[error("node '{node}': a value needs more than 64 bits: compile with fewer weight or activation bits")]
    Width {
        /// The user's node.
        node: String,
    },
    /// More than the chain takes.
    #[error("{what}: {got}, at most {most}, so {} too many: {remedy}", got - most)]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        got: usize,
        /// How much there may be.
        most: usize,
        /// What to cut.
        remedy: &'static str,
    },
}

/// Name and visibilities of what is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Without `.aleo`; ten letters or more cost nothing extra.
    pub name: String,
    /// Of the input.
    pub input: Visibility,
    /// Of the output.
    pub output: Visibility,
}

/// How cells are handed in or out: `cell − lo` as a word of `bits`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// How many.
    pub cells: usize,
    /// Least value of a cell.
    pub lo: i64,
    /// 8, 16, 32 or 64.
    pub bits: u32,
}

impl Port {
    fn new(cells: usize, (lo, hi): (i64, i64), node: &str) -> Result<Self, InstructionsError> {
        let bits = words(0, i128::from(hi) - i128::from(lo)).ok_or_else(|| too_wide(node))?;
        Ok(Self { cells, lo, bits })
    }

    /// Cells as the program takes them: an array of words.
    #[must_use]
    pub fn encode(&self, cells: &[i64]) -> String {
        let word = |cell: &i64| format!("{}u{}", i128::from(*cell) - i128::from(self.lo), self.bits);
        format!("[{}]", cells.iter().map(word).collect::<Vec<_>>().join(", "))
    }

    /// The cells of an array of words, or nothing if this is none.
    #[must_use]
    pub fn decode(&self, array: &str) -> Option<Vec<i64>> {
        let inner = array.trim().strip_prefix('[')?.strip_suffix(']')?;
        let suffix = format!("u{}", self.bits);
        let cell = |word: &str| -> Option<i64> {
            let number: i128 = word.trim().strip_suffix(&suffix)?.parse().ok()?;
            i64::try_from(number + i128::from(self.lo)).ok()
        };
        let cells: Vec<i64> = inner.split(',').map(cell).collect::<Option<_>>()?;
        (cells.len() == self.cells).then_some(cells)
    }
}

/// A model as a program of instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instructions {
    /// What is deployed.
    pub source: String,
    /// The same for readers.
    pub leo: String,
    /// Constraints of `run`, as the chain will count them.
    pub constraints: usize,
    /// Instructions of `run`.
    pub instructions: usize,
    /// How its input is handed in.
    pub input: Port,
    /// How its output is handed out.
    pub output: Port,
}

/// Writes a model as instructions.
///
/// # Errors
///
/// [`InstructionsError`].
pub fn generate(
    program: &Program,
    parameters: &[IntTensor],
    target: &Target,
) -> Result<Instructions, InstructionsError> {
    check_parameters(program, parameters)?;
    check_name(&target.name)?;
    let ([input], [output]) = (program.inputs(), program.outputs()) else {
        let (inputs, outputs) = (program.inputs().len(), program.outputs().len());
        return Err(InstructionsError::Boundaries { inputs, outputs });
    };
    let told = &program.values()[output.value.0 as usize];
    let takes = Port::new(cells(&input.shape), (input.lo, input.hi), &input.name)?;
    let gives = Port::new(cells(&told.shape), (told.lo, told.hi), &output.name)?;
    for (what, got) in [("cells of the input", takes.cells), ("cells of the output", gives.cells)] {
        limit(what, got, MAX_CELLS, "use a smaller input or output")?;
    }
    let mut made = Cells::new(program, &takes, (input.lo, input.hi));
    let constants = |own: &IntTensor| own.data.iter().map(|w| Number::constant((*w).into())).collect();
    let weights = parameters.iter().map(constants).collect();
    let mut own = Synthesis { program, parameters: weights, cs: R1cs::shape(vec![]), values: vec![made.inputs()] };
    for (index, node) in program.nodes().iter().enumerate() {
        let cells = match &node.op {
            Op::Conv(_) | Op::MatMul(_) | Op::SumPool(_) | Op::Add(_) | Op::Reshape(_) | Op::Transpose(_) => {
                linear(&mut own, index)
            }
            Op::Requantise(op) => {
                let from = own.values[node.inputs[0].0 as usize].clone();
                made.comment(&node.name);
                let rescaled = from.iter().map(|acc| made.rescale(acc, op));
                rescaled.collect::<Option<_>>().ok_or_else(|| too_wide(&node.name))?
            }
            other => return Err(refused(&node.name, other)),
        };
        own.values.push(cells);
    }
    let shown = own.values[output.value.0 as usize].clone();
    made.output(&shown, &gives).ok_or_else(|| too_wide(&output.name))?;
    let constraints = predict::function(target, &takes, &gives) + made.constraints();
    let instructions = made.instructions();
    let source = made.text(target, &takes, &gives, Language::Aleo);
    limit("instructions", instructions, MAX_INSTRUCTIONS, "cut weights: two instructions each")?;
    limit("bytes of the program's text", source.len(), MAX_TEXT, "cut weights")?;
    let leo = made.text(target, &takes, &gives, Language::Leo);
    Ok(Instructions { source, leo, constraints, instructions, input: takes, output: gives })
}

/// Whether 2^16 powers prove so many constraints.
///
/// # Errors
///
/// [`InstructionsError::Limit`].
pub fn fits(constraints: usize) -> Result<(), InstructionsError> {
    limit("constraints", constraints, MAX_CONSTRAINTS, "cut hidden cells or the bits of weights, or show the input")
}

fn limit(what: &'static str, got: usize, most: usize, remedy: &'static str) -> Result<(), InstructionsError> {
    match got <= most {
        true => Ok(()),
        false => Err(InstructionsError::Limit { what, got, most, remedy }),
    }
}

fn too_wide(node: &str) -> InstructionsError {
    InstructionsError::Width { node: node.into() }
}

fn check_name(name: &str) -> Result<(), InstructionsError> {
    let letter = |c: char| c.is_ascii_lowercase();
    let plain = |c: char| letter(c) || c.is_ascii_digit() || c == '_';
    match name.starts_with(letter) && name.chars().all(plain) && name.len() <= 31 {
        true => Ok(()),
        false => Err(InstructionsError::Name(name.into())),
    }
}

fn refused(node: &str, op: &Op) -> InstructionsError {
    let operator = match op {
        Op::Product(_) => "the product of two values",
        Op::Lookup(_) => "a function table",
        Op::MaxPool(_) => "a maximum over windows",
        Op::ArgMax(_) => "the place of a maximum",
        _ => "this operator",
    };
    InstructionsError::Operator { node: node.into(), operator }
}
