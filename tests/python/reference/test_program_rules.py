"""Every rule of a program is kept: the control passes, each breach is refused for its own reason."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from description import from_description
from errors import ProgramError
from intaglio import _core
from intaglio.errors import IntaglioError
from programs import Description, described, kept
from values import Class, Layout

SHAPES = {"w": (2, 1, 2, 2), "b": (2,), "m": (3, 8), "c": (3,)}
WEIGHTS = {name: np.zeros(shape, dtype=np.int64) for name, shape in SHAPES.items()}

CONV: dict[str, Any] = {
    "op": "conv",
    "inputs": [0],
    "weight": 0,
    "bias": 1,
    "groups": 1,
    "strides": [1, 1],
    "pads": [0, 0, 0, 0],
}
POOL: dict[str, Any] = {"op": "max_pool", "inputs": [2], "kernel": [2, 2], "strides": [2, 2], "pads": [0, 0, 0, 0]}
MEAN: dict[str, Any] = {**POOL, "op": "sum_pool", "divisor": "window", "fraction_bits": 8}


def control() -> Description:
    """Most operators, in one program."""
    nodes = [
        CONV,
        {**kept(4, -8, 7), "inputs": [1]},
        POOL,
        {"op": "lookup", "inputs": [3], "table": 0},
        {"op": "reshape", "inputs": [4], "shape": [1, 8]},
        {"op": "matmul", "inputs": [5], "weight": 2},
        {**kept(4, -100, 100), "inputs": [6]},
        {"op": "argmax", "inputs": [7], "axis": 1, "keepdims": False},
        {**MEAN, "inputs": [2]},
        {"op": "add", "inputs": [6, 7], "coefficients": [1, 16], "parameters": [[3, 1]], "constant": 1},
        {"op": "transpose", "inputs": [5], "perm": [1, 0]},
        {"op": "batch_matmul", "inputs": [5, 11]},
    ]
    parameters = [
        {"name": "w", "shape": [2, 1, 2, 2], "bits": 8},
        {"name": "b", "shape": [2], "bits": 8},
        {"name": "m", "shape": [3, 8], "bits": 8},
        {"name": "c", "shape": [3], "bits": 8},
    ]
    tables = [{"name": "t", "first_key": -8, "outputs": list(range(16))}]
    outputs = [
        {"name": "y", "value": 8, "exponent": 0, "integer": True},
        {"name": "scores", "value": 7, "exponent": 4},
    ]
    return described(nodes, shape=[1, 1, 5, 5], parameters=parameters, tables=tables, outputs=outputs)


def test_the_control_is_a_program_with_these_types() -> None:
    values = from_description(control()).values
    assert [(value.shape, value.low, value.high, value.kind) for value in values[:4]] == [
        ((1, 1, 5, 5), -100, 100, Class.TENSOR),
        # 4 taps of ±128·100, of which −128·−100 is the greatest; 8 bits of bias
        ((1, 2, 4, 4), -4 * 12800 - 128, 4 * 12800 + 127, Class.ACCUMULATOR),
        ((1, 2, 4, 4), -8, 7, Class.TENSOR),
        ((1, 2, 2, 2), -8, 7, Class.TENSOR),
    ]
    assert (values[5].kind, values[5].low, values[5].high) == (Class.VIEW, 0, 15)
    # 8·(−128·15) … 8·(127·15)
    assert (values[6].low, values[6].high) == (-15360, 15240)
    assert (values[8].shape, values[8].low, values[8].high) == ((1,), 0, 2)
    # 64·4 cells of −8 … 7
    assert (values[9].low, values[9].high) == (-8 * 256, 7 * 256)
    assert (values[10].low, values[10].high) == (-15360 - 1600 - 128 + 1, 15240 + 1600 + 127 + 1)
    assert values[2].layout == Layout((1, 2, 16))
    assert values[0].layout == Layout((25,))


BREACHES: list[tuple[list[Any], Any, str]] = [
    (["limb_bits"], 10, "limbs"),
    (["inputs"], [], "needs an input"),
    (["outputs"], [], "needs an input and an output"),
    (["inputs", 0, "lo"], 100, "range"),
    (["inputs", 0, "lo"], -(2**31) - 1, "range"),
    (["inputs", 0, "hi"], 2**32, "range"),
    (["inputs", 0, "exponent"], 65, "exponent"),
    (["inputs", 0, "shape"], [1, 1, 5, 0], "shape"),
    (["inputs", 0, "shape"], [1] * 9, "shape"),
    (["inputs", 0, "shape"], [2**13, 2**14], "shape"),
    (["parameters", 0, "bits"], 1, "width"),
    (["parameters", 0, "bits"], 49, "width"),
    (["parameters", 1, "name"], "w", "taken"),
    (["parameters", 1, "shape"], [3], "bias"),
    (["parameters", 0, "shape"], [2, 2, 2, 2], "do not fit"),
    (["outputs", 1, "name"], "y", "taken"),
    (["outputs", 1, "exponent"], -65, "exponent"),
    (["outputs", 1, "value"], 6, "accumulator"),
    (["outputs", 1, "value"], 13, "does not exist"),
    (["tables", 0, "outputs"], [], "rows"),
    (["tables", 0, "outputs"], [2**40] * 16, "40 bits"),
    (["tables", 0, "outputs"], [0] * 15, "keys"),
    (["tables", 0, "first_key"], -7, "keys"),
    (["tables", 0, "first_key"], -(2**40), "40 bits"),
    (["nodes", 0, "weight"], 4, "does not exist"),
    (["nodes", 0, "bias"], None, "exactly one"),
    (["nodes", 0, "groups"], 0, "groups"),
    (["nodes", 0, "groups"], 2, "groups"),
    (["nodes", 0, "strides"], [1], "every spatial axis"),
    (["nodes", 0, "strides"], [1, 0], "positive"),
    (["nodes", 0, "pads"], [0, 0, 0, 2**20], "pads"),
    (["nodes", 0, "dilations"], [5, 1], "larger than its padded input"),
    (["nodes", 0, "inputs"], [], "missing"),
    (["nodes", 0, "inputs"], [0, 0], "more values"),
    (["nodes", 0, "inputs"], [1], "does not exist yet"),
    (["nodes", 1, "shift"], 41, "shift"),
    (["nodes", 1, "lo"], 7, "lo < hi"),
    (["nodes", 1, "hi"], 2**40 + 1, "2\\^40"),
    (["nodes", 2, "inputs"], [1], "accumulator"),
    (["nodes", 2, "pads"], [2, 0, 0, 0], "wholly in the padding"),
    (["nodes", 2, "kernel"], [2, 2, 2], "every spatial axis"),
    (["nodes", 2, "inputs"], [0], "larger|keys|another number"),
    (["nodes", 3, "table"], 1, "table"),
    (["nodes", 4, "shape"], [1, 9], "another number"),
    (["nodes", 5, "inputs"], [7], "inner axis|does not exist yet"),
    (["nodes", 6, "inputs"], [5], "view"),
    (["nodes", 7, "axis"], 2, "axis"),
    (["nodes", 7, "axis"], 0, "one cell"),
    (["nodes", 8, "fraction_bits"], 31, "30"),
    (["nodes", 8, "divisor"], "none", "a sum has none"),
    (["nodes", 9, "coefficients"], [1], "one coefficient"),
    (["nodes", 9, "coefficients"], [1, 2**40], "40 bits"),
    (["nodes", 9, "coefficients"], [2**39, 1], "2\\^52"),
    (["nodes", 9, "constant"], -(2**40), "40 bits"),
    (["nodes", 9, "inputs"], [6, 3], "broadcast|accumulators"),
    (["nodes", 10, "perm"], [0, 0], "every axis once"),
    (["nodes", 11, "inputs"], [5, 5], "inner"),
    (["nodes", 11, "inputs"], [5], "missing"),
    (["nodes", 11, "op"], "mul", "no operator"),
    (["surplus"], 1, "entries"),
]


@pytest.mark.parametrize(("place", "wrong", "reason"), BREACHES, ids=lambda part: str(part)[:40])
def test_a_breach_is_refused_for_its_own_reason(place: list[Any], wrong: Any, reason: str) -> None:
    description = deepcopy(control())
    from_description(description)
    part: Any = description
    for key in place[:-1]:
        part = part[key]
    assert part.get(place[-1]) != wrong if isinstance(part, dict) else part[place[-1]] != wrong
    part[place[-1]] = wrong
    with pytest.raises(ProgramError, match=reason):
        from_description(description)
    # the product refuses it, too
    with pytest.raises((IntaglioError, ValueError)):
        _core.Compiled(json.dumps(description), WEIGHTS, "{}")


def test_the_product_takes_the_control() -> None:
    _core.Compiled(json.dumps(control()), WEIGHTS, "{}")


def test_an_accumulator_may_reach_its_limit_and_no_further() -> None:
    def description(terms: int) -> Description:
        nodes = [{"op": "matmul", "inputs": [0], "weight": 0}, {**kept(), "inputs": [1]}]
        parameters = [{"name": "w", "shape": [1, terms], "bits": 48}]
        return described(nodes, shape=[1, terms], parameters=parameters, range=(-8, 1))

    # terms · 8 · 2^47
    assert from_description(description(4)).values[1].high == 2**52
    with pytest.raises(ProgramError, match="2\\^52"):
        from_description(description(5))


def test_accumulators_of_different_layouts_are_not_added() -> None:
    def description(groups: int) -> Description:
        own = 4 // groups
        conv = {**CONV, "bias": None, "groups": 1, "strides": [1], "pads": [0, 0]}
        nodes: list[dict[str, Any]] = [
            conv,
            {**conv, "weight": 1, "groups": groups},
            {"op": "add", "inputs": [1, 2], "coefficients": [1, 1]},
            {**kept(), "inputs": [3]},
        ]
        parameters = [
            {"name": "a", "shape": [4, 4, 1], "bits": 8},
            {"name": "b", "shape": [4, own, 1], "bits": 8},
        ]
        return described(nodes, shape=[1, 4, 3], parameters=parameters)

    from_description(description(1))
    with pytest.raises(ProgramError, match="one layout"):
        from_description(description(2))


def test_a_padded_layout_needs_zero_among_the_keys() -> None:
    def description(cells: int) -> Description:
        tables = [{"name": "t", "first_key": 3, "outputs": [1, 2, 3]}]
        return described([{"op": "lookup", "inputs": [0], "table": 0}], shape=[cells], tables=tables, range=(3, 5))

    from_description(description(4))
    with pytest.raises(ProgramError, match="keys"):
        from_description(description(3))


def test_each_operator_has_its_layout() -> None:
    nodes = [
        {**CONV, "bias": None, "groups": 2},
        {**kept(0, 0, 7), "inputs": [1]},
        POOL,
        {**MEAN, "divisor": "valid"},
        {"op": "reshape", "inputs": [2], "shape": [4, 3, 3]},
        {"op": "reshape", "inputs": [2], "shape": [1, 4, 3, 3]},
        {"op": "argmax", "inputs": [2], "axis": 1, "keepdims": True},
        {"op": "add", "inputs": [6], "coefficients": [1]},
        {"op": "add", "inputs": [5, 2], "coefficients": [1, 1]},
        {"op": "add", "inputs": [6, 7], "coefficients": [1, 1]},
    ]
    parameters = [{"name": "w", "shape": [4, 1, 1, 1], "bits": 8}]
    outputs = [{"name": "y", "value": 2, "exponent": 0}]
    description = described(nodes, shape=[1, 2, 3, 3], parameters=parameters, outputs=outputs)
    axes = [value.layout.axes for value in from_description(description).values]
    assert axes == [
        (18,),
        (1, 2, 2, 9),
        (1, 2, 2, 9),
        (1, 4, 1),
        (1, 4, 1),
        # views: rank 4 and more as an image
        (4, 3, 3),
        (1, 4, 9),
        # argmax: without its axis, kept or not
        (1, 3, 3),
        # add: that of the first tensor of the output's shape; a view is none
        (1, 4, 3, 3),
        (1, 2, 2, 9),
        (1, 4, 3, 3),
    ]


@pytest.mark.parametrize(("shape", "fits"), [([1, 1, 2049, 2049], True), ([2049, 2049], False)])
def test_padded_cells_count_towards_the_limit(shape: list[int], fits: bool) -> None:
    # 2^23 cells hold both, but not if both axes of 12 variables are padded
    description = described([{"op": "reshape", "inputs": [0], "shape": shape}], shape=[2049 * 2049])
    if fits:
        from_description(description)
    else:
        with pytest.raises(ProgramError, match="too many cells"):
            from_description(description)


@pytest.mark.parametrize(("low", "high"), [(3, 5), (-5, -3)])
def test_ranges_of_accumulators_contain_what_padding_is(low: int, high: int) -> None:
    nodes: list[dict[str, Any]] = [
        {"op": "add", "inputs": [0], "coefficients": [2], "constant": 1},
        {"op": "matmul", "inputs": [0], "weight": 0},
        {"op": "transpose", "inputs": [0], "perm": [1, 0]},
        {"op": "batch_matmul", "inputs": [0, 3]},
        {**kept(), "inputs": [1]},
    ]
    parameters = [{"name": "w", "shape": [1, 3], "bits": 2}]
    values = from_description(described(nodes, shape=[2, 3], parameters=parameters, range=(low, high))).values
    lower, upper = min(low, 0), max(high, 0)
    assert (values[1].low, values[1].high) == (2 * lower + 1, 2 * upper + 1)
    # weights −2 … 1
    assert (values[2].low, values[2].high) == (3 * min(lower, -2 * upper), 3 * max(upper, -2 * lower))
    assert (values[4].low, values[4].high) == (0, 75)
