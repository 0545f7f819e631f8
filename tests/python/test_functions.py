"""Function tables: as few keys as the error allows, and no dip of a function cut off."""

from __future__ import annotations

import math
from collections.abc import Callable

import intaglio
import numpy as np
import pytest
from intaglio.quantise.functions import steep_keys
from numpy.typing import NDArray
from onnx import helper
from onnx_graphs import to_model

Real = NDArray[np.float64]
EXPONENT = 8
KEYS = (-(2**15), 2**15 - 1)
TOLERANCE = 6e-4


def sigmoid(x: Real) -> Real:
    return 1 / (1 + np.exp(-x))


def gelu(x: Real) -> Real:
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


FUNCTIONS: dict[str, tuple[Callable[[Real], Real], int]] = {
    "sigmoid": (sigmoid, 12),
    "tanh": (np.tanh, 12),
    "a step far from zero": (lambda x: np.where(x > 100, 1.0, 0.0), 15),
    # no flat side to the right, so nearly all keys are steep
    "gelu": (gelu, 16),
    "relu": (lambda x: np.maximum(x, 0.0), 15),
    "identity": (lambda x: x, 16),
    "constant": (np.zeros_like, 1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_cut_off_is_flat(name: str) -> None:
    function, most_bits = FUNCTIONS[name]
    low, high = steep_keys(function, EXPONENT, KEYS, TOLERANCE)
    assert KEYS[0] <= low <= 0 <= high <= KEYS[1]
    size = high - low + 1
    assert size & (size - 1) == 0
    assert size <= 2**most_bits
    keys = np.arange(KEYS[0], KEYS[1] + 1)
    exact = function(np.ldexp(keys.astype(np.float64), -EXPONENT))
    kept = function(np.ldexp(np.clip(keys, low, high).astype(np.float64), -EXPONENT))
    assert np.abs(exact - kept).max() <= TOLERANCE


def test_a_dip_is_not_mistaken_for_a_flat_side() -> None:
    def dip(x: Real) -> Real:
        return np.where(np.abs(x + 50) < 1, -1.0, 0.0)

    low, _ = steep_keys(dip, EXPONENT, KEYS, TOLERANCE)
    assert low <= -51 * 2**EXPONENT


# ---- subgraphs that are functions of one tensor

NODES: dict[str, list[tuple[str, str, str]]] = {
    "silu": [("Sigmoid", "x", "s"), ("Mul", "x s", "y")],
    "h-swish": [("Add", "x three", "a"), ("Clip", "a zero six", "c"), ("Mul", "x c", "m"), ("Div", "m six", "y")],
    "softsign": [("Abs", "x", "a"), ("Add", "one a", "b"), ("Div", "x b", "y")],
    "gelu by tanh": [
        ("Mul", "x x", "x2"), ("Mul", "x2 x", "x3"), ("Mul", "x3 c1", "a"), ("Add", "x a", "b"), ("Mul", "b c2", "d"),
        ("Tanh", "d", "t"), ("Add", "t one", "u"), ("Mul", "x u", "v"), ("Mul", "v half", "y"),
    ],
    "square": [("Mul", "x x", "y")],
    "residual of a function": [("Sigmoid", "x", "s"), ("Add", "x s", "y")],
    "bounds inside": [("Relu", "x", "r"), ("Neg", "x", "n"), ("Mul", "r n", "m"), ("Tanh", "m", "y")],
}  # fmt: skip
SCALARS = {"zero": 0.0, "one": 1.0, "three": 3.0, "six": 6.0, "half": 0.5, "c1": 0.044715, "c2": 0.7978845608}


def written_out(nodes: list[tuple[str, str, str]], outputs: tuple[str, ...] = ("y",)) -> bytes:
    used = {name for _, inputs, _ in nodes for name in inputs.split()}
    constants = {name: np.array(value, np.float32) for name, value in SCALARS.items() if name in used}
    made = [helper.make_node(operator, inputs.split(), [output]) for operator, inputs, output in nodes]
    return to_model(made, inputs={"x": (1, 5)}, constants=constants, outputs=outputs)


def samples() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(scale=2, size=(60, 1, 5)).astype(np.float32)


@pytest.mark.parametrize("name", NODES)
def test_a_subgraph_of_one_tensor_is_one_table(name: str) -> None:
    model = intaglio.compile(written_out(NODES[name]), calibration=samples())
    assert set(model.estimate().by_node) == {"input 'x'", "y"}, "nothing but the table's key and output is looked up"
    assert model.fidelity.max_error is not None
    assert model.fidelity.max_error < 2e-3
    secret, commitment = model.commit()
    found = intaglio.verify(intaglio.prove(secret, samples()[0]), commitment=commitment)
    assert found.outputs is not None
    np.testing.assert_array_equal(found.outputs["y"], model.run(samples()[0])["y"])


def test_a_tensor_that_is_shown_is_not_swallowed() -> None:
    model = intaglio.compile(
        written_out([("Tanh", "x", "t"), ("Sigmoid", "t", "y")], ("t", "y")), calibration=samples()
    )
    assert set(model.run(samples()[0])) == {"t", "y"}


def test_a_product_of_two_tensors_is_no_function_of_one() -> None:
    nodes = [("Sigmoid", "x", "s"), ("Softmax", "x", "t"), ("Mul", "s t", "y")]
    with pytest.raises(intaglio.UnsupportedModel) as caught:
        intaglio.compile(written_out(nodes), calibration=samples())
    assert {problem.operator for problem in caught.value.nodes} == {"Softmax", "Mul"}
