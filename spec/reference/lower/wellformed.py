"""The systems of a model commitment (`lowering.md` §7): every parameter in its range, zero on padding."""

from __future__ import annotations

from dataclasses import dataclass

from argument.layout import Layout as RowLayout
from argument.system import Affine, Mask, Origin, System, source_form
from program import Program

from lower.cells import mask_axes, vars_for
from lower.lowering import declare_parameters

CHUNK_LEAVES_VARS = 19


@dataclass(frozen=True, slots=True)
class Block:
    """2^num_vars cells of a parameter."""

    parameter: int
    index: int
    num_vars: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A system, and for each of its imported rows the row of the commitment."""

    system: System
    rows: list[int]


def model_layout(program: Program, column_vars: int) -> RowLayout:
    """Where each parameter's rows are in the commitment."""
    system = System("model", column_vars)
    declare_parameters(system, program, system.group("model", Origin.IMPORTED, column_vars))
    return RowLayout.of(system)


def chunks(program: Program, column_vars: int) -> list[Chunk]:
    """One for each well-formedness proof."""
    model = model_layout(program, column_vars)
    return [_chunk(program, model, column_vars, blocks) for blocks in _divide(program, column_vars)]


def _num_limbs(program: Program, parameter: int) -> int:
    return -(-program.parameters[parameter].bits // program.limb_bits)


def _divide(program: Program, column_vars: int) -> list[list[Block]]:
    """Long parameters block by block into chunks; all short ones together."""
    lists: list[list[Block]] = []
    short: list[Block] = []
    room = 0
    for parameter in range(len(program.parameters)):
        num_vars, limbs = program.parameter_layout(parameter).num_vars, _num_limbs(program, parameter)
        if num_vars < column_vars:
            short.append(Block(parameter, 0, num_vars))
            continue
        own = min(num_vars, max(CHUNK_LEAVES_VARS - vars_for(limbs), column_vars))
        for index in range(1 << num_vars - own):
            if not lists or limbs << own > room:
                lists.append([])
                room = 1 << CHUNK_LEAVES_VARS
            room = max(room - (limbs << own), 0)
            lists[-1].append(Block(parameter, index, own))
    if short and lists and sum(4 << block.num_vars for block in short) <= room:
        lists[-1] += short
    elif short:
        lists.append(short)
    return lists


def _chunk(program: Program, model: RowLayout, column_vars: int, blocks: list[Block]) -> Chunk:
    system = System("wellformed", column_vars)
    group = system.group("model", Origin.IMPORTED, column_vars)
    witness = system.group("witness", Origin.WITNESS, column_vars)
    names = [f"parameter '{program.parameters[block.parameter].name}'[{block.index}]" for block in blocks]
    tensors = [system.tensor(name, block.num_vars, group) for name, block in zip(names, blocks, strict=True)]
    ranges: dict[int, int] = {}
    for name, block, tensor in zip(names, blocks, tensors, strict=True):
        _check_block(system, program, block, (name, tensor), witness, ranges)
    system.check_size()
    layout = RowLayout.of(system)
    rows = [0] * layout.group_rows[group]
    for block, tensor in zip(blocks, tensors, strict=True):
        source = model.places[block.parameter].first_row + (block.index << block.num_vars >> column_vars)
        for offset in range(1 << max(block.num_vars - column_vars, 0)):
            rows[layout.places[tensor].first_row + offset] = source + offset
    return Chunk(system, rows)


def _check_block(
    system: System, program: Program, block: Block, named: tuple[str, int], witness: int, ranges: dict[int, int]
) -> None:
    """Limbs of `W + 2^(bits−1)`, the highest not committed; the mask of the padding."""
    name, tensor = named
    bits = program.parameters[block.parameter].bits
    weights = system.whole(tensor)
    rest = Affine(1 << bits - 1, ((1, weights),))
    for low in range(0, bits, program.limb_bits):
        own = min(program.limb_bits, bits - low)
        if own not in ranges:
            ranges[own] = system.table(f"range {own}", 0, 1 << own, (), witness)
        part = f"{name}, bits {low}.."
        if low + own == bits:
            system.lookup(part, ranges[own], block.num_vars, Affine(rest.constant, rest.terms, (), low))
        else:
            limb = system.whole(system.tensor(part, block.num_vars, witness))
            system.lookup(part, ranges[own], block.num_vars, source_form(limb))
            rest = rest.plus(-(1 << low), limb)
    axes = _block_mask(program, block)
    if any(length != 1 << n for n, length in axes):
        mask = system.public(Mask(axes))
        outside = Affine(1, (), ((-1, mask),))
        system.zerocheck(f"{name}, zero padding", block.num_vars, (outside, source_form(weights)))


def _block_mask(program: Program, block: Block) -> tuple[tuple[int, int], ...]:
    """The parameter's mask with the leading variables fixed to the bits of the block's index."""
    layout = program.parameter_layout(block.parameter)
    fixed = layout.num_vars - block.num_vars
    axes = []
    empty = False
    for num_vars, length in mask_axes(layout):
        own = min(num_vars, fixed)
        fixed -= own
        free = num_vars - own
        first = (block.index >> fixed & (1 << own) - 1) << free
        rest = min(max(length - first, 0), 1 << free)
        empty = empty or rest == 0
        if free:
            axes.append((free, rest))
    return tuple((n, 0 if empty else length) for n, length in axes)
