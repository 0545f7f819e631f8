//! Bytes to program: strict, bounded, to the last byte.

use super::reader::{DecodeError, Read, Reader};
use super::{MAGIC, VERSION};
use crate::ops::window::Window;
use crate::ops::{Op, add, argmax, conv, lookup, matmul, max_pool, product, requantise, sum_pool, view};
use crate::program::{
    FunctionTable, FunctionTableId, Input, Node, Output, Overflow, Parameter, ParameterId, Parts, Program, ValueId,
};

fn parameter(r: &mut Reader<'_>) -> Read<ParameterId> {
    Ok(ParameterId(r.u32()?))
}

fn window(r: &mut Reader<'_>) -> Read<Window> {
    Ok(Window { kernel: r.sizes()?, strides: r.sizes()?, pads: r.sizes()?, dilations: r.sizes()?, ceil: r.flag()? })
}

pub(super) fn program(bytes: &[u8]) -> Result<Program, DecodeError> {
    let mut r = Reader::new(bytes);
    r.head(MAGIC, VERSION)?;
    let parts = Parts {
        limb_bits: r.u32()?,
        overflow: if r.flag()? { Overflow::Refuse } else { Overflow::Saturate },
        inputs: r.list(33, input)?,
        parameters: r.list(12, |r| Ok(Parameter { name: r.text()?, shape: r.sizes()?, bits: r.u32()? }))?,
        tables: r.list(16, |r| {
            Ok(FunctionTable { name: r.text()?, first_key: r.i64()?, outputs: r.list(8, Reader::i64)? })
        })?,
        nodes: r.list(9, node)?,
        outputs: r.list(17, output)?,
    };
    r.end()?;
    Ok(Program::new(parts)?)
}

fn input(r: &mut Reader<'_>) -> Read<Input> {
    Ok(Input { name: r.text()?, shape: r.sizes()?, exponent: r.i32()?, lo: r.i64()?, hi: r.i64()?, integer: r.flag()? })
}

fn output(r: &mut Reader<'_>) -> Read<Output> {
    Ok(Output { name: r.text()?, value: ValueId(r.u32()?), exponent: r.i32()?, integer: r.flag()? })
}

fn node(r: &mut Reader<'_>) -> Read<Node> {
    let name = r.text()?;
    let inputs = r.list(4, |r| Ok(ValueId(r.u32()?)))?;
    let op = match r.below(11)? {
        0 => Op::Conv(conv::Conv {
            weight: ParameterId(r.u32()?),
            bias: r.optional(parameter)?,
            groups: r.size()?,
            window: window(r)?,
        }),
        1 => Op::MatMul(matmul::MatMul { weight: ParameterId(r.u32()?), bias: r.optional(parameter)? }),
        2 => Op::Product(product::Product),
        3 => Op::Add(add::Add {
            coefficients: r.list(8, Reader::i64)?,
            parameters: r.list(12, |r| Ok((ParameterId(r.u32()?), r.i64()?)))?,
            constant: r.i64()?,
        }),
        4 => Op::SumPool(sum_pool::SumPool {
            window: window(r)?,
            divisor: match r.below(3)? {
                0 => sum_pool::Divisor::None,
                1 => sum_pool::Divisor::Window,
                _ => sum_pool::Divisor::Valid,
            },
            fraction_bits: r.u32()?,
        }),
        5 => Op::Requantise(requantise::Requantise { shift: r.u32()?, lo: r.i64()?, hi: r.i64()? }),
        6 => Op::Lookup(lookup::Lookup { table: FunctionTableId(r.u32()?) }),
        7 => Op::MaxPool(max_pool::MaxPool { window: window(r)? }),
        8 => Op::ArgMax(argmax::ArgMax { axis: r.size()?, keepdims: r.flag()? }),
        9 => Op::Reshape(view::Reshape { shape: r.sizes()? }),
        _ => Op::Transpose(view::Transpose { perm: r.sizes()? }),
    };
    Ok(Node { name, op, inputs })
}
