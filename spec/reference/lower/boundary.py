"""Inputs and outputs (`lowering.md` §5): who sees them, and how they are bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from argument.system import Affine, Mask, Origin, Values, public_form, source_form
from values import Layout

from lower.cells import behind, mask_axes
from lower.lowering import Lowering

BOUNDARY_WIDTH_VARS = 8


class Level(Enum):
    """Who sees an input or output; the number is its tag in a statement."""

    PUBLIC = 0
    COMMITTED = 1
    PRIVATE = 2


@dataclass(frozen=True, slots=True)
class Visibility:
    """One level for each input, one for each output."""

    inputs: Sequence[Level]
    outputs: Sequence[Level]


def _own_group(low: Lowering, name: str, num_vars: int) -> int:
    return low.system.group(name, Origin.IMPORTED, min(num_vars, BOUNDARY_WIDTH_VARS))


def lower_input(low: Lowering, index: int, level: Level) -> None:
    """In its range, or equal to what the statement says."""
    given = low.program.inputs[index]
    name, num_vars = f"input '{given.name}'", Layout.flat(given.shape).num_vars
    group = _own_group(low, name, num_vars) if level is Level.COMMITTED else low.witness
    tensor = low.system.tensor(name, num_vars, group)
    x = low.system.whole(tensor)
    if level is Level.PUBLIC:
        stated = low.system.public(Values(name, num_vars))
        low.system.zerocheck(name, num_vars, (Affine(1), Affine(0, ((1, x),), ((-1, stated),))))
    else:
        low.within(name, num_vars, Affine(-given.low, ((1, x),)), given.high - given.low)
    low.values.append(tensor)


def lower_output(low: Lowering, index: int, level: Level) -> None:
    """Equal on true cells to what the statement says, or to what it commits to."""
    if level is Level.PRIVATE:
        return
    output = low.program.outputs[index]
    flat = Layout.flat(low.program.values[output.value].shape)
    name, num_vars = f"output '{output.name}'", flat.num_vars
    maker = behind(low.program, output.value)[0] - len(low.program.inputs)
    value = low.read(maker if maker >= 0 else None, output.value, flat)
    if level is Level.PUBLIC:
        told = public_form(low.system.public(Values(name, num_vars)))
    else:
        tensor = low.system.tensor(name, num_vars, _own_group(low, name, num_vars))
        told = source_form(low.system.whole(tensor))
    mask = public_form(low.system.public(Mask(mask_axes(flat))))
    low.system.zerocheck(name, num_vars, (mask, source_form(value)), (Affine(-1), told))
