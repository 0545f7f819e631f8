"""The quantiser: walks a canonical float graph and writes the integer program.

An accumulator stays virtual as long as only one node wants it: an activation is fused into its requantisation, an
addition takes it up at a common exponent. Everything else is requantised to 16 bits at its calibrated exponent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intaglio.errors import IntaglioError, Problem, UnsupportedModel
from intaglio.frontend.graph import FloatGraph, FloatNode
from intaglio.quantise import windows
from intaglio.quantise.builder import Builder, Description, Integers
from intaglio.quantise.calibrate import Calibration
from intaglio.quantise.functions import Function, regions, steep_keys
from intaglio.quantise.scheme import (
    ACTIVATION_BITS,
    MAX_ACCUMULATOR,
    MAX_WEIGHT_BITS,
    bits_of,
    exponent_for,
    extra_limb,
    signed,
    smallest_shift,
    to_integers,
    unsigned,
)

VIEWS = ("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
TABLE_ERROR = 6e-4
"""Largest error of a function table, relative to the function's range over the calibrated keys."""
CONSTANT_BITS = 8
"""Fraction bits that a sum's constant may add to those of its parts."""
FINER_BITS = 24
"""Fraction bits that a part of a sum may have beyond the sum's."""
MAX_SHIFT = 40
SHARE_OF_FEW = 0.01
"""Of all elements: a tensor with fewer keeps 16 bits."""
LEAST_KEY_BITS = 8
MAX_FLAT_BITS = 19
"""Most bits of the keys, without sign, that are searched for where a function is flat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantised:
    """A program's description, its integer weights, and the exponents that were chosen."""

    description: Description
    weights: dict[str, NDArray[np.int64]]
    exponents: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """What an accumulator becomes: the range and exponent of the value that its requantisation keeps."""

    tensor: str
    exponent: int
    low: int
    high: int
    function: Function | None = None


def quantise(
    graph: FloatGraph,
    calibration: Calibration,
    *,
    limb_bits: int,
    overflow: str,
    activation_bits: int = ACTIVATION_BITS,
    weight_bits: int = MAX_WEIGHT_BITS,
) -> Quantised:
    """The integer program of a canonical graph.

    Args:
        graph: canonical, all nodes supported.
        calibration: ranges of every tensor.
        limb_bits: width of range-check limbs, 8, 12 or 16.
        overflow: "saturate" or "refuse".
        activation_bits: width of activations, 8, 12 or 16.
        weight_bits: most bits of a weight.
    """
    made = _Quantiser(graph, calibration, limb_bits, activation_bits, overflow)
    made.weight_bits = weight_bits
    return made.run()


def _scaled(limit: float, exponent: int) -> float:
    """`⌊x·2^e + ½⌋`, not yet an integer: exporters write the largest float for "no limit"."""
    return float(np.floor(np.ldexp(np.float64(limit), exponent) + 0.5))


class _Quantiser:
    def __init__(
        self, graph: FloatGraph, calibration: Calibration, limb_bits: int, activation_bits: int, overflow: str
    ) -> None:
        self.graph = graph
        self.calibration = calibration
        self.activation_bits = activation_bits
        self.weight_bits = MAX_WEIGHT_BITS
        self.few = SHARE_OF_FEW * sum(math.prod(seen.shape) for seen in calibration.ranges.values())
        self.builder = Builder(limb_bits=limb_bits, overflow=overflow)
        self.values: dict[str, Integers] = {}
        self.accumulators: dict[str, Integers] = {}
        self.views: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.exponents: dict[str, int] = {}
        self.regions = regions(graph)

    def run(self) -> Quantised:
        for spec in self.graph.inputs:
            bits = self._bits(spec.name)
            exponent = 0 if spec.is_integer else self._exponent(spec.name, bits)
            low, high = signed(bits)
            if spec.is_integer:
                seen = self.calibration.ranges[spec.name]
                low, high = min(low, int(seen.low)), max(high, int(seen.high))
            value = Integers(
                id=len(self.builder.inputs),
                exponent=exponent,
                low=low,
                high=high,
                shape=spec.shape,
                is_integer=spec.is_integer,
            )
            self.builder.input(spec.name, value)
            self.values[spec.name] = value
            self.exponents[spec.name] = exponent
        for node in self.graph.nodes:
            self._node(node)
        for name, tensor in zip(self.graph.output_names, self.graph.outputs, strict=True):
            self.builder.output(name, self._tensor(tensor))
        return Quantised(description=self.builder.description(), weights=self.builder.weights, exponents=self.exponents)

    # ---- what is known about a tensor

    def _shape(self, name: str) -> tuple[int, ...]:
        return self.calibration.ranges[name].shape

    def _exponent(self, name: str, bits: int) -> int:
        seen = self.calibration.ranges[name]
        return exponent_for(seen.largest, bits=bits, margin=self.calibration.margin)

    def _bits(self, name: str) -> int:
        """The width of a tensor: the user's choice, but at least 16 where there are few elements to save on. (R4)"""
        own = math.prod(self._shape(name))
        return self.activation_bits if own >= self.few else ACTIVATION_BITS

    def _tensor(self, name: str) -> Integers:
        """The committed value of a tensor, or a view of one."""
        if name not in self.values:
            if name not in self.accumulators:
                raise IntaglioError(f"tensor {name!r} was never computed")
            self._finish(name, self.accumulators[name], self._goal(name))
        return self.values[name]

    def _goal(self, name: str) -> _Goal:
        """Plain requantisation at the calibrated exponent."""
        bits = self._bits(name)
        low, high = signed(bits)
        return _Goal(tensor=name, exponent=self._exponent(name, bits), low=low, high=high)

    def _destination(self, node: FloatNode) -> _Goal:
        """Where a virtual accumulator ends: through additions, then an activation, as long as nobody else reads it."""
        readers = self.graph.consumers(node.output)
        if node.output in self.graph.outputs or len(readers) != 1:
            return self._goal(node.output)
        reader = readers[0]
        if reader.operator == "Add" and self._may_wait(node, reader):
            return self._destination(reader)
        if reader.operator == "Add" and reader.output not in self.regions:
            return self._goal(node.output)
        return self._activation(reader, node.output) or self._goal(node.output)

    def _activation(self, node: FloatNode, argument: str) -> _Goal | None:
        """The goal of an activation that can be fused into a requantisation of its argument."""
        if node.operator in ("Relu", "Clip"):
            exponent = self._exponent(node.output, self._bits(node.output))
            low, high = self._bounds(node, exponent)
            return _Goal(tensor=node.output, exponent=exponent, low=low, high=high)
        made = self.regions.get(node.output)
        if made is None or made.argument != argument:
            return None
        return self._function_goal(argument, made.function, made.output)

    def _bounds(self, node: FloatNode, exponent: int) -> tuple[int, int]:
        bits = self._bits(node.output)
        if node.operator == "Relu":
            return unsigned(bits)
        get = node.attributes.get
        limits: list[float | None] = [get("min"), get("max")]
        for index, name in enumerate(node.inputs[1:3]):
            if name:
                limits[index] = float(self.graph.constants[name].reshape(-1)[0])
        low, high = signed(bits) if limits[0] is None or limits[0] < 0 else unsigned(bits)
        if limits[0] is not None:
            low = int(np.clip(_scaled(limits[0], exponent), low, high - 1))
        if limits[1] is not None:
            high = int(np.clip(_scaled(limits[1], exponent), low + 1, high))
        return low, high

    def _function_goal(self, argument: str, function: Function, output: str) -> _Goal:
        """Keys as few as the table's error allows: coarse, and cut where the function is flat; at most 2^16."""
        seen = self.calibration.ranges[argument]
        points = np.linspace(seen.low, seen.high, 4001)
        exact = function(points)
        tolerance = TABLE_ERROR * (float(exact.max() - exact.min()) or 1.0)
        finest = self._exponent(argument, ACTIVATION_BITS)
        most = finest + MAX_FLAT_BITS - ACTIVATION_BITS + 1
        for exponent in range(self._exponent(argument, LEAST_KEY_BITS), most + 1):
            rounded = np.ldexp(to_integers(points, exponent).astype(np.float64), -exponent)
            if float(np.abs(function(rounded) - exact).max()) > tolerance:
                continue
            half = 2 ** (ACTIVATION_BITS - 1 - finest + exponent)
            low, high = -half, half - 1
            if self.builder.overflow == "saturate":
                low, high = steep_keys(function, exponent, (low, high), tolerance)
            if high - low < 2**ACTIVATION_BITS:
                return _Goal(tensor=output, exponent=exponent, low=low, high=high, function=function)
        low, high = signed(ACTIVATION_BITS)
        return _Goal(tensor=output, exponent=finest, low=low, high=high, function=function)

    # ---- making values

    def _finish(self, name: str, accumulator: Integers, goal: _Goal) -> Integers:
        """Requantise an accumulator (or a tensor) to its goal, and apply the goal's function."""
        shift = accumulator.exponent - goal.exponent
        source = accumulator
        if shift < 0:
            scaled = self.builder.node(
                f"{goal.tensor}.align", "add", [source.id], coefficients=[2**-shift], parameters=[], constant=0
            )
            source, shift = replace(source, id=scaled), 0
        kept = self.builder.node(goal.tensor, "requantise", [source.id], shift=shift, lo=goal.low, hi=goal.high)
        value = Integers(id=kept, exponent=goal.exponent, low=goal.low, high=goal.high, shape=accumulator.shape)
        if goal.function is not None:
            value = self._lookup(value, goal)
        self.values[goal.tensor] = value
        self.exponents[goal.tensor] = value.exponent
        return value

    def _lookup(self, key: Integers, goal: _Goal) -> Integers:
        assert goal.function is not None
        bits = self._bits(goal.tensor)
        exponent = self._exponent(goal.tensor, bits)
        keys = np.arange(goal.low, goal.high + 1)
        with np.errstate(all="ignore"):
            outputs = goal.function(np.ldexp(keys.astype(np.float64), -key.exponent))
        finite = np.nan_to_num(outputs, nan=0.0, posinf=2.0**30, neginf=-(2.0**30))
        integers = np.clip(to_integers(np.clip(finite, -(2.0**30), 2.0**30), exponent), *signed(bits))
        table = self.builder.table(goal.tensor, goal.low, integers)
        id_ = self.builder.node(goal.tensor, "lookup", [key.id], table=table)
        low, high = int(integers.min()), int(integers.max())
        return Integers(id=id_, exponent=exponent, low=low, high=high, shape=key.shape)

    def _accumulate(self, node: FloatNode, accumulator: Integers, goal: _Goal) -> None:
        """Keep an accumulator virtual if an addition will take it up, else requantise it to its goal."""
        readers = self.graph.consumers(node.output)
        taken = len(readers) == 1 and readers[0].operator == "Add" and node.output not in self.graph.outputs
        if taken and self._may_wait(node, readers[0]):
            self.accumulators[node.output] = accumulator
            return
        self._finish(node.output, accumulator, goal)

    def _may_wait(self, node: FloatNode, addition: FloatNode) -> bool:
        """Whether an addition can read the accumulator as it is: equal shapes, and accumulators of one layout."""
        if any(name in self.graph.constants for name in addition.inputs):
            return False
        if self._shape(addition.output) != self._shape(node.output):
            return False
        makers = [self.graph.producer(name) for name in addition.inputs]
        linear = [m for m in makers if m is not None and m.operator in ("Conv", "Linear", "MatMul", "Add")]
        grouped = any(m.attributes.get("group", 1) != 1 for m in linear)
        return not grouped and len({m.operator for m in linear}) == 1

    # ---- nodes

    def _node(self, node: FloatNode) -> None:
        if node.output in self.regions:
            self._apply(node)
        elif node.operator in VIEWS:
            self._view(node)
        elif node.operator in ("Conv", "Linear"):
            self._linear(node)
        elif node.operator == "MatMul":
            self._product(node)
        elif node.operator in ("AveragePool", "GlobalAveragePool", "ReduceMean"):
            windows.mean_pool(self, node)
        elif node.operator in ("MaxPool", "GlobalMaxPool"):
            windows.max_pool(self, node)
        elif node.operator == "ArgMax":
            self._argmax(node)
        elif node.operator in ("Relu", "Clip"):
            self._activate(node)
        elif node.operator in ("Add", "Sub"):
            self._add(node)
        else:
            raise IntaglioError(f"node {node.name!r}: {node.operator} passed the check but has no rule")

    def _linear(self, node: FloatNode) -> None:
        x = self._tensor(node.inputs[0])
        weight = self.graph.constants[node.inputs[1]].astype(np.float64)
        bias = None
        if len(node.inputs) > 2 and node.inputs[2] and np.any(self.graph.constants[node.inputs[2]]):
            bias = self.graph.constants[node.inputs[2]].astype(np.float64)
        goal = self._destination(node)
        terms = int(np.prod(weight.shape[1:]))
        exponent = self._accumulator_exponent(node.inputs[0], x, goal, terms, node)
        weight_exponent = exponent - x.exponent
        reach = float(max(abs(x.low), abs(x.high)))
        while True:
            integers = to_integers(weight, weight_exponent)
            bits = bits_of(integers)
            biases = None if bias is None else to_integers(bias, weight_exponent + x.exponent)
            most = reach * 2.0 ** (bits - 1) * terms + (0.0 if biases is None else 2.0 ** bits_of(biases))
            if bits <= self.weight_bits and most < MAX_ACCUMULATOR:
                break
            weight_exponent -= 1
        parameter = self.builder.parameter(node.inputs[1], integers)
        bias_parameter = None if biases is None else self.builder.parameter(node.inputs[2], biases)
        shape = self._shape(node.output)
        if node.operator == "Conv":
            attributes = windows.convolution(node, weight.shape[2:], self._shape(node.inputs[0])[2:])
            id_ = self.builder.node(node.name, "conv", [x.id], weight=parameter, bias=bias_parameter, **attributes)
        else:
            id_ = self.builder.node(node.name, "matmul", [x.id], weight=parameter, bias=bias_parameter)
        accumulator = Integers(id=id_, exponent=weight_exponent + x.exponent, low=0, high=0, shape=shape)
        self._accumulate(node, accumulator, goal)

    def _accumulator_exponent(self, name: str, x: Integers, goal: _Goal, terms: int, node: FloatNode) -> int:
        """`s + e_out`: the shift is whole limbs, wide enough for the input (R6) and for what is added to it."""
        limb = self.builder.limb_bits
        shift = smallest_shift(limb, self._bits(name) if name in self.calibration.ranges else ACTIVATION_BITS)
        rms = self.calibration.ranges[name].rms * 2.0**x.exponent if name in self.calibration.ranges else 0.0
        if extra_limb(rms, terms, shift):
            shift += limb
        least = self._addend_exponent(node)
        while least is not None and shift + goal.exponent < least and shift < 40 - limb:
            shift += limb
        return shift + goal.exponent

    def _addend_exponent(self, node: FloatNode) -> int | None:
        """The largest exponent of what later additions put beside this accumulator."""
        readers = self.graph.consumers(node.output)
        if len(readers) != 1 or readers[0].operator != "Add" or not self._may_wait(node, readers[0]):
            return None
        others = [name for name in readers[0].inputs if name != node.output]
        known = [self._exponent(name, self._bits(name)) for name in others if name in self.calibration.ranges]
        return max(known, default=None)

    def _product(self, node: FloatNode) -> None:
        a, b = (self._tensor(name) for name in node.inputs)
        id_ = self.builder.node(node.name, "batch_matmul", [a.id, b.id])
        accumulator = Integers(id=id_, exponent=a.exponent + b.exponent, low=0, high=0, shape=self._shape(node.output))
        self._finish(node.output, accumulator, self._fused_goal(node))

    def _fused_goal(self, node: FloatNode) -> _Goal:
        """The goal of a node whose only reader is an activation, else plain requantisation."""
        readers = self.graph.consumers(node.output)
        if len(readers) == 1 and node.output not in self.graph.outputs:
            return self._activation(readers[0], node.output) or self._goal(node.output)
        return self._goal(node.output)

    def _add(self, node: FloatNode) -> None:
        sign = -1 if node.operator == "Sub" else 1
        goal = self._destination(node)
        names = list(node.inputs)
        parts: list[tuple[Integers, int]] = []
        constant: tuple[str, int] | None = None
        for position, name in enumerate(names):
            coefficient = sign if position == 1 else 1
            if name in self.graph.constants:
                constant = (name, coefficient)
                continue
            waiting = name in self.accumulators and name not in self.values
            parts.append((self.accumulators[name] if waiting else self._tensor(name), coefficient))
        # a sum that nearly cancels has no more fraction bits than its parts, but for its constant
        goal = replace(goal, exponent=min(goal.exponent, max(p.exponent for p, _ in parts) + CONSTANT_BITS))
        finest = goal.exponent + FINER_BITS
        parts = [(self._coarsened(f"{node.name}.{i}", p, finest), c) for i, (p, c) in enumerate(parts)]
        exponent = max(
            max(p.exponent for p, _ in parts),
            smallest_shift(self.builder.limb_bits, 1) + goal.exponent,
        )
        shift = smallest_shift(self.builder.limb_bits, exponent - goal.exponent)
        exponent = shift + goal.exponent
        parameters = []
        if constant is not None:
            integers = to_integers(self.graph.constants[constant[0]], exponent)
            parameters = [[self.builder.parameter(constant[0], integers), constant[1]]]
        id_ = self.builder.node(
            node.name,
            "add",
            [p.id for p, _ in parts],
            coefficients=[c * 2 ** (exponent - p.exponent) for p, c in parts],
            parameters=parameters,
            constant=0,
        )
        accumulator = Integers(id=id_, exponent=exponent, low=0, high=0, shape=self._shape(node.output))
        self._accumulate(node, accumulator, goal)

    def _coarsened(self, name: str, part: Integers, finest: int) -> Integers:
        """A part of a sum with at most so many fraction bits; what is dropped lies far below one unit of the sum."""
        while part.exponent > finest:
            shift = min(part.exponent - finest, MAX_SHIFT)
            name = f"{name}.coarse"
            sum_ = self.builder.node(f"{name}.sum", "add", [part.id], coefficients=[1], parameters=[], constant=0)
            low, high = signed(ACTIVATION_BITS)
            kept = self.builder.node(name, "requantise", [sum_], shift=shift, lo=low, hi=high)
            part = replace(part, id=kept, exponent=part.exponent - shift, low=low, high=high)
        return part

    def _activate(self, node: FloatNode) -> None:
        """ReLU or Clip of a tensor that is committed already; through views to the tensor behind."""
        if node.output in self.values:
            return
        goal = self._activation(node, node.inputs[0])
        assert goal is not None
        self._through_views(node.inputs[0], goal)

    def _apply(self, node: FloatNode) -> None:
        """A function of a tensor that is committed already."""
        made = self.regions[node.output]
        if made.output not in self.values:
            self._through_views(made.argument, self._function_goal(made.argument, made.function, made.output))

    def _through_views(self, name: str, goal: _Goal) -> None:
        self._tensor(name)
        base, steps = self.views.get(name, (name, []))
        value = self._finish(name, self._tensor(base), goal)
        if steps:
            self._remember_view(goal.tensor, value, steps)
        for step in steps:
            id_ = self.builder.node(step["name"], step["op"], [value.id], **step["attributes"])
            value = replace(value, id=id_, shape=tuple(step["shape"]))
        if steps:
            self.values[goal.tensor] = value

    def _remember_view(self, name: str, behind: Integers, steps: list[dict[str, Any]]) -> None:
        """Note that a tensor is a view of a value that has no name in the user's model."""
        base = f"{name}.behind"
        self.values[base] = behind
        self.views[name] = (base, steps)

    def _view(self, node: FloatNode) -> None:
        x = self._tensor(node.inputs[0])
        shape = self._shape(node.output)
        if node.operator == "Transpose":
            rank = len(x.shape)
            perm = list(node.attributes.get("perm", range(rank - 1, -1, -1)))
            step: dict[str, Any] = {"name": node.name, "op": "transpose", "attributes": {"perm": perm}, "shape": shape}
        else:
            step = {"name": node.name, "op": "reshape", "attributes": {"shape": list(shape)}, "shape": shape}
        id_ = self.builder.node(node.name, step["op"], [x.id], **step["attributes"])
        self.values[node.output] = replace(x, id=id_, shape=shape)
        self.exponents[node.output] = x.exponent
        base, steps = self.views.get(node.inputs[0], (node.inputs[0], []))
        self.views[node.output] = (base, [*steps, step])

    def _argmax(self, node: FloatNode) -> None:
        x = self._tensor(node.inputs[0])
        axis = node.attributes.get("axis", 0) % len(x.shape)
        if x.shape[axis] == 1:
            what, remedy = "an axis of one cell has no maximum to choose", "drop the node: its output is always 0"
            raise UnsupportedModel(
                (Problem(name=node.name, operator=node.operator, opset=self.graph.opset, what=what, remedy=remedy),)
            )
        keep = bool(node.attributes.get("keepdims", 1))
        id_ = self.builder.node(node.name, "argmax", [x.id], axis=axis, keepdims=keep)
        high = x.shape[axis] - 1
        shape = self._shape(node.output)
        self.values[node.output] = Integers(id=id_, exponent=0, low=0, high=high, shape=shape, is_integer=True)
        self.exponents[node.output] = 0
