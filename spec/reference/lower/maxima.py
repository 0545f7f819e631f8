"""Maxima (`lowering.md` §6): max_pool, argmax."""

from __future__ import annotations

from math import prod

from argument.system import Affine, Fixed, Mask, Read, source_form
from committed import ArgMax, MaxPool
from tensors import ravel, unravel
from values import Layout

from lower.cells import cell, mask_axes
from lower.lowering import Lowering


def lower_max_pool(low: Lowering, node: int, op: MaxPool) -> None:
    """M ≥ every element, and M is the element that a selector chooses."""
    value = low.program.nodes[node].inputs[0]
    shape, out = low.program.values[value].shape, low.program.values[low.out(node)]
    name, num_vars = low.name(node), out.layout.num_vars
    planes, area, out_area = shape[0] * shape[1], prod(shape[2:]), prod(out.shape[2:])
    tensor = low.column(f"{name}, M", num_vars)
    maximum = low.system.whole(tensor)
    windows = op.window.taps(shape[2:], out.shape[2:])
    reach = max(out.high, 0) - min(out.low, 0)
    selectors: list[int] = []
    for element in range(op.window.volume):
        # where the element lies outside, the window's first cell stands for it
        own = [dict(window).get(element, window[0][1]) for window in windows]
        low.reserve(planes * len(windows))
        entries = (
            (cell(out.layout, plane * out_area + index), plane * area + at, 1)
            for plane in range(planes)
            for index, at in enumerate(own)
        )
        difference = Affine(0, ((1, maximum), (-1, low.wire(node, value, num_vars, entries))))
        low.within(f"{name}, M − x{element}", num_vars, difference, reach)
        if element == op.window.volume - 1:
            selector = Affine(1, tuple((-1, other) for other in selectors))
        else:
            selectors.append(low.committed(f"{name}, s{element}", num_vars))
            selector = source_form(selectors[-1])
        low.system.zerocheck(f"{name}, s{element}", num_vars, (selector, difference))
    low.values.append(tensor)


def lower_argmax(low: Lowering, node: int, op: ArgMax) -> None:
    """One Boolean selector a row, at the first cell that is the maximum."""
    value = low.program.nodes[node].inputs[0]
    x = low.program.values[value]
    name, system = low.name(node), low.system
    length = x.shape[op.axis]
    rows = low.program.values[low.out(node)].layout
    cells = Layout((*rows.axes, length))
    count, num_vars, row_vars = prod(rows.axes), cells.num_vars, rows.num_vars
    low.reserve(count * length)
    low.reserve(count * (length * (length - 1) // 2))
    maximum = low.column(f"{name}, M", row_vars)
    chosen = low.column(f"{name}, s", num_vars)
    index = low.column(f"{name}, index", row_vars)

    def at(row: int, i: int) -> int:
        return cell(cells, row * length + i)

    def source(row: int, i: int) -> int:
        place = unravel(row, rows.axes)
        return ravel((*place[: op.axis], i, *place[op.axis :]), x.shape)

    each = [(row, i) for row in range(count) for i in range(length)]
    own = low.wire(node, value, num_vars, ((at(row, i), source(row, i), 1) for row, i in each))
    spread = ((at(row, i), cell(rows, row), 1) for row, i in each)
    above = low.wired(f"{name}, M on true cells", num_vars, maximum, spread)
    pairs = ((at(row, i), at(row, j), 1) for row, i in each for j in range(i + 1, length))
    later = low.wired(f"{name}, later selectors", num_vars, chosen, pairs)
    selector = system.whole(chosen)
    low.within(f"{name}, u", num_vars, Affine(0, ((1, above), (-1, own), (-1, later))), x.high - x.low)
    mask = system.public(Mask(mask_axes(cells)))
    distance = Affine(1, ((1, above), (-1, own)), ((-1, mask),))
    system.zerocheck(f"{name}, selected", num_vars, (source_form(selector), distance))
    system.zerocheck(f"{name}, Boolean", num_vars, (source_form(selector), Affine(1, ((-1, selector),))))
    total = Read(chosen, (*range(row_vars), *[Fixed.SUM] * (num_vars - row_vars)))
    total_source = system.source(f"{name}, Σ s", row_vars, total)
    row_mask = system.public(Mask(mask_axes(rows)))
    one = Affine(0, ((-1, total_source),), ((1, row_mask),))
    system.zerocheck(f"{name}, one selected", row_vars, (Affine(1), one))
    weighted = ((cell(rows, row), at(row, i), i) for row, i in each if i)
    found = low.wired(f"{name}, Σ i·s", row_vars, chosen, weighted)
    equal = Affine(0, ((1, found), (-1, system.whole(index))))
    system.zerocheck(f"{name}, index", row_vars, (Affine(1), equal))
    low.values.append(index)
