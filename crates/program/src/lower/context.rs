//! The state of one lowering.

use super::boundary::{Level, Visibility};
use super::role::{Column, Role};
use super::{LowerError, lower, opening::BOUNDARY_WIDTH_VARS, parameter::ParameterLayout};
use crate::layout::{Layout, vars_for};
use crate::program::{ParameterId, Program, Value, ValueId};
use intaglio_argument::system::{Affine, GroupId, Origin, SourceId, System, SystemBuilder, TableId, TensorId};
use std::collections::BTreeMap;

/// A lowered program: the system, and what its tensors, inner products and public tensors are.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The relations.
    pub system: System,
    /// The meaning of each committed tensor but multiplicities.
    pub columns: Vec<Column>,
    /// Inner-product sources: the accumulator of a node without its bias, in the node's layout.
    pub inner: Vec<(SourceId, usize)>,
    /// Inputs that are public, in order of the system's public tensors; then outputs.
    pub public_inputs: Vec<usize>,
    /// Outputs that are public.
    pub public_outputs: Vec<usize>,
    /// Inputs that are committed, in order of imported groups after the model; then outputs.
    pub committed_inputs: Vec<usize>,
    /// Outputs that are committed.
    pub committed_outputs: Vec<usize>,
}

/// What a value is to later relations.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Tensor(TensorId),
    Accumulator(Affine),
    View,
}

/// Collects the relations of a program.
pub struct Lowering<'p> {
    pub(crate) program: &'p Program,
    pub(crate) visibility: &'p Visibility,
    pub(crate) b: SystemBuilder,
    pub(crate) witness: GroupId,
    parameters: Vec<TensorId>,
    values: Vec<Known>,
    ranges: BTreeMap<u32, TableId>,
    functions: BTreeMap<u32, TableId>,
    pub(crate) out: Parts,
    /// Non-zeros of all wirings so far.
    pub(crate) entries: usize,
}

/// What accumulates beside the system.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) columns: Vec<Column>,
    pub(crate) inner: Vec<(SourceId, usize)>,
    pub(crate) public_inputs: Vec<usize>,
    pub(crate) public_outputs: Vec<usize>,
    pub(crate) committed_inputs: Vec<usize>,
    pub(crate) committed_outputs: Vec<usize>,
}

/// `log2` of the columns: a function of the program alone, so that every proof under a commitment has the same.
///
/// Wide enough that about `√cells` rows travel, that the model has no more rows than columns, and that standard
/// boundary rows fit.
///
/// # Errors
///
/// [`LowerError`] if the program cannot be lowered at all.
pub fn column_vars(program: &Program) -> Result<usize, LowerError> {
    let hidden = Visibility::uniform(program, Level::Private, Level::Private);
    let trial = lower(program, &hidden, 26)?;
    let witness: usize =
        trial.system.tensors().iter().filter(|t| t.group == GroupId(1)).map(|t| 1usize << t.num_vars).sum();
    let model: usize = (0..program.parameters().len())
        .map(|i| 1usize << ParameterLayout::of(program, ParameterId(u32::try_from(i).unwrap_or(u32::MAX))).num_vars())
        .sum();
    let shapes = program.inputs().iter().map(|i| &i.shape);
    let outputs = program.outputs().iter().filter_map(|o| program.value(o.value)).map(|v| &v.shape);
    let boundary =
        shapes.chain(outputs).map(|s| Layout::flat(s).num_vars().min(BOUNDARY_WIDTH_VARS)).max().unwrap_or(0);
    let balanced = vars_for(witness).div_ceil(2) + 1;
    Ok(balanced.clamp(5, 14).max(vars_for(model).div_ceil(2)).max(boundary))
}

/// One tensor for each parameter, in order of declaration: its id is the parameter's.
fn declare_parameters(program: &Program, b: &mut SystemBuilder, model: GroupId) -> Vec<TensorId> {
    let declare = |(index, p): (usize, &crate::program::Parameter)| {
        let id = ParameterId(u32::try_from(index).unwrap_or(u32::MAX));
        b.tensor(&p.name, ParameterLayout::of(program, id).num_vars(), model)
    };
    program.parameters().iter().enumerate().map(declare).collect()
}

/// The model group alone: where each parameter's rows are in the commitment.
///
/// # Errors
///
/// [`LowerError`] for a defect of the compiler.
pub fn model_tensors(program: &Program, column_vars: usize) -> Result<System, LowerError> {
    let mut b = SystemBuilder::new("model", column_vars);
    let model = b.group("model", Origin::Imported, column_vars);
    declare_parameters(program, &mut b, model);
    Ok(b.finish()?)
}

impl<'p> Lowering<'p> {
    pub(super) fn new(program: &'p Program, visibility: &'p Visibility, column_vars: usize) -> Self {
        let mut b = SystemBuilder::new("inference", column_vars);
        let model = b.group("model", Origin::Imported, column_vars);
        let witness = b.group("witness", Origin::Witness, column_vars);
        let mut out = Parts::default();
        let parameters = declare_parameters(program, &mut b, model);
        for (index, tensor) in parameters.iter().enumerate() {
            let id = ParameterId(u32::try_from(index).unwrap_or(u32::MAX));
            out.columns.push(Column { tensor: *tensor, role: Role::Parameter(id) });
        }
        Self {
            program,
            visibility,
            b,
            witness,
            parameters,
            values: Vec::new(),
            ranges: BTreeMap::new(),
            functions: BTreeMap::new(),
            out,
            entries: 0,
        }
    }

    pub(super) fn finish(self) -> Result<Lowered, LowerError> {
        let Parts { columns, inner, public_inputs, public_outputs, committed_inputs, committed_outputs } = self.out;
        let system = self.b.finish()?;
        Ok(Lowered { system, columns, inner, public_inputs, public_outputs, committed_inputs, committed_outputs })
    }

    /// The user's name of a node.
    pub(crate) fn node_name(&self, node: usize) -> String {
        match self.program.nodes().get(node) {
            Some(n) => format!("{node}:{}", n.name),
            None => "input".to_owned(),
        }
    }

    /// The declared type of a node's output.
    pub(crate) fn output_value(&self, node: usize) -> Value {
        let value = self.program.value(self.program.output_of(node)).cloned();
        value.unwrap_or(Value {
            shape: vec![],
            lo: 0,
            hi: 0,
            class: crate::program::Class::Tensor,
            layout: Layout::default(),
            padding: (0, 0),
        })
    }

    /// Input `index` of a node.
    pub(crate) fn node_input(&self, node: usize, index: usize) -> ValueId {
        let id = self.program.nodes().get(node).and_then(|n| n.inputs.get(index)).copied();
        id.unwrap_or(ValueId(u32::MAX))
    }

    /// A new witness tensor with its meaning.
    pub(crate) fn column(&mut self, name: &str, num_vars: usize, role: Role) -> TensorId {
        let group = self.witness;
        self.column_in(name, num_vars, role, group)
    }

    /// A new tensor of a group, with its meaning.
    pub(crate) fn column_in(&mut self, name: &str, num_vars: usize, role: Role, group: GroupId) -> TensorId {
        let tensor = self.b.tensor(name, num_vars, group);
        self.out.columns.push(Column { tensor, role });
        tensor
    }

    /// The tensor of a parameter.
    pub(crate) fn parameter(&self, id: ParameterId) -> TensorId {
        self.parameters.get(id.0 as usize).copied().unwrap_or(TensorId(u32::MAX))
    }

    /// The physical layout of a parameter.
    pub(crate) fn parameter_layout(&self, id: ParameterId) -> ParameterLayout {
        ParameterLayout::of(self.program, id)
    }

    /// The next value is a committed tensor.
    pub(crate) fn make_tensor(&mut self, tensor: TensorId) {
        self.values.push(Known::Tensor(tensor));
    }

    /// The next value is a virtual accumulator.
    pub(crate) fn make_accumulator(&mut self, form: Affine) {
        self.values.push(Known::Accumulator(form));
    }

    /// The next value is a view.
    pub(crate) fn make_view(&mut self, _value: ValueId) {
        self.values.push(Known::View);
    }

    /// What a value is; a value that was never made has no tensor, and the finished system is refused.
    pub(crate) fn known(&self, id: ValueId) -> Known {
        self.values.get(id.0 as usize).cloned().unwrap_or(Known::Tensor(TensorId(u32::MAX)))
    }

    /// The tensor of a committed value.
    pub(crate) fn tensor_of(&self, id: ValueId) -> TensorId {
        match self.known(id) {
            Known::Tensor(tensor) => tensor,
            Known::Accumulator(_) | Known::View => TensorId(u32::MAX),
        }
    }

    /// The table of `0 .. 2^bits`.
    pub(crate) fn range_table(&mut self, bits: u32) -> TableId {
        if let Some(known) = self.ranges.get(&bits) {
            return *known;
        }
        let table = self.b.table(&format!("range {bits}"), 0, 1 << bits, vec![], self.witness);
        self.ranges.insert(bits, table);
        table
    }

    /// A function table of the program.
    pub(crate) fn function_table(&mut self, index: u32) -> TableId {
        if let Some(known) = self.functions.get(&index) {
            return *known;
        }
        let Some(f) = self.program.tables().get(index as usize) else { return TableId(u32::MAX) };
        let len = u32::try_from(f.outputs.len()).unwrap_or(u32::MAX);
        let table = self.b.table(&f.name, f.first_key, len, vec![f.outputs.clone()], self.witness);
        self.functions.insert(index, table);
        table
    }
}
