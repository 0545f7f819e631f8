"""Elementwise functions of one tensor: each maximal subgraph becomes one table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intaglio.frontend.graph import FloatGraph, FloatNode

Real = NDArray[np.float64]
Function = Callable[[Real], Real]


def _sigmoid(x: Real) -> Real:
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


_erf = np.vectorize(math.erf, otypes=[np.float64])


def _unary(node: FloatNode) -> Function | None:
    get = node.attributes.get
    table: dict[str, Function] = {
        "Sigmoid": _sigmoid,
        "Tanh": np.tanh,
        "Erf": _erf,
        "Abs": np.abs,
        "Neg": np.negative,
        "Softplus": lambda x: np.logaddexp(0.0, x),
        "Softsign": lambda x: x / (1 + np.abs(x)),
        "LeakyRelu": lambda x: np.where(x < 0, get("alpha", 0.01) * x, x),
        "Elu": lambda x: np.where(x < 0, get("alpha", 1.0) * np.expm1(np.minimum(x, 0)), x),
        "HardSigmoid": lambda x: np.clip(get("alpha", 0.2) * x + get("beta", 0.5), 0, 1),
        "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
        "Gelu": lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2))),
    }
    return table.get(node.operator)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
}
_SUMS = ("Add", "Sub")
_BOUNDS = ("Relu", "Clip")


@dataclass(frozen=True, slots=True)
class _Elementwise:
    """A node that acts on each cell alone: the tensors that it reads, and what it does to their cells."""

    node: FloatNode
    reads: tuple[str, ...]
    apply: Callable[..., Real]


@dataclass(frozen=True, slots=True)
class Region:
    """Nodes that together are a function of one tensor, in order; the last one's output is their only one."""

    argument: str
    nodes: tuple[FloatNode, ...]
    function: Function

    @property
    def output(self) -> str:
        """What the last node makes."""
        return self.nodes[-1].output


def regions(graph: FloatGraph) -> dict[str, Region]:
    """The maximal regions of a graph, under the output of each node inside. (Rule R1 of the quantisation study.)"""
    found: dict[str, Region] = {}
    for node in reversed(graph.nodes):
        if node.output not in found and (made := _region(graph, node)) is not None:
            found |= {inside.output: made for inside in made.nodes}
    return found


def _region(graph: FloatGraph, last: FloatNode) -> Region | None:
    """The largest region that ends in a node.

    Its inputs are replaced by what makes them, the latest first. Each time that one tensor is left, there is a region.
    """
    end = _elementwise(graph, last)
    if end is None or last.operator in _BOUNDS:
        return None
    order = {node.output: place for place, node in enumerate(graph.nodes)}
    inside, frontier = [end], set(end.reads)
    best: tuple[str, list[_Elementwise]] | None = None
    while True:
        if len(frontier) == 1:
            best = next(iter(frontier)), list(inside)
        tensor = max(frontier, key=lambda name: order.get(name, -1))
        before = graph.producer(tensor)
        made = None if before is None else _elementwise(graph, before)
        # a bound alone is part of a requantisation, and costs nothing
        if made is None or (made.node.operator in _BOUNDS and len(frontier) == 1):
            break
        readers = {node.output for node in graph.consumers(tensor)}
        if tensor in graph.outputs or not readers <= {own.node.output for own in inside}:
            break
        inside.append(made)
        frontier = (frontier - {tensor}) | set(made.reads)
    # sums of tensors have a rule of their own
    if best is None or all(own.node.operator in _SUMS and len(own.reads) > 1 for own in best[1]):
        return None
    argument, nodes = best
    nodes.sort(key=lambda own: order[own.node.output])
    return Region(argument, tuple(own.node for own in nodes), _composed(argument, nodes))


def _composed(argument: str, nodes: list[_Elementwise]) -> Function:
    def function(x: Real) -> Real:
        cells = {argument: x}
        with np.errstate(all="ignore"):
            for own in nodes:
                cells[own.node.output] = own.apply(*(cells[name] for name in own.reads))
        # what is no number is never read, or saturates
        return np.nan_to_num(cells[nodes[-1].node.output], nan=0.0, posinf=2.0**30, neginf=-(2.0**30))

    return function


def _elementwise(graph: FloatGraph, node: FloatNode) -> _Elementwise | None:
    unary = _unary(node)
    if unary is not None:
        return _Elementwise(node, node.inputs[:1], unary)
    if node.operator in _BOUNDS:
        limits = _limits(graph, node)
        return None if limits is None else _Elementwise(node, node.inputs[:1], lambda x: np.clip(x, *limits))
    operation = _ARITHMETIC.get(node.operator)
    if operation is None or len(node.inputs) != 2:
        return None
    left, right = node.inputs
    if left not in graph.constants and right not in graph.constants:
        return _Elementwise(node, (left, right), operation)
    for argument, other, first in ((left, right, True), (right, left, False)):
        constant = graph.constants.get(other)
        if constant is None or constant.ndim > graph.ranks.get(argument, constant.ndim):
            # a constant with more axes than the argument would add some
            continue
        if constant.size == 1 and argument not in graph.constants:
            apply = _with_scalar(operation, float(constant.reshape(-1)[0]), scalar_last=first)
            return _Elementwise(node, (argument,), apply)
    return None


def _limits(graph: FloatGraph, node: FloatNode) -> tuple[float, float] | None:
    """The bounds of a Relu or Clip; none if they are computed at run time."""
    if node.operator == "Relu":
        return 0.0, math.inf
    limits = [float(node.attributes.get("min", -math.inf)), float(node.attributes.get("max", math.inf))]
    for place, name in enumerate(node.inputs[1:3]):
        if name and name not in graph.constants:
            return None
        if name:
            limits[place] = float(graph.constants[name].reshape(-1)[0])
    return limits[0], limits[1]


def _with_scalar(operation: Callable[[Any, Any], Any], scalar: float, *, scalar_last: bool) -> Function:
    if scalar_last:
        return lambda x: operation(x, scalar)
    return lambda x: operation(scalar, x)


def steep_keys(function: Function, exponent: int, keys: tuple[int, int], tolerance: float) -> tuple[int, int]:
    """The fewest keys, a power of two of them and 0 included, beyond which the function stays within `tolerance`.

    A key beyond is saturated, exactly and provably, so it reads the value at the end of the table.

    Args:
        function: of the keys' real values.
        exponent: fraction bits of a key.
        keys: first and last key that may occur; 0 is among them.
        tolerance: in units of the function's value.
    """
    first, last = keys
    with np.errstate(all="ignore"):
        values = np.nan_to_num(function(np.ldexp(np.arange(first, last + 1, dtype=np.float64), -exponent)))
    low = min(first + _flat_prefix(values, tolerance), 0)
    high = max(last - _flat_prefix(values[::-1], tolerance), 0)
    size = max(2 ** (high - low).bit_length(), 2)
    # the rest of the power of two, on both sides
    spare = size - (high - low + 1)
    high = min(max(low - spare // 2, first) + size - 1, last)
    return max(high - size + 1, first), high


def _flat_prefix(values: Real, tolerance: float) -> int:
    """The greatest index all of whose predecessors differ from it by no more than the tolerance."""
    above = np.maximum.accumulate(values) - values
    below = values - np.minimum.accumulate(values)
    return int(np.flatnonzero((above <= tolerance) & (below <= tolerance))[-1])
