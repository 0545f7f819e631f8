//! Program to bytes.

use super::writer::Writer;
use super::{MAGIC, VERSION};
use crate::ops::window::Window;
use crate::ops::{Op, sum_pool::Divisor};
use crate::program::{FunctionTable, Input, Node, Output, Overflow, Parameter, ParameterId, Parts};

fn parameter(w: &mut Writer, id: ParameterId) {
    w.u32(id.0);
}

fn window(w: &mut Writer, Window { kernel, strides, pads, dilations, ceil }: &Window) {
    w.sizes(kernel);
    w.sizes(strides);
    w.sizes(pads);
    w.sizes(dilations);
    w.u8(u8::from(*ceil));
}

pub(super) fn program(parts: &Parts) -> Vec<u8> {
    // Exhaustive on purpose: a new field does not compile until it is written.
    let Parts { limb_bits, overflow, inputs, parameters, tables, nodes, outputs } = parts;
    let mut w = Writer::headed(MAGIC, VERSION);
    w.u32(*limb_bits);
    w.u8(match overflow {
        Overflow::Saturate => 0,
        Overflow::Refuse => 1,
    });
    w.count(inputs.len());
    for Input { name, shape, exponent, lo, hi, integer } in inputs {
        w.text(name);
        w.sizes(shape);
        w.i64((*exponent).into());
        w.i64(*lo);
        w.i64(*hi);
        w.u8(u8::from(*integer));
    }
    w.count(parameters.len());
    for Parameter { name, shape, bits } in parameters {
        w.text(name);
        w.sizes(shape);
        w.u32(*bits);
    }
    w.count(tables.len());
    for FunctionTable { name, first_key, outputs } in tables {
        w.text(name);
        w.i64(*first_key);
        w.count(outputs.len());
        outputs.iter().for_each(|y| w.i64(*y));
    }
    w.count(nodes.len());
    for Node { name, op: operator, inputs } in nodes {
        w.text(name);
        w.count(inputs.len());
        inputs.iter().for_each(|id| w.u32(id.0));
        op(&mut w, operator);
    }
    w.count(outputs.len());
    for Output { name, value, exponent, integer } in outputs {
        w.text(name);
        w.u32(value.0);
        w.i64((*exponent).into());
        w.u8(u8::from(*integer));
    }
    w.0
}

fn op(w: &mut Writer, op: &Op) {
    match op {
        Op::Conv(c) => {
            w.u8(0);
            w.u32(c.weight.0);
            w.optional(c.bias, parameter);
            w.count(c.groups);
            window(w, &c.window);
        }
        Op::MatMul(m) => {
            w.u8(1);
            w.u32(m.weight.0);
            w.optional(m.bias, parameter);
        }
        Op::Product(_) => w.u8(2),
        Op::Add(a) => {
            w.u8(3);
            w.count(a.coefficients.len());
            a.coefficients.iter().for_each(|c| w.i64(*c));
            w.count(a.parameters.len());
            for (id, c) in &a.parameters {
                w.u32(id.0);
                w.i64(*c);
            }
            w.i64(a.constant);
        }
        Op::SumPool(p) => {
            w.u8(4);
            window(w, &p.window);
            w.u8(match p.divisor {
                Divisor::None => 0,
                Divisor::Window => 1,
                Divisor::Valid => 2,
            });
            w.u32(p.fraction_bits);
        }
        Op::Requantise(r) => {
            w.u8(5);
            w.u32(r.shift);
            w.i64(r.lo);
            w.i64(r.hi);
        }
        Op::Lookup(l) => {
            w.u8(6);
            w.u32(l.table.0);
        }
        Op::MaxPool(p) => {
            w.u8(7);
            window(w, &p.window);
        }
        Op::ArgMax(a) => {
            w.u8(8);
            w.count(a.axis);
            w.u8(u8::from(a.keepdims));
        }
        Op::Reshape(r) => {
            w.u8(9);
            w.sizes(&r.shape);
        }
        Op::Transpose(t) => {
            w.u8(10);
            w.sizes(&t.perm);
        }
    }
}
