"""Padded cells of layouts, and what stands behind a view (`lowering.md` §1)."""

from __future__ import annotations

from math import prod

from program import Program
from tensors import ravel, unravel
from values import Class, Layout
from views import Transpose


def vars_for(count: int) -> int:
    """⌈log2⌉."""
    return (count - 1).bit_length()


def num_cells(layout: Layout) -> int:
    """True cells."""
    return prod(layout.axes)


def cell(layout: Layout, flat: int) -> int:
    """The padded cell of a true cell."""
    at = 0
    for index, length in zip(unravel(flat, layout.axes), layout.axes, strict=True):
        at = at << vars_for(length) | index
    return at


def vars_of(layout: Layout, axis: int) -> tuple[int, ...]:
    """The variables of an axis."""
    first = sum(map(vars_for, layout.axes[:axis]))
    return tuple(range(first, first + vars_for(layout.axes[axis])))


def mask_axes(layout: Layout) -> tuple[tuple[int, int], ...]:
    """`(variables, length)` of each axis."""
    return tuple((vars_for(length), length) for length in layout.axes)


def behind(program: Program, value: int) -> tuple[int, list[int] | None]:
    """The tensor behind a value, and for each cell of a view the tensor's; None for a value that is no view."""
    if program.values[value].kind is not Class.VIEW:
        return value, None
    cells = list(range(prod(program.values[value].shape)))
    while program.values[value].kind is Class.VIEW:
        node = program.nodes[value - len(program.inputs)]
        source = node.inputs[0]
        if isinstance(node.operator, Transpose):
            own, shape = program.values[source].shape, program.values[value].shape
            cells = [_before(flat, node.operator.perm, own, shape) for flat in cells]
        value = source
    return value, cells


def _before(flat: int, perm: tuple[int, ...], source: tuple[int, ...], shape: tuple[int, ...]) -> int:
    index = [0] * len(source)
    for own, axis in zip(unravel(flat, shape), perm, strict=True):
        index[axis] = own
    return ravel(tuple(index), source)
