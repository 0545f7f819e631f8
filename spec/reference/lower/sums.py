"""Sums (`lowering.md` §6): add, sum_pool."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from accumulators import Add, SumPool
from argument.system import Affine, Entry
from tensors import Shape, broadcast_cell, unravel
from values import Layout

from lower.cells import cell, num_cells
from lower.lowering import Lowering


def lower_add(low: Lowering, node: int, op: Add) -> None:
    """`acc = Σ c_i·x_i + Σ c_j·p_j + constant`."""
    out = low.program.values[low.out(node)]
    form = Affine(op.constant)
    for value, coefficient in zip(low.program.nodes[node].inputs, op.coefficients, strict=True):
        known = low.values[value]
        if isinstance(known, Affine):
            terms = tuple((k * coefficient, source) for k, source in known.terms)
            form = Affine(form.constant + known.constant * coefficient, form.terms + terms)
        elif low.program.values[value].shape == out.shape:
            form = form.plus(coefficient, low.read(node, value, out.layout))
        else:
            low.reserve(num_cells(out.layout))
            entries = _broadcast(out.shape, low.program.values[value].shape, out.layout)
            form = form.plus(coefficient, low.wire(node, value, out.layout.num_vars, entries))
    for parameter, coefficient in op.parameters:
        declared = low.program.parameters[parameter]
        own = low.program.parameter_layout(parameter)
        low.reserve(num_cells(out.layout))
        entries = ((at, cell(own, flat), k) for at, flat, k in _broadcast(out.shape, declared.shape, out.layout))
        name = f"{low.name(node)}, '{declared.name}'"
        source = low.wired(name, out.layout.num_vars, low.parameters[parameter], entries)
        form = form.plus(coefficient, source)
    low.values.append(form)


def _broadcast(out: Shape, shape: Shape, layout: Layout) -> Iterator[Entry]:
    """`(cell, true cell that it reads, 1)`."""
    return ((cell(layout, flat), broadcast_cell(unravel(flat, out), shape), 1) for flat in range(prod(out)))


def lower_sum_pool(low: Lowering, node: int, op: SumPool) -> None:
    """`acc = μ·Σ x` over each window."""
    value = low.program.nodes[node].inputs[0]
    shape, out = low.program.values[value].shape, low.program.values[low.out(node)]
    planes, area, out_area = shape[0] * shape[1], prod(shape[2:]), prod(out.shape[2:])
    windows = op.window.taps(shape[2:], out.shape[2:])
    low.reserve(planes * sum(map(len, windows)))
    entries = (
        (cell(out.layout, plane * out_area + index), plane * area + at, op.mu(len(window)))
        for plane in range(planes)
        for index, window in enumerate(windows)
        for _, at in window
    )
    low.values.append(Affine(0, ((1, low.wire(node, value, out.layout.num_vars, entries)),)))
