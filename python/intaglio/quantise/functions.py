"""Elementwise functions of one tensor: each maximal chain becomes one table."""

from __future__ import annotations

import math
from collections.abc import Callable
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


def function_of(graph: FloatGraph, node: FloatNode) -> tuple[str, Function] | None:
    """`(argument, f)` if the node is a function of one tensor: a known one, or arithmetic with a scalar constant."""
    unary = _unary(node)
    if unary is not None:
        return node.inputs[0], unary
    if node.operator not in ("Add", "Sub", "Mul", "Div") or len(node.inputs) != 2:
        return None
    left, right = node.inputs
    operations: dict[str, Callable[[Any, Any], Any]] = {
        "Add": np.add,
        "Sub": np.subtract,
        "Mul": np.multiply,
        "Div": np.divide,
    }
    operation = operations[node.operator]
    for argument, other, first in ((left, right, True), (right, left, False)):
        constant = graph.constants.get(other)
        if constant is None or constant.ndim > graph.ranks.get(argument, constant.ndim):
            # a constant with more axes than the argument would add some
            continue
        if constant.size == 1 and argument not in graph.constants:
            return argument, _with_scalar(operation, float(constant.reshape(-1)[0]), scalar_last=first)
    return None


def _with_scalar(operation: Callable[[Any, Any], Any], scalar: float, *, scalar_last: bool) -> Function:
    if scalar_last:
        return lambda x: operation(x, scalar)
    return lambda x: operation(scalar, x)


def chain(graph: FloatGraph, node: FloatNode) -> tuple[str, Function, tuple[FloatNode, ...]] | None:
    """The longest chain of functions of one tensor that ends in `node`: argument, composition, nodes."""
    made = function_of(graph, node)
    if made is None:
        return None
    argument, function = made
    nodes: tuple[FloatNode, ...] = (node,)
    while True:
        before = graph.producer(argument)
        if before is None or not graph.is_private_to(argument, nodes[0]):
            return argument, function, nodes
        inner = function_of(graph, before)
        if inner is None:
            return argument, function, nodes
        argument, function, nodes = inner[0], _composed(function, inner[1]), (before, *nodes)


def _composed(outer: Function, inner: Function) -> Function:
    return lambda x: outer(inner(x))


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
