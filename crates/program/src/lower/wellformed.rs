//! Well-formedness of a model commitment: every parameter in its declared range, zero on its padding.
//!
//! ```text
//! W + 2^(b−1) in [0, 2^b) by limbs,   (1 − mask)·W = 0
//! ```
//!
//! The proof comes in chunks of at most 2^20 leaves, so that a large model does not need large memory: long parameters
//! are cut into aligned blocks of whole rows, short ones share the last chunk. Every row is in exactly one chunk.

use super::LowerError;
use super::context::{column_vars, model_tensors};
use super::parameter::ParameterLayout;
use super::role::{Column, Role, Span};
use crate::program::{ParameterId, Program};
use intaglio_argument::plan::Plan;
use intaglio_argument::system::{Affine, Origin, Public, System, SystemBuilder, TableId};
use std::collections::BTreeMap;

/// Most leaves of one chunk, as a power of two.
const CHUNK_VARS: usize = 20;

/// One independent part of the well-formedness proof.
#[derive(Clone, Debug)]
pub struct WellformedChunk {
    /// The relations.
    pub system: System,
    /// The meaning of each committed tensor but multiplicities.
    pub columns: Vec<Column>,
    /// The blocks of parameters in the imported group.
    pub blocks: Vec<Block>,
    /// Which rows of the commitment the imported group holds, in order.
    pub model_rows: Vec<usize>,
}

/// An aligned block of a parameter's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which parameter.
    pub parameter: ParameterId,
    /// Which block of `2^num_vars` cells.
    pub index: usize,
    /// Its size.
    pub num_vars: usize,
}

/// The chunks of a program's model commitment.
///
/// # Errors
///
/// [`LowerError`] for a defect of the compiler.
pub fn wellformed(program: &Program) -> Result<Vec<WellformedChunk>, LowerError> {
    let width = column_vars(program)?;
    let model = Plan::new(model_tensors(program, width)?);
    let limbs = |bits: u32| bits.div_ceil(program.limb_bits()) as usize;
    let mut lists: Vec<Vec<Block>> = Vec::new();
    let mut short: Vec<Block> = Vec::new();
    let mut room = 0;
    for (index, p) in program.parameters().iter().enumerate() {
        let parameter = ParameterId(u32::try_from(index).unwrap_or(u32::MAX));
        let vars = ParameterLayout::of(program, parameter).num_vars();
        if vars < width {
            short.push(Block { parameter, index: 0, num_vars: vars });
            continue;
        }
        // limbs and a little for tables: a block's leaves stay below the chunk's
        let most = (CHUNK_VARS - 1).saturating_sub(crate::layout::vars_for(limbs(p.bits))).max(width);
        let num_vars = vars.min(most);
        for block in 0..1usize << (vars - num_vars) {
            let leaves = limbs(p.bits) << num_vars;
            if leaves > room || lists.is_empty() {
                lists.push(Vec::new());
                room = 1 << (CHUNK_VARS - 1);
            }
            room = room.saturating_sub(leaves);
            if let Some(list) = lists.last_mut() {
                list.push(Block { parameter, index: block, num_vars });
            }
        }
    }
    if !short.is_empty() {
        let leaves: usize = short.iter().map(|b| 4usize << b.num_vars).sum();
        match lists.last_mut().filter(|_| leaves <= room) {
            Some(list) => list.extend(short),
            None => lists.push(short),
        }
    }
    lists.into_iter().map(|blocks| chunk(program, &model, width, blocks)).collect()
}

fn chunk(program: &Program, model: &Plan, width: usize, blocks: Vec<Block>) -> Result<WellformedChunk, LowerError> {
    let mut b = SystemBuilder::new("wellformed", width);
    let group = b.group("model", Origin::Imported, width);
    let witness = b.group("witness", Origin::Witness, width);
    let mut columns = Vec::new();
    let mut ranges: BTreeMap<u32, TableId> = BTreeMap::new();
    let tensors: Vec<_> =
        blocks.iter().map(|block| b.tensor(&block_name(program, block), block.num_vars, group)).collect();
    for (block, tensor) in blocks.iter().zip(&tensors) {
        let Some(p) = program.parameters().get(block.parameter.0 as usize) else { continue };
        columns.push(Column { tensor: *tensor, role: Role::Parameter(block.parameter) });
        let (name, num_vars) = (block_name(program, block), block.num_vars);
        let w = b.whole(*tensor);
        let limb_bits = program.limb_bits();
        let limbs = p.bits.div_ceil(limb_bits);
        let mut top = Affine::constant(1i128 << (p.bits - 1)).plus(1, w);
        for limb in 0..limbs {
            let (shift, bits) = (limb * limb_bits, limb_bits.min(p.bits - limb * limb_bits));
            let table =
                *ranges.entry(bits).or_insert_with(|| b.table(&format!("range {bits}"), 0, 1 << bits, vec![], witness));
            let part = format!("{name}, bits {shift}..");
            if limb + 1 == limbs {
                b.lookup(&part, table, num_vars, top.clone().divided(shift), vec![]);
            } else {
                let own = b.tensor(&part, num_vars, witness);
                columns.push(Column {
                    tensor: own,
                    role: Role::Limb { of: Span::Parameter(block.parameter), shift, bits },
                });
                let own = b.whole(own);
                b.lookup(&part, table, num_vars, Affine::source(own), vec![]);
                top = top.plus(-(1i64 << shift), own);
            }
        }
        let axes = block_mask(&ParameterLayout::of(program, block.parameter), block);
        if axes.iter().any(|(vars, len)| *len != 1 << vars) {
            let mask = b.public(Public::Mask { axes });
            let outside = Affine::constant(1).plus_public(-1, mask);
            b.zerocheck(&format!("{name}, zero padding"), num_vars, vec![(outside, Affine::source(w))]);
        }
    }
    let system = b.finish()?;
    let plan = Plan::new(system.clone());
    let model_rows = rows_of(model, &plan, &blocks, &tensors);
    Ok(WellformedChunk { system, columns, blocks, model_rows })
}

fn block_name(program: &Program, block: &Block) -> String {
    let name = program.parameters().get(block.parameter.0 as usize).map_or("?", |p| p.name.as_str());
    format!("parameter '{name}'[{}]", block.index)
}

/// For each row of the chunk's imported group the row of the commitment.
fn rows_of(model: &Plan, plan: &Plan, blocks: &[Block], tensors: &[intaglio_argument::system::TensorId]) -> Vec<usize> {
    let count = plan.group_rows().first().copied().unwrap_or(0);
    let width = plan.system().column_vars();
    let mut rows = vec![0; count];
    for (block, tensor) in blocks.iter().zip(tensors) {
        let whole = intaglio_argument::system::TensorId(block.parameter.0);
        let (Some(own), Some(place)) = (plan.place(*tensor), model.place(whole)) else { continue };
        let from = place.first_row() + ((block.index << block.num_vars) >> width);
        for i in 0..(1usize << block.num_vars.saturating_sub(width)) {
            if let Some(row) = rows.get_mut(own.first_row() + i) {
                *row = from + i;
            }
        }
    }
    rows
}

/// The mask of a block: the leading axes are fixed by the block's index.
fn block_mask(layout: &ParameterLayout, block: &Block) -> Vec<(usize, u64)> {
    let mut fixed = layout.num_vars() - block.num_vars;
    let mut axes = Vec::new();
    let mut empty = false;
    for (vars, len) in layout.layout.mask() {
        let own = vars.min(fixed);
        fixed -= own;
        let index = (block.index as u64 >> fixed) & ((1u64 << own) - 1);
        let low = vars - own;
        let rest = len.saturating_sub(index << low).min(1 << low);
        empty |= rest == 0;
        if low > 0 {
            axes.push((low, rest));
        }
    }
    if empty { axes.into_iter().map(|(vars, _)| (vars, 0)).collect() } else { axes }
}
