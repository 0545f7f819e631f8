//! A program with its parameters packed for fast runs.

use super::copy::Copy;
use super::linear::{Convolution, Matrix, doubles, in_words, integers, product};
use super::trace::{Saturation, Trace};
use super::windows::Windows;
use crate::error::ProverError;
use intaglio_algebra::kernels::integers::{Shift, count_outside, shift_and_keep};
use intaglio_program::interpret::{check_inputs, check_parameters};
use intaglio_program::layout::Layout;
use intaglio_program::lower::{Level, ParameterLayout};
use intaglio_program::ops::{Op, Operands, add::Add, requantise::Requantise};
use intaglio_program::program::{Class, Overflow, ParameterId, Program, Value, ValueId};
use intaglio_program::tensor::{IntTensor, broadcast_index, cells, unravel};
use intaglio_program::view::root;
use zeroize::{Zeroize, Zeroizing};

/// Runs one program with one set of parameters: all index arithmetic and all conversions of weights are done once.
pub struct Runner {
    program: Program,
    /// How to read each value row-major, from the array behind it.
    reads: Vec<Read>,
    steps: Vec<Step>,
}

/// The row-major cells of a value.
struct Read {
    behind: usize,
    cells: usize,
    copy: Copy,
}

/// What a node needs besides its operator.
enum Step {
    /// From padded cells to padded cells.
    Convolve(Convolution, Bias),
    Multiply(Matrix, Copy, Bias),
    Product((usize, usize, usize, usize), Copy),
    Add {
        constants: Vec<i64>,
        terms: Vec<Copy>,
    },
    Sum(Windows, Copy),
    Maximum(Windows, Copy),
    ArgMax(Copy),
    Direct,
    View,
}

/// A bias, padded, and the variables of the accumulator that lie below its own.
struct Bias(Option<(Vec<i64>, usize)>);

impl Bias {
    /// Calls `each(cell, bias)` for every cell of a padded accumulator.
    fn apply(&self, cells: &mut [i64], each: impl Fn(&mut i64, i64)) {
        let Some((bias, behind)) = &self.0 else { return };
        match behind {
            0 => cells.chunks_mut(bias.len()).for_each(|c| c.iter_mut().zip(bias).for_each(|(s, b)| each(s, *b))),
            _ => {
                let biases = bias.iter().cycle();
                cells.chunks_mut(1 << behind).zip(biases).for_each(|(c, b)| c.iter_mut().for_each(|s| each(s, *b)));
            }
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        for step in &mut self.steps {
            match step {
                Step::Convolve(_, bias) | Step::Multiply(_, _, bias) => {
                    bias.0.iter_mut().for_each(|(bias, _)| bias.zeroize());
                }
                Step::Add { constants, .. } => constants.zeroize(),
                _ => {}
            }
        }
    }
}

/// From the row-major cells to the padded array.
fn scatter(layout: &Layout) -> Copy {
    Copy::new((0..layout.cells()).map(|flat| (flat, layout.cell_of(flat))))
}

impl Runner {
    /// Packs the parameters.
    ///
    /// # Errors
    ///
    /// [`ProverError::Operand`] if parameters do not fit the program.
    pub fn new(program: &Program, parameters: &[IntTensor]) -> Result<Self, ProverError> {
        check_parameters(program, parameters)?;
        let reads = (0..program.values().len()).map(|id| read(program, ValueId(id as u32))).collect();
        let steps = (0..program.nodes().len()).map(|node| step(program, parameters, node)).collect();
        Ok(Self { program: program.clone(), reads, steps })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Whether a run takes some milliseconds at most: it is not worth a thread of its own.
    #[must_use]
    pub fn is_short(&self) -> bool {
        const SHORT: usize = 1 << 26;
        let products = self.steps.iter().map(|step| match step {
            Step::Convolve(map, _) => map.multiplications(),
            Step::Multiply(map, _, _) => map.multiplications(),
            Step::Product((lead, m, k, n), _) => [m, k, n].iter().fold(*lead, |all, len| all.saturating_mul(**len)),
            _ => 0,
        });
        let cells: usize = self.program.values().iter().map(|v| 1 << v.layout.num_vars()).sum();
        products.fold(cells, usize::saturating_add) < SHORT
    }

    /// Runs the program on padded arrays; `levels` say which inputs the statement shows: their padding is zero.
    ///
    /// # Errors
    ///
    /// [`ProverError::Operand`] if inputs do not fit, [`ProverError::OutOfRange`] under `overflow = "refuse"`.
    pub fn run(&self, inputs: &[IntTensor], levels: &[Level]) -> Result<Trace, ProverError> {
        let program = &self.program;
        check_inputs(program, inputs)?;
        let mut trace = Trace::default();
        for ((input, declared), level) in inputs.iter().zip(program.inputs()).zip(levels) {
            // a hidden input's padding is range-checked: where the range excludes 0 it holds the least value
            let hidden_away = *level != Level::Public && (declared.lo > 0 || declared.hi < 0);
            let fill = if hidden_away { declared.lo } else { 0 };
            // an input's layout is flat: its cells, then padding
            let padded = 1 << Layout::flat(&declared.shape).num_vars();
            let mut cells = Vec::with_capacity(padded);
            cells.extend_from_slice(&input.data);
            cells.resize(padded, fill);
            trace.physical.push(cells);
        }
        for (index, step) in self.steps.iter().enumerate() {
            let physical = self.node(index, step, &mut trace)?;
            trace.physical.push(physical);
        }
        for output in program.outputs() {
            let shape = program.values()[output.value.0 as usize].shape.clone();
            trace.outputs.push(IntTensor { shape, data: std::mem::take(&mut *self.logical(&trace, output.value)) });
        }
        Ok(trace)
    }

    /// Row-major cells of a value, wiped when dropped.
    pub(super) fn logical(&self, trace: &Trace, id: ValueId) -> Zeroizing<Vec<i64>> {
        let read = &self.reads[id.0 as usize];
        let mut cells = Zeroizing::new(vec![0; read.cells]);
        read.copy.apply(&trace.physical[read.behind], &mut cells, |t, s| *t = *s);
        cells
    }

    /// The elements of the windows of a maximum.
    pub(super) fn windows(&self, node: usize) -> Option<&Windows> {
        match self.steps.get(node) {
            Some(Step::Maximum(windows, _)) => Some(windows),
            _ => None,
        }
    }

    /// The padded cells of an inner product: a node's accumulator without its bias.
    pub(super) fn inner(&self, trace: &Trace, node: usize) -> Option<Vec<i64>> {
        let mut cells = trace.physical.get(self.program.inputs().len() + node)?.clone();
        match self.steps.get(node)? {
            Step::Convolve(_, bias) | Step::Multiply(_, _, bias) => bias.apply(&mut cells, |sum, b| *sum -= b),
            Step::Product(..) => {}
            _ => return None,
        }
        Some(cells)
    }

    /// The padded cells of a node.
    fn node(&self, index: usize, step: &Step, trace: &mut Trace) -> Result<Vec<i64>, ProverError> {
        let node = &self.program.nodes()[index];
        let out = &self.program.values()[self.program.inputs().len() + index];
        let padded = 1 << out.layout.num_vars();
        let logical = |input: usize| self.logical(trace, node.inputs[input]);
        let spread = |copy: &Copy, sums: &[i64]| {
            let mut cells = vec![0; padded];
            copy.apply(sums, &mut cells, |t, s| *t = *s);
            cells
        };
        Ok(match step {
            Step::Convolve(map, bias) => {
                let behind = self.reads[node.inputs[0].0 as usize].behind;
                let mut cells = vec![0; padded];
                map.apply(&trace.physical[behind], &mut cells);
                bias.apply(&mut cells, |sum, b| *sum += b);
                cells
            }
            Step::Multiply(map, to, bias) => {
                let mut cells = spread(to, &map.apply(&logical(0)));
                bias.apply(&mut cells, |sum, b| *sum += b);
                cells
            }
            Step::Product(sizes, to) => {
                spread(to, &integers(&product(&doubles(&logical(0)), &doubles(&logical(1)), *sizes)))
            }
            Step::Add { constants, terms } => self.add(constants, terms, index, trace),
            Step::Sum(windows, to) => spread(to, &windows.sum(&logical(0))),
            Step::Maximum(windows, to) => spread(to, &windows.maximum(&logical(0))),
            Step::ArgMax(to) => {
                let shape = self.program.values()[node.inputs[0].0 as usize].shape.clone();
                let mut x = IntTensor { shape, data: std::mem::take(&mut *logical(0)) };
                let operands = Operands { inputs: &[&x], parameters: &[], tables: &[] };
                let cells = spread(to, &node.op.evaluate(operands, out).data);
                x.data.zeroize();
                cells
            }
            Step::Direct => self.direct(index, trace)?,
            Step::View => Vec::new(),
        })
    }

    fn add(&self, constants: &[i64], terms: &[Copy], index: usize, trace: &Trace) -> Vec<i64> {
        let node = &self.program.nodes()[index];
        let mut acc = constants.to_vec();
        let Op::Add(Add { coefficients, .. }) = &node.op else { return acc };
        for ((id, c), copy) in node.inputs.iter().zip(coefficients).zip(terms) {
            let behind = self.reads[id.0 as usize].behind;
            copy.apply(&trace.physical[behind], &mut acc, |a, x| *a += c * x);
        }
        acc
    }

    /// Operators that read padded cells one by one.
    fn direct(&self, index: usize, trace: &mut Trace) -> Result<Vec<i64>, ProverError> {
        let node = &self.program.nodes()[index];
        let input = node.inputs[0].0 as usize;
        let x = &trace.physical[input];
        match &node.op {
            Op::Lookup(op) => {
                let table = &self.program.tables()[op.table.0 as usize];
                Ok(x.iter().map(|k| table.outputs[(k - table.first_key) as usize]).collect())
            }
            Op::Requantise(op) => {
                let (least, greatest) = bounds(op);
                let cells = self.reads[input].copy.count(x, |run| count_outside(run, least, greatest));
                if self.program.overflow() == Overflow::Refuse && cells > 0 {
                    return Err(ProverError::OutOfRange { node: node.name.clone(), cells });
                }
                let mut kept = vec![0; x.len()];
                shift_and_keep(x, shift(op), &mut kept);
                trace.saturated.push(Saturation { node: index, cells });
                Ok(kept)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Rounding and range of a requantisation.
fn shift(op: &Requantise) -> Shift {
    let half = op.shift.checked_sub(1).map_or(0, |bit| 1i64 << bit);
    Shift { half, bits: op.shift, lo: op.lo, hi: op.hi }
}

/// Least and greatest accumulator that do not saturate; a ReLU's lower side is its function.
fn bounds(op: &Requantise) -> (i64, i64) {
    let half = i128::from(shift(op).half);
    let narrow = |bound: i128| bound.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let least = (i128::from(op.lo) << op.shift) - half;
    let greatest = ((i128::from(op.hi) + 1) << op.shift) - half - 1;
    (if op.is_relu() { i64::MIN } else { narrow(least) }, narrow(greatest))
}

/// The value behind a value, and where in it each row-major cell is.
fn source(program: &Program, id: ValueId) -> (usize, Vec<usize>) {
    let (behind, map) = root(program, id);
    let layout = &program.values()[behind.0 as usize].layout;
    let cells = cells(&program.values()[id.0 as usize].shape);
    let cell = |flat: usize| layout.cell_of(map.as_ref().map_or(flat, |map| map[flat]));
    (behind.0 as usize, (0..cells).map(cell).collect())
}

fn read(program: &Program, id: ValueId) -> Read {
    let (behind, source) = source(program, id);
    Read {
        behind,
        cells: source.len(),
        copy: Copy::new(source.into_iter().enumerate().map(|(flat, cell)| (cell, flat))),
    }
}

fn step(program: &Program, parameters: &[IntTensor], index: usize) -> Step {
    let node = &program.nodes()[index];
    let out = &program.values()[program.inputs().len() + index];
    let value = |input: usize| &program.values()[node.inputs[input].0 as usize];
    let shape = |input: usize| value(input).shape.as_slice();
    let to = scatter(&out.layout);
    let bias = |id: Option<ParameterId>, behind: usize| {
        let scattered = |id| (ParameterLayout::of(program, id).scatter(&parameters[id.0 as usize].data), behind);
        Bias(id.map(scattered))
    };
    match &node.op {
        Op::Conv(op) => {
            // the spatial axis lies behind the channels
            let behind = out.layout.axis_vars().last().copied().unwrap_or(0);
            let (_, source) = source(program, node.inputs[0]);
            let target = |flat| out.layout.cell_of(flat);
            let map =
                Convolution::new((op, &parameters[op.weight.0 as usize]), (shape(0), &source), (&out.shape, target));
            Step::Convolve(map, bias(op.bias, behind))
        }
        Op::MatMul(op) => {
            let (weights, bits) = (&parameters[op.weight.0 as usize], program.parameters()[op.weight.0 as usize].bits);
            let map = Matrix::new((weights, bits), cells(&out.shape) / weights.shape[0], in_words(value(0)));
            Step::Multiply(map, to, bias(op.bias, 0))
        }
        Op::Product(_) => {
            let (a, n) = (shape(0), out.shape[out.shape.len() - 1]);
            let (m, k) = (a[a.len() - 2], a[a.len() - 1]);
            Step::Product((cells(&a[..a.len() - 2]), m, k, n), to)
        }
        Op::Add(op) => added(program, parameters, op, &node.inputs, out),
        Op::SumPool(op) => Step::Sum(Windows::sums(op, shape(0), &out.shape), to),
        Op::MaxPool(op) => Step::Maximum(Windows::maxima(op, shape(0), &out.shape), to),
        Op::ArgMax(_) => Step::ArgMax(to),
        Op::Requantise(_) | Op::Lookup(_) => Step::Direct,
        Op::Reshape(_) | Op::Transpose(_) => Step::View,
    }
}

/// A weighted sum: constants and parameters are added up once.
fn added(program: &Program, parameters: &[IntTensor], op: &Add, inputs: &[ValueId], out: &Value) -> Step {
    let broadcast = |shape: &[usize], place: &dyn Fn(usize) -> usize| {
        let pair = |flat| (place(broadcast_index(&unravel(flat, &out.shape), shape)), out.layout.cell_of(flat));
        Copy::new((0..out.layout.cells()).map(pair))
    };
    let padded = 1 << out.layout.num_vars();
    let mut constants = vec![op.constant; padded];
    for (id, c) in &op.parameters {
        let p = &parameters[id.0 as usize];
        broadcast(&p.shape, &|flat| flat).apply(&p.data, &mut constants, |acc, w| *acc += c * w);
    }
    let term = |id: &ValueId| {
        let value = &program.values()[id.0 as usize];
        let (behind, map) = root(program, *id);
        let layout = &program.values()[behind.0 as usize].layout;
        match value.class {
            // an accumulator takes part with its padding
            Class::Accumulator => Copy::new((0..padded).map(|cell| (cell, cell))),
            Class::Tensor | Class::View => {
                broadcast(&value.shape, &|flat| layout.cell_of(map.as_ref().map_or(flat, |map| map[flat])))
            }
        }
    };
    Step::Add { constants, terms: inputs.iter().map(term).collect() }
}
