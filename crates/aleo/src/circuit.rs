//! From an integer program, its weights and one input to a circuit; weights are constants of it.
//!
//! Public values: model digest, context, then the inputs if they are shown, then the outputs. Digest and context stand in no
//! constraint; the proof binds them. Everything else is private, and each private variable has one value for one input.

use crate::gadgets::{
    Misfit, Number, Rescale, bits, lookup, maximum, multiply, quotient, rescale, signed_bits, single,
};
use crate::r1cs::{Public, R1cs, Wire};
use intaglio_program::interpret::{RunError, check_inputs, check_parameters, run};
use intaglio_program::ops::Op;
use intaglio_program::program::{Overflow, ParameterId, Program, Value, ValueId};
use intaglio_program::tensor::{IntTensor, broadcast_index, cells, unravel};
use snarkvm_curves::bls12_377::Fr;
use snarkvm_utilities::FromBytes;

/// Most rows of a function table: one selector each.
pub const MAX_TABLE: usize = 1 << 8;

/// Whether the input stands in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// It does.
    Shown,
    /// It does not.
    Hidden,
}

/// What a proof is about, besides the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tags {
    /// Digest of the model: [`model_digest`].
    pub model: Fr,
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

/// The circuit of one run. Its shape depends on the program, the weights and `shown` only.
///
/// # Errors
///
/// [`CircuitError`].
pub fn synthesise(
    program: &Program,
    parameters: &[IntTensor],
    inputs: &[IntTensor],
    shown: Input,
    tags: Tags,
) -> Result<R1cs, CircuitError> {
    check_inputs(program, inputs)?;
    check_parameters(program, parameters)?;
    let outputs = run(program, inputs, parameters)?;
    let mut publics = vec![Public::Tag(tags.model), Public::Tag(tags.context)];
    let numbers = |tensor: &IntTensor| tensor.data.iter().map(|v| Public::Number((*v).into())).collect::<Vec<_>>();
    if shown == Input::Shown {
        publics.extend(inputs.iter().flat_map(&numbers));
    }
    let first_output = publics.len() + 1;
    publics.extend(program.outputs().iter().flat_map(|o| numbers(&outputs.values[o.value.0 as usize])));
    let mut synthesis = Synthesis { program, parameters, cs: R1cs::new(publics), values: Vec::new() };
    synthesis.inputs(inputs, shown)?;
    for index in 0..program.nodes().len() {
        let own = synthesis
            .node(index)
            .map_err(|Misfit| CircuitError::OutOfRange { node: program.nodes()[index].name.clone() })?;
        synthesis.values.push(own);
    }
    let mut wire = first_output;
    for output in program.outputs() {
        for number in synthesis.values[output.value.0 as usize].clone() {
            let stated = Number::wire(Wire(wire as u32), number.value);
            synthesis.cs.zero(number.plus(-1, &stated).form);
            wire += 1;
        }
    }
    Ok(synthesis.cs)
}

struct Synthesis<'a> {
    program: &'a Program,
    parameters: &'a [IntTensor],
    cs: R1cs,
    /// Row-major cells of each value.
    values: Vec<Vec<Number>>,
}

impl<'a> Synthesis<'a> {
    /// Shown inputs are checked by whoever reads the statement; hidden ones are range-checked here.
    fn inputs(&mut self, inputs: &[IntTensor], shown: Input) -> Result<(), CircuitError> {
        for node in self.program.nodes() {
            if let Op::Lookup(op) = &node.op {
                let rows = self.program.tables()[op.table.0 as usize].outputs.len();
                if rows > MAX_TABLE {
                    return Err(CircuitError::Table { node: node.name.clone(), rows });
                }
            }
        }
        let mut public = 3;
        for (input, declared) in inputs.iter().zip(self.program.inputs()) {
            let mut own = Vec::with_capacity(input.data.len());
            for value in &input.data {
                let value = i128::from(*value);
                if shown == Input::Shown {
                    own.push(Number::wire(Wire(public), value));
                    public += 1;
                    continue;
                }
                let number = Number::wire(self.cs.alloc(value), value);
                self.within(&number, (declared.lo.into(), declared.hi.into()))
                    .map_err(|Misfit| CircuitError::OutOfRange { node: declared.name.clone() })?;
                own.push(number);
            }
            self.values.push(own);
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

    fn value(&self, id: ValueId) -> &'a Value {
        &self.program.values()[id.0 as usize]
    }

    fn range(&self, id: ValueId) -> (i128, i128) {
        (self.value(id).lo.into(), self.value(id).hi.into())
    }

    /// Row-major cells of what a node makes.
    fn node(&mut self, index: usize) -> Result<Vec<Number>, Misfit> {
        let node = &self.program.nodes()[index];
        let out = self.program.output_of(index);
        let x = || self.values[node.inputs[0].0 as usize].clone();
        match &node.op {
            Op::Conv(_) | Op::MatMul(_) | Op::SumPool(_) | Op::Add(_) | Op::Reshape(_) | Op::Transpose(_) => {
                Ok(self.linear(index))
            }
            Op::Product(_) => {
                let (a, b) = (x(), self.values[node.inputs[1].0 as usize].clone());
                let shape = &self.value(node.inputs[0]).shape;
                let (m, k) = (shape[shape.len() - 2], shape[shape.len() - 1]);
                let n = self.value(out).shape[shape.len() - 1];
                let sum = |cs: &mut R1cs, row: usize, column: usize| {
                    let lead = row / m;
                    (0..k).fold(Number::constant(0), |sum, t| {
                        let product = multiply(cs, &a[row * k + t], &b[(lead * k + t) * n + column]);
                        sum.plus(1, &product)
                    })
                };
                let cs = &mut self.cs;
                Ok((0..a.len() / k).flat_map(|row| (0..n).map(|c| sum(cs, row, c)).collect::<Vec<_>>()).collect())
            }
            Op::Requantise(op) => {
                let rule = Rescale {
                    shift: op.shift,
                    kept: (op.lo.into(), op.hi.into()),
                    declared: self.range(node.inputs[0]),
                    saturate: self.program.overflow() == Overflow::Saturate,
                };
                x().iter().map(|acc| rescale(&mut self.cs, acc, rule)).collect()
            }
            Op::Lookup(op) => {
                let table = &self.program.tables()[op.table.0 as usize];
                x().iter().map(|key| lookup(&mut self.cs, key, table.first_key.into(), &table.outputs)).collect()
            }
            Op::MaxPool(op) => {
                let (x, range) = (x(), self.range(node.inputs[0]));
                let (spatial, windows) = (&self.value(node.inputs[0]).shape[2..], &self.value(out).shape[2..]);
                let elements = op.elements(spatial, windows);
                let area = cells(spatial);
                let mut made = Vec::new();
                for channel in 0..x.len() / area {
                    for window in 0..cells(windows) {
                        let mut own: Vec<usize> = elements.iter().filter_map(|e| e[window]).collect();
                        own.sort_unstable();
                        own.dedup();
                        let mut best = x[channel * area + own[0]].clone();
                        for cell in &own[1..] {
                            best = maximum(&mut self.cs, &x[channel * area + cell], &best, range)?;
                        }
                        made.push(best);
                    }
                }
                Ok(made)
            }
            Op::ArgMax(op) => {
                let (x, (lo, hi)) = (x(), self.range(node.inputs[0]));
                let shape = self.value(node.inputs[0]).shape.clone();
                let rows = cells(&op.rows(&shape));
                (0..rows)
                    .map(|row| {
                        let own = |i: usize| &x[op.cell(&shape, row, i)];
                        let (mut best, mut index) = (own(0).clone(), Number::constant(0));
                        for i in 1..shape[op.axis] {
                            // 1 where the cell is greater than all before it: later ones must be strictly greater
                            let more = own(i).plus(-1, &best);
                            let (_, later) =
                                quotient(&mut self.cs, &more.offset(-1), signed_bits(lo - hi - 1, hi - lo), 0)?;
                            let raised = multiply(&mut self.cs, &later, &more);
                            best = single(&mut self.cs, best.plus(1, &raised));
                            index = index.plus(
                                1,
                                &multiply(&mut self.cs, &later, &Number::constant(i as i128).plus(-1, &index)),
                            );
                        }
                        Ok(single(&mut self.cs, index))
                    })
                    .collect()
            }
        }
    }

    /// Operators that cost no constraint: weighted sums of cells and constants.
    fn linear(&self, index: usize) -> Vec<Number> {
        let node = &self.program.nodes()[index];
        let out = self.value(self.program.output_of(index));
        let x = &self.values[node.inputs[0].0 as usize];
        let input = &self.value(node.inputs[0]).shape;
        let weight = |id: ParameterId, at: usize| i128::from(self.parameters[id.0 as usize].data[at]);
        let bias = |id: Option<ParameterId>, at: usize| Number::constant(id.map_or(0, |id| weight(id, at)));
        match &node.op {
            Op::MatMul(op) => {
                let (o, k) = (out.shape[out.shape.len() - 1], input[input.len() - 1]);
                let cell = |flat: usize| {
                    let terms = (0..k).map(|t| (weight(op.weight, flat % o * k + t), &x[flat / o * k + t]));
                    sum(bias(op.bias, flat % o), terms)
                };
                (0..cells(&out.shape)).map(cell).collect()
            }
            Op::Conv(op) => {
                let (c, m, area, windows) = (input[1], out.shape[1], cells(&input[2..]), cells(&out.shape[2..]));
                let (per_group, out_per_group, volume) = (c / op.groups, m / op.groups, op.window.volume());
                let mut taps = vec![Vec::new(); windows];
                op.window
                    .taps(&input[2..], &out.shape[2..])
                    .iter()
                    .for_each(|t| taps[t.out].push((t.offset, t.source)));
                let cell = |flat: usize| {
                    let (image, o, window) = (flat / (m * windows), flat / windows % m, flat % windows);
                    let first = o / out_per_group * per_group;
                    let terms =
                        (0..per_group).flat_map(|i| taps[window].iter().map(move |tap| (i, tap))).map(|(i, tap)| {
                            let at = (o * per_group + i) * volume + tap.0;
                            (weight(op.weight, at), &x[(image * c + first + i) * area + tap.1])
                        });
                    sum(bias(op.bias, o), terms)
                };
                (0..cells(&out.shape)).map(cell).collect()
            }
            Op::SumPool(op) => {
                let (area, windows) = (cells(&input[2..]), cells(&out.shape[2..]));
                let taps = op.window.taps(&input[2..], &out.shape[2..]);
                let weights = op.weights(&taps, windows);
                let mut made = vec![Vec::new(); cells(&out.shape)];
                for channel in 0..x.len() / area {
                    for tap in &taps {
                        made[channel * windows + tap.out]
                            .push((i128::from(weights[tap.out]), &x[channel * area + tap.source]));
                    }
                }
                made.into_iter().map(|terms| sum(Number::constant(0), terms.into_iter())).collect()
            }
            Op::Add(op) => {
                let cell = |flat: usize| {
                    let at = unravel(flat, &out.shape);
                    let mut constant = i128::from(op.constant);
                    for (id, k) in &op.parameters {
                        constant +=
                            i128::from(*k) * weight(*id, broadcast_index(&at, &self.parameters[id.0 as usize].shape));
                    }
                    let terms = node.inputs.iter().zip(&op.coefficients).map(|(id, k)| {
                        let own = broadcast_index(&at, &self.value(*id).shape);
                        (i128::from(*k), &self.values[id.0 as usize][own])
                    });
                    sum(Number::constant(constant), terms)
                };
                (0..cells(&out.shape)).map(cell).collect()
            }
            Op::Transpose(op) => (0..x.len()).map(|flat| x[op.source(flat, input)].clone()).collect(),
            _ => x.clone(),
        }
    }
}

/// `constant + Σ k·x`, all forms merged at once.
fn sum<'n>(constant: Number, terms: impl Iterator<Item = (i128, &'n Number)>) -> Number {
    let (mut form, mut value) = (constant.form, constant.value);
    for (k, x) in terms.filter(|(k, _)| *k != 0) {
        value += k * x.value;
        form.extend(x.form.iter().map(|(wire, own)| (*wire, k * own)));
    }
    form.sort_unstable_by_key(|(wire, _)| *wire);
    form.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    form.retain(|(_, k)| *k != 0);
    Number { form, value }
}
