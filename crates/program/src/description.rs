//! A program described in JSON, as the quantiser writes it. Read on the prover's machine only.

use crate::ops::window::Window;
use crate::ops::{Op, add, argmax, conv, lookup, matmul, max_pool, product, requantise, sum_pool, view};
use crate::program::{
    FunctionTable, FunctionTableId, Input, Node, Output, Overflow, Parameter, ParameterId, Parts, Program,
    ProgramError, ValueId,
};
use serde::Deserialize;

/// Why a description is no program.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// No JSON of the expected form.
    #[error("description: {0}")]
    Json(#[from] serde_json::Error),
    /// A program that breaks a rule.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    limb_bits: u32,
    overflow: OverflowName,
    inputs: Vec<InputEntry>,
    parameters: Vec<ParameterEntry>,
    tables: Vec<TableEntry>,
    nodes: Vec<NodeEntry>,
    outputs: Vec<OutputEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum OverflowName {
    Saturate,
    Refuse,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputEntry {
    name: String,
    shape: Vec<usize>,
    exponent: i32,
    lo: i64,
    hi: i64,
    #[serde(default)]
    integer: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterEntry {
    name: String,
    shape: Vec<usize>,
    bits: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    name: String,
    first_key: i64,
    outputs: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputEntry {
    name: String,
    value: u32,
    exponent: i32,
    #[serde(default)]
    integer: bool,
}

#[derive(Deserialize)]
struct NodeEntry {
    name: String,
    inputs: Vec<u32>,
    #[serde(flatten)]
    op: OpEntry,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum DivisorName {
    None,
    Window,
    Valid,
}

/// The attributes of a window; the kernel of a convolution is its weights'.
#[derive(Deserialize)]
struct WindowEntry {
    #[serde(default)]
    kernel: Vec<usize>,
    strides: Vec<usize>,
    pads: Vec<usize>,
    dilations: Option<Vec<usize>>,
    #[serde(default)]
    ceil: bool,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum OpEntry {
    Conv {
        weight: u32,
        bias: Option<u32>,
        groups: usize,
        #[serde(flatten)]
        window: WindowEntry,
    },
    Matmul {
        weight: u32,
        bias: Option<u32>,
    },
    BatchMatmul,
    Add {
        coefficients: Vec<i64>,
        #[serde(default)]
        parameters: Vec<(u32, i64)>,
        #[serde(default)]
        constant: i64,
    },
    SumPool {
        #[serde(flatten)]
        window: WindowEntry,
        divisor: DivisorName,
        fraction_bits: u32,
    },
    Requantise {
        shift: u32,
        lo: i64,
        hi: i64,
    },
    Lookup {
        table: u32,
    },
    MaxPool {
        #[serde(flatten)]
        window: WindowEntry,
    },
    Argmax {
        axis: usize,
        keepdims: bool,
    },
    Reshape {
        shape: Vec<usize>,
    },
    Transpose {
        perm: Vec<usize>,
    },
}

impl WindowEntry {
    fn window(self, kernel: Option<&[usize]>) -> Window {
        let kernel = kernel.map_or(self.kernel, <[usize]>::to_vec);
        let dilations = self.dilations.unwrap_or_else(|| vec![1; kernel.len()]);
        Window { kernel, strides: self.strides, pads: self.pads, dilations, ceil: self.ceil }
    }
}

/// The program that a description means.
///
/// # Errors
///
/// [`DescriptionError`] with the line of the JSON, or the user's node.
pub fn parse(json: &str) -> Result<Program, DescriptionError> {
    let d: Description = serde_json::from_str(json)?;
    let parameters: Vec<Parameter> =
        d.parameters.into_iter().map(|p| Parameter { name: p.name, shape: p.shape, bits: p.bits }).collect();
    let nodes = d.nodes.into_iter().map(|n| node(n, &parameters)).collect();
    let input = |i: InputEntry| Input {
        name: i.name,
        shape: i.shape,
        exponent: i.exponent,
        lo: i.lo,
        hi: i.hi,
        integer: i.integer,
    };
    let output =
        |o: OutputEntry| Output { name: o.name, value: ValueId(o.value), exponent: o.exponent, integer: o.integer };
    let table = |t: TableEntry| FunctionTable { name: t.name, first_key: t.first_key, outputs: t.outputs };
    Ok(Program::new(Parts {
        limb_bits: d.limb_bits,
        overflow: match d.overflow {
            OverflowName::Saturate => Overflow::Saturate,
            OverflowName::Refuse => Overflow::Refuse,
        },
        inputs: d.inputs.into_iter().map(input).collect(),
        parameters,
        tables: d.tables.into_iter().map(table).collect(),
        nodes,
        outputs: d.outputs.into_iter().map(output).collect(),
    })?)
}

fn node(entry: NodeEntry, parameters: &[Parameter]) -> Node {
    let op = match entry.op {
        OpEntry::Conv { weight, bias, groups, window } => {
            let shape = parameters.get(weight as usize).map_or(&[][..], |p| p.shape.as_slice());
            let window = window.window(Some(shape.get(2..).unwrap_or(&[])));
            Op::Conv(conv::Conv { weight: ParameterId(weight), bias: bias.map(ParameterId), groups, window })
        }
        OpEntry::Matmul { weight, bias } => {
            Op::MatMul(matmul::MatMul { weight: ParameterId(weight), bias: bias.map(ParameterId) })
        }
        OpEntry::BatchMatmul => Op::Product(product::Product),
        OpEntry::Add { coefficients, parameters, constant } => Op::Add(add::Add {
            coefficients,
            parameters: parameters.into_iter().map(|(id, c)| (ParameterId(id), c)).collect(),
            constant,
        }),
        OpEntry::SumPool { window, divisor, fraction_bits } => Op::SumPool(sum_pool::SumPool {
            window: window.window(None),
            divisor: match divisor {
                DivisorName::None => sum_pool::Divisor::None,
                DivisorName::Window => sum_pool::Divisor::Window,
                DivisorName::Valid => sum_pool::Divisor::Valid,
            },
            fraction_bits,
        }),
        OpEntry::Requantise { shift, lo, hi } => Op::Requantise(requantise::Requantise { shift, lo, hi }),
        OpEntry::Lookup { table } => Op::Lookup(lookup::Lookup { table: FunctionTableId(table) }),
        OpEntry::MaxPool { window } => Op::MaxPool(max_pool::MaxPool { window: window.window(None) }),
        OpEntry::Argmax { axis, keepdims } => Op::ArgMax(argmax::ArgMax { axis, keepdims }),
        OpEntry::Reshape { shape } => Op::Reshape(view::Reshape { shape }),
        OpEntry::Transpose { perm } => Op::Transpose(view::Transpose { perm }),
    };
    Node { name: entry.name, op, inputs: entry.inputs.into_iter().map(ValueId).collect() }
}
