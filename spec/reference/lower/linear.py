"""Products (`lowering.md` §6): conv, matmul, batch_matmul."""

from __future__ import annotations

from math import prod

from accumulators import BatchMatMul, Conv, MatMul
from argument.system import Factor, Inner, Kind, Operand, Read, Wired, source_form
from tensors import Shape
from values import Layout

from lower.cells import behind, cell, vars_for, vars_of
from lower.lowering import Lowering

Coords = tuple[tuple[Kind, int], ...]


def _coords(kind: Kind, first: int, count: int) -> Coords:
    return tuple((kind, index) for index in range(first, first + count))


def _accumulate(low: Lowering, node: int, product: int, bias: int | None, bias_vars: range) -> None:
    """The accumulator of a node, its bias read at some of its variables."""
    form = source_form(product)
    if bias is not None:
        num_vars = low.program.values[low.out(node)].layout.num_vars
        kind = Read(low.parameters[bias], tuple(bias_vars))
        form = form.plus(1, low.system.source(f"{low.name(node)}, bias", num_vars, kind))
    low.values.append(form)


def lower_matmul(low: Lowering, node: int, op: MatMul) -> None:
    """`acc[…,o] = Σ_k W[o,k]·x[…,k] + b[o]`."""
    value = low.program.nodes[node].inputs[0]
    domain = Layout.separate(low.program.values[value].shape)
    out = low.program.values[low.out(node)].layout
    view = low.read(node, value, domain)
    rows = out.num_vars - vars_for(out.axes[-1])
    summed = domain.num_vars - rows
    weights = low.system.whole(low.parameters[op.weight])
    left = Operand(weights, _coords(Kind.OUT, rows, out.num_vars - rows) + _coords(Kind.SUMMED, 0, summed))
    right = Operand(view, _coords(Kind.OUT, 0, rows) + _coords(Kind.SUMMED, 0, summed))
    product = low.system.source(f"{low.name(node)}, Σ W·x", out.num_vars, Inner(summed, (), left, right))
    _accumulate(low, node, product, op.bias, range(rows, out.num_vars))


def lower_batch_matmul(low: Lowering, node: int, _: BatchMatMul) -> None:
    """`acc[…,i,j] = Σ_k a[…,i,k]·b[…,k,j]`; the leading axes are shared."""
    a, b = low.program.nodes[node].inputs
    shapes = [low.program.values[value].shape for value in (a, b)]
    num_vars = low.program.values[low.out(node)].layout.num_vars
    rows, summed, columns = vars_for(shapes[0][-2]), vars_for(shapes[0][-1]), vars_for(shapes[1][-1])
    lead = num_vars - rows - columns
    shared, inner = _coords(Kind.SHARED, 0, lead), _coords(Kind.SUMMED, 0, summed)
    left = Operand(low.read(node, a, Layout.separate(shapes[0])), shared + _coords(Kind.OUT, lead, rows) + inner)
    right_view = low.read(node, b, Layout.separate(shapes[1]))
    right = Operand(right_view, shared + inner + _coords(Kind.OUT, lead + rows, columns))
    kind = Inner(summed, tuple(range(lead)), left, right)
    low.values.append(source_form(low.system.source(f"{low.name(node)}, a·b", num_vars, kind)))


def lower_conv(low: Lowering, node: int, op: Conv) -> None:
    """`acc[n,g,m,s] = Σ_{k,c} W[k,g,m,c]·view[n,s,k,g,c] + b[g,m]`; the group is shared."""
    value = low.program.nodes[node].inputs[0]
    shape, out = low.program.values[value].shape, low.program.values[low.out(node)]
    channels, outputs = shape[1] // op.groups, out.shape[1] // op.groups
    counts = (shape[0], op.groups, outputs, prod(out.shape[2:]), op.window.volume, channels)
    n, g, m, s, k, c = map(vars_for, counts)
    view = _windows(low, node, op, value)
    weights = low.system.whole(low.parameters[op.weight])
    shared, offset, channel = _coords(Kind.SHARED, 0, g), _coords(Kind.SUMMED, 0, k), _coords(Kind.SUMMED, k, c)
    left = Operand(weights, offset + shared + _coords(Kind.OUT, n + g, m) + channel)
    image = _coords(Kind.OUT, 0, n) + _coords(Kind.OUT, n + g + m, s)
    right = Operand(view, image + offset + shared + channel)
    kind = Inner(k + c, tuple(range(n, n + g)), left, right)
    product = low.system.source(f"{low.name(node)}, Σ W·x", out.layout.num_vars, kind)
    _accumulate(low, node, product, op.bias, range(n, n + g + m))


def _windows(low: Lowering, node: int, op: Conv, value: int) -> int:
    """The view (n, s, k, g, c): by axis where the input's layout allows it, else cell by cell."""
    batch, channels, *rest = low.program.values[value].shape
    space: Shape = tuple(rest)
    area, own = prod(space), channels // op.groups
    windows = op.window.taps(space, low.program.values[low.out(node)].shape[2:])
    offset_vars, channel_vars = vars_for(op.window.volume), vars_for(own)
    group_vars, window_vars, batch_vars = vars_for(op.groups), vars_for(len(windows)), vars_for(batch)
    taps = [(w << offset_vars | offset, at) for w, window in enumerate(windows) for offset, at in window]
    places = [(c // own) << channel_vars | c % own for c in range(channels)]
    num_vars = batch_vars + window_vars + offset_vars + group_vars + channel_vars
    root, view = behind(low.program, value)
    layout = low.program.values[root].layout
    if view is None and _by_axis(layout, batch, channels, area):
        low.reserve(len(taps))
        first, second = batch_vars, batch_vars + window_vars + offset_vars
        middle = Layout(layout.axes[1:-1])
        between = tuple(i for axis in range(1, len(layout.axes) - 1) for i in vars_of(layout, axis))
        factors = (
            Factor(tuple(range(first)), vars_of(layout, 0), [(i, i, 1) for i in range(batch)]),
            Factor(
                tuple(range(first, second)),
                vars_of(layout, len(layout.axes) - 1),
                [(tap, at, 1) for tap, at in taps],
            ),
            Factor(tuple(range(second, num_vars)), between, [(at, cell(middle, i), 1) for i, at in enumerate(places)]),
        )
        name = f"{low.name(node)}, windows of value {value}"
        return low.system.source(name, num_vars, Wired(low.tensor_of(root), factors))
    low.reserve(batch * channels * len(taps))
    low_vars = group_vars + channel_vars
    high = window_vars + offset_vars + low_vars
    entries = (
        (image << high | tap << low_vars | places[c], (image * channels + c) * area + at, 1)
        for image in range(batch)
        for tap, at in taps
        for c in range(channels)
    )
    return low.wire(node, value, num_vars, entries)


def _by_axis(layout: Layout, batch: int, channels: int, area: int) -> bool:
    """Whether the layout is [batch] … [space] with the channels between."""
    axes = layout.axes
    return len(axes) >= 3 and axes[0] == batch and axes[-1] == area and prod(axes[1:-1]) == channels
