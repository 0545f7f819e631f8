//! The integer program: inputs, parameters, tables, nodes, outputs. Checked whole when it is made, never changed.

use crate::layout::Layout;
use crate::lower::ParameterLayout;
use crate::ops::{Context, Op, ShapeError};
use crate::tensor::cells;

/// Names a value: inputs first, then one for each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub u32);

/// Names a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub u32);

/// Names a function table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionTableId(pub u32);

/// What a value is for the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Committed cells.
    Tensor,
    /// Never committed; an affine form that a requantisation or an addition takes up.
    Accumulator,
    /// Cells of a tensor, rearranged.
    View,
}

/// The declared type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Least value.
    pub lo: i64,
    /// Greatest value.
    pub hi: i64,
    /// What it is for the proof.
    pub class: Class,
    /// Where its cells are.
    pub layout: Layout,
    /// Least and greatest value that an honest cell beyond the tensor holds, if its layout has such cells.
    pub padding: (i64, i64),
}

/// A model input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The user's name.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Fraction bits.
    pub exponent: i32,
    /// Least value.
    pub lo: i64,
    /// Greatest value.
    pub hi: i64,
    /// True if the user's own values are integers.
    pub integer: bool,
}

/// A committed parameter in `−2^(bits−1) … 2^(bits−1) − 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The user's name.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Width.
    pub bits: u32,
}

impl Parameter {
    /// The declared range.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let half = 1i64 << self.bits.clamp(1, 48).saturating_sub(1);
        (-half, half - 1)
    }
}

/// A public array: `outputs[key − first_key]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionTable {
    /// Name.
    pub name: String,
    /// First key.
    pub first_key: i64,
    /// One output for each key.
    pub outputs: Vec<i64>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The user's node.
    pub name: String,
    /// What is done.
    pub op: Op,
    /// To which values.
    pub inputs: Vec<ValueId>,
}

/// A model output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The user's name.
    pub name: String,
    /// Which value.
    pub value: ValueId,
    /// Fraction bits.
    pub exponent: i32,
    /// True if the user's own values are integers.
    pub integer: bool,
}

/// What happens to a value beyond its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// It becomes the nearest bound, exactly and provably.
    Saturate,
    /// There is no proof.
    Refuse,
}

/// The parts of a program, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Width of range-check limbs: 8, 12 or 16.
    pub limb_bits: u32,
    /// What happens to values beyond their range.
    pub overflow: Overflow,
    /// Inputs.
    pub inputs: Vec<Input>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Function tables.
    pub tables: Vec<FunctionTable>,
    /// Nodes, each after what it reads.
    pub nodes: Vec<Node>,
    /// Outputs.
    pub outputs: Vec<Output>,
}

/// Why parts are no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// A part breaks a rule of its own.
    #[error("{part} '{name}': {reason}")]
    Part {
        /// Which kind of part.
        part: &'static str,
        /// Its name.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A node does not fit what it reads.
    #[error("node '{name}' ({op}): {reason}")]
    Node {
        /// The user's node.
        name: String,
        /// Operator.
        op: &'static str,
        /// What does not fit.
        reason: ShapeError,
    },
}

/// A checked program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    parts: Parts,
    values: Vec<Value>,
    taps: usize,
}

/// Most taps of all windows of a program.
const MAX_TAPS: usize = 1 << 23;
/// Most cells of one tensor.
const MAX_CELLS: usize = 1 << 26;
/// Most variables of a parameter in its layout, padding included.
const MAX_PARAMETER_VARS: usize = 26;
/// Most variables of the value of one node.
const MAX_VALUE_VARS: usize = 23;
/// Most axes of one tensor.
const MAX_RANK: usize = 8;

fn part(part: &'static str, name: &str, reason: &'static str) -> ProgramError {
    ProgramError::Part { part, name: name.to_owned(), reason }
}

fn shape_fits(shape: &[usize]) -> bool {
    shape.len() <= MAX_RANK && shape.iter().all(|d| *d > 0) && cells(shape) <= MAX_CELLS
}

impl Program {
    /// Checks the parts and derives every value's type.
    ///
    /// # Errors
    ///
    /// [`ProgramError`] names the part or the user's node.
    pub fn new(parts: Parts) -> Result<Self, ProgramError> {
        check_declarations(&parts)?;
        let mut values: Vec<Value> = parts
            .inputs
            .iter()
            .map(|i| Value {
                shape: i.shape.clone(),
                lo: i.lo,
                hi: i.hi,
                class: Class::Tensor,
                layout: Layout::flat(&i.shape),
                padding: (i.lo.min(0), i.hi.max(0)),
            })
            .collect();
        let mut taps = 0usize;
        for node in &parts.nodes {
            let fail = |reason| ProgramError::Node { name: node.name.clone(), op: node.op.name(), reason };
            let inputs: Option<Vec<&Value>> = node.inputs.iter().map(|id| values.get(id.0 as usize)).collect();
            let inputs = inputs.ok_or_else(|| fail("it reads a value that does not exist yet"))?;
            if node.op.arity().is_some_and(|takes| takes < inputs.len()) {
                return Err(fail("it reads more values than its operator takes"));
            }
            let cx = Context { inputs: &inputs, parameters: &parts.parameters, tables: &parts.tables };
            let value = node.op.shape(cx).map_err(fail)?;
            if !shape_fits(&value.shape) || value.layout.num_vars() > MAX_VALUE_VARS {
                return Err(fail("its output has no cells, too many cells or too many axes"));
            }
            taps = taps.saturating_add(node.op.taps(&value.shape));
            if taps > MAX_TAPS {
                return Err(fail("all windows up to here have more than 2^23 taps together"));
            }
            values.push(value);
        }
        check_parameters_read_once(&parts)?;
        check_tables_read(&parts)?;
        check_padded_parameters(&parts)?;
        for output in &parts.outputs {
            match values.get(output.value.0 as usize).map(|v| v.class) {
                None => return Err(part("output", &output.name, "its value does not exist")),
                Some(Class::Accumulator) => {
                    return Err(part("output", &output.name, "an accumulator cannot be an output"));
                }
                Some(Class::Tensor | Class::View) => {}
            }
        }
        Ok(Self { parts, values, taps })
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Inputs.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.parts.inputs
    }

    /// Parameters.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parts.parameters
    }

    /// Function tables.
    #[must_use]
    pub fn tables(&self) -> &[FunctionTable] {
        &self.parts.tables
    }

    /// Nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.parts.nodes
    }

    /// Outputs.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.parts.outputs
    }

    /// Width of range-check limbs.
    #[must_use]
    pub fn limb_bits(&self) -> u32 {
        self.parts.limb_bits
    }

    /// What happens to values beyond their range.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.parts.overflow
    }

    /// All values: inputs, then one for each node.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Windows times offsets of all operators that have windows.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// One value.
    #[must_use]
    pub fn value(&self, id: ValueId) -> Option<&Value> {
        self.values.get(id.0 as usize)
    }

    /// The value that node `index` makes.
    #[must_use]
    pub fn output_of(&self, index: usize) -> ValueId {
        ValueId(u32::try_from(self.parts.inputs.len() + index).unwrap_or(u32::MAX))
    }

    /// The node that makes a value, with its index; none for inputs.
    #[must_use]
    pub fn maker(&self, id: ValueId) -> Option<(usize, &Node)> {
        let index = (id.0 as usize).checked_sub(self.parts.inputs.len())?;
        self.parts.nodes.get(index).map(|n| (index, n))
    }
}

/// A parameter's layout is that of the one node that reads it.
fn check_parameters_read_once(parts: &Parts) -> Result<(), ProgramError> {
    let mut reads = vec![0usize; parts.parameters.len()];
    for node in &parts.nodes {
        for id in node.op.parameters() {
            if let Some(count) = reads.get_mut(id.0 as usize) {
                *count += 1;
            }
        }
    }
    match parts.parameters.iter().zip(&reads).find(|(_, count)| **count != 1) {
        Some((p, _)) => Err(part("parameter", &p.name, "it must be read by exactly one node")),
        None => Ok(()),
    }
}

/// A table that no node reads would give one meaning several identities.
fn check_tables_read(parts: &Parts) -> Result<(), ProgramError> {
    let read = |index: usize| {
        let reads = |n: &Node| matches!(&n.op, Op::Lookup(l) if l.table.0 as usize == index);
        parts.nodes.iter().any(reads)
    };
    match parts.tables.iter().enumerate().find(|(index, _)| !read(*index)) {
        Some((_, t)) => Err(part("table", &t.name, "no node reads it")),
        None => Ok(()),
    }
}

/// A parameter has at most `MAX_CELLS` cells with the padding of each of its axes, too.
fn check_padded_parameters(parts: &Parts) -> Result<(), ProgramError> {
    for (index, p) in parts.parameters.iter().enumerate() {
        let id = ParameterId(u32::try_from(index).unwrap_or(u32::MAX));
        let reader = parts.nodes.iter().map(|n| &n.op).find(|op| op.parameters().contains(&id));
        let layout = ParameterLayout::read_by(reader, id, &p.shape);
        if layout.num_vars() > MAX_PARAMETER_VARS {
            return Err(part("parameter", &p.name, "more than 2^26 cells with the padding of its axes"));
        }
    }
    Ok(())
}

fn check_declarations(parts: &Parts) -> Result<(), ProgramError> {
    if ![8, 12, 16].contains(&parts.limb_bits) {
        return Err(part("program", "limbs", "range-check limbs have 8, 12 or 16 bits"));
    }
    if parts.inputs.is_empty() || parts.outputs.is_empty() {
        return Err(part("program", "interface", "a program needs an input and an output"));
    }
    let mut names = std::collections::BTreeSet::new();
    for input in &parts.inputs {
        let bounded = input.lo < input.hi && input.lo >= -(1 << 31) && input.hi < 1 << 32;
        if !shape_fits(&input.shape) || !bounded || input.exponent.unsigned_abs() > 64 || !names.insert(&input.name) {
            return Err(part("input", &input.name, "shape, range, exponent or a name that is taken"));
        }
    }
    names.clear();
    for p in &parts.parameters {
        if !shape_fits(&p.shape) || !(2..=48).contains(&p.bits) || !names.insert(&p.name) {
            return Err(part("parameter", &p.name, "shape, a width outside 2…48 bits, or a name that is taken"));
        }
    }
    for t in &parts.tables {
        let bounded = t.first_key.unsigned_abs() < 1 << 40 && t.outputs.iter().all(|y| y.unsigned_abs() < 1 << 40);
        if t.outputs.is_empty() || t.outputs.len() > 1 << 16 || !bounded {
            return Err(part("table", &t.name, "1 to 2^16 rows of less than 40 bits"));
        }
    }
    names.clear();
    for output in &parts.outputs {
        if output.exponent.unsigned_abs() > 64 || !names.insert(&output.name) {
            return Err(part("output", &output.name, "exponent, or a name that is taken"));
        }
    }
    Ok(())
}
