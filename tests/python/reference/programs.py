"""Random programs of every operator, weights and inputs for them, and small programs by hand."""

from __future__ import annotations

import os
from math import prod
from typing import Any

from description import from_description
from errors import ProgramError
from hypothesis import settings
from hypothesis import strategies as st
from program import Program
from values import Class, Value

Description = dict[str, Any]
Cells = dict[str, list[int]]

_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
thorough = settings(max_examples=3000 if _LONG else 150, deadline=None)
"""How many examples these tests take."""

LIMITS = st.sampled_from([(-32768, 32767), (0, 32767), (-128, 127), (0, 255), (-3, 5), (-7, 0), (-9, -4), (4, 11)])


def described(nodes: list[dict[str, Any]], *, shape: list[int], **parts: Any) -> Description:
    """A program of one input `x`, whose output is the value of the last node."""
    low, high = parts.pop("range", (-100, 100))
    given = {"name": "x", "shape": shape, "exponent": 0, "lo": low, "hi": high, "integer": True}
    named = [{"name": f"n{index}", **node} for index, node in enumerate(nodes)]
    return {
        "limb_bits": 8,
        "overflow": "saturate",
        "inputs": [given],
        "parameters": [],
        "tables": [],
        "nodes": named,
        "outputs": [{"name": "y", "value": len(nodes), "exponent": 0, "integer": True}],
        **parts,
    }


def kept(shift: int = 0, low: int = -(2**40), high: int = 2**40) -> dict[str, Any]:
    """A requantisation of the value before it, by default one that changes nothing."""
    return {"op": "requantise", "shift": shift, "lo": low, "hi": high}


class _Growing:
    """A program in the making: it takes a node only if the reference takes it."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.description: Description = {
            "limb_bits": draw(st.sampled_from([8, 12, 16])),
            "overflow": draw(st.sampled_from(["saturate", "saturate", "refuse"])),
            "inputs": [],
            "parameters": [],
            "tables": [],
            "nodes": [],
            "outputs": [],
        }

    def input(self) -> None:
        low, high = self.draw(LIMITS)
        self.description["inputs"].append(
            {
                "name": f"x{len(self.description['inputs'])}",
                "shape": self.draw(
                    st.one_of(
                        st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 6), st.integers(1, 6)),
                        st.lists(st.integers(1, 5), min_size=1, max_size=5).filter(lambda s: prod(s) <= 200),
                    )
                ),
                "exponent": self.draw(st.integers(-4, 16)),
                "lo": low,
                "hi": high,
                "integer": self.draw(st.booleans()),
            }
        )

    def parameter(self, shape: tuple[int, ...]) -> int:
        parameters = self.description["parameters"]
        bits = self.draw(st.integers(2, 14))
        parameters.append({"name": f"p{len(parameters)}", "shape": list(shape), "bits": bits})
        return len(parameters) - 1

    def table(self, x: Value) -> int:
        tables = self.description["tables"]
        first = min(x.low, 0)
        rows = max(x.high, 0) - first + 1
        step, offset = self.draw(st.integers(-5, 5)), self.draw(st.integers(-50, 50))
        outputs = [(key * step + offset) % 97 - 48 for key in range(rows)]
        tables.append({"name": f"t{len(tables)}", "first_key": first, "outputs": outputs})
        return len(tables) - 1

    def several(self, low: int, high: int, count: int) -> list[int]:
        numbers: list[int] = self.draw(st.lists(st.integers(low, high), min_size=count, max_size=count))
        return numbers

    def window(self, rank: int, kernel: list[int] | None = None) -> dict[str, Any]:
        own = {} if kernel is not None else {"kernel": self.several(1, 3, rank)}
        return {
            **own,
            "strides": self.several(1, 3, rank),
            "pads": self.several(0, 2, 2 * rank),
            "dilations": self.several(1, 2, rank),
            "ceil": self.draw(st.booleans()),
        }

    def node(self, values: list[Value]) -> dict[str, Any] | None:
        """A node of some operator on some value, or none if it does not fit."""
        draw = self.draw
        # the latest value as often as all others, so that chains become long
        number = len(values) - 1 if draw(st.booleans()) else draw(st.integers(0, len(values) - 1))
        x = values[number]
        rank = len(x.shape) - 2
        if x.kind is Class.ACCUMULATOR and draw(st.booleans()):
            low, high = draw(LIMITS)
            shift = draw(st.one_of(st.integers(0, 20), st.integers(0, 40)))
            return {"op": "requantise", "inputs": [number], "shift": shift, "lo": low, "hi": high}
        operator = draw(st.sampled_from(OPERATORS))
        node: dict[str, Any] = {"op": operator, "inputs": [number]}
        if operator == "conv" and rank >= 1:
            groups = draw(st.sampled_from([g for g in range(1, x.shape[1] + 1) if x.shape[1] % g == 0]))
            outputs = groups * draw(st.integers(1, 3))
            kernel = draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
            weight = self.parameter((outputs, x.shape[1] // groups, *kernel))
            bias = self.parameter((outputs,)) if draw(st.booleans()) else None
            return {**node, "weight": weight, "bias": bias, "groups": groups, **self.window(rank, kernel)}
        if operator == "matmul" and x.shape:
            outputs = draw(st.integers(1, 4))
            weight = self.parameter((outputs, x.shape[-1]))
            return {**node, "weight": weight, "bias": self.parameter((outputs,)) if draw(st.booleans()) else None}
        if operator == "batch_matmul":
            return {**node, "inputs": [number, draw(st.integers(0, len(values) - 1))]}
        if operator == "add":
            others = draw(st.lists(st.integers(0, len(values) - 1), max_size=2))
            inputs = [number, *others]
            coefficient = st.integers(-9, 9)
            parameters = []
            if draw(st.booleans()):
                shape = tuple(1 if draw(st.booleans()) else length for length in x.shape)
                parameters = [[self.parameter(shape[draw(st.integers(0, len(shape))) :]), draw(coefficient)]]
            coefficients = draw(st.lists(coefficient, min_size=len(inputs), max_size=len(inputs)))
            constant = draw(st.integers(-1000, 1000))
            return {
                **node,
                "inputs": inputs,
                "coefficients": coefficients,
                "parameters": parameters,
                "constant": constant,
            }
        if operator in ("sum_pool", "max_pool") and rank >= 1:
            node.update(self.window(rank))
            if operator == "sum_pool":
                divisor = draw(st.sampled_from(["none", "window", "valid"]))
                node.update(divisor=divisor, fraction_bits=0 if divisor == "none" else draw(st.integers(0, 16)))
            return node
        if operator == "requantise":
            low, high = draw(LIMITS)
            return {**node, "shift": draw(st.integers(0, 8)), "lo": low, "hi": high}
        if operator == "lookup" and x.kind is Class.TENSOR and x.high - x.low < 2**12:
            return {**node, "table": self.table(x)}
        if operator == "argmax" and x.shape:
            return {**node, "axis": draw(st.integers(0, len(x.shape) - 1)), "keepdims": draw(st.booleans())}
        if operator == "reshape":
            return {**node, "shape": draw(st.permutations(_factors(prod(x.shape))))}
        if operator == "transpose":
            return {**node, "perm": draw(st.permutations(range(len(x.shape))))}
        return None

    def try_node(self) -> None:
        """Adds a node; undone if the reference refuses it."""
        counts = {part: len(self.description[part]) for part in ("parameters", "tables", "nodes")}
        node = self.node(self.types())
        if node is not None:
            self.description["nodes"].append({"name": f"n{counts['nodes']}", **node})
            try:
                if all(prod(value.shape) <= 1000 for value in self.types()):
                    return
            except ProgramError:
                pass
        for part, count in counts.items():
            del self.description[part][count:]

    def types(self) -> list[Value]:
        ends = [{"name": "end", "value": 0, "exponent": 0}]
        return from_description({**self.description, "outputs": ends}).values

    def finish(self) -> Description:
        for number, value in enumerate(self.types()):
            if value.kind is not Class.ACCUMULATOR:
                exponent = self.draw(st.integers(-4, 16))
                self.description["outputs"].append({"name": f"y{number}", "value": number, "exponent": exponent})
        return self.description


OPERATORS = (
    "conv",
    "matmul",
    "batch_matmul",
    "add",
    "sum_pool",
    "requantise",
    "lookup",
    "max_pool",
    "argmax",
    "reshape",
    "transpose",
)


def _factors(number: int) -> list[int]:
    factors = [1]
    for prime in (2, 3, 5, 7):
        while number % prime == 0:
            factors.append(prime)
            number //= prime
    return [*factors, number] if len(factors) < 7 else [number]


@st.composite
def descriptions(draw: Any) -> Description:
    """A program that the reference takes: one or two inputs, up to twelve nodes; what can be an output is one."""
    growing = _Growing(draw)
    for _ in range(draw(st.integers(1, 2))):
        growing.input()
    for _ in range(draw(st.integers(2, 12))):
        growing.try_node()
    return growing.finish()


def cells(shape: tuple[int, ...], low: int, high: int) -> st.SearchStrategy[list[int]]:
    """Cells in a range, its ends often among them."""
    one = st.one_of(st.integers(low, high), st.sampled_from([low, high]))
    return st.lists(one, min_size=prod(shape), max_size=prod(shape))


@st.composite
def operands(draw: Any, program: Program) -> tuple[Cells, Cells]:
    """Weights and inputs by name, flat."""
    seed = draw(st.randoms(use_true_random=False))
    ends = draw(st.booleans())

    def fill(shape: tuple[int, ...], low: int, high: int) -> list[int]:
        # a choice for each cell would be too much for the shrinker
        return [seed.choice((low, high)) if ends else seed.randint(low, high) for _ in range(prod(shape))]

    weights = {parameter.name: fill(parameter.shape, *parameter.range) for parameter in program.parameters}
    inputs = {given.name: fill(given.shape, given.low, given.high) for given in program.inputs}
    return weights, inputs
