"""Sums that nearly cancel, and sums of numbers of very different size: compiled, proven, and as exact as they can be."""

from __future__ import annotations

import intaglio
import numpy as np
import pytest
from onnx import helper
from onnx_graphs import to_model

SAMPLES = np.random.default_rng(0).normal(size=(40, 1, 4)).astype(np.float32)
WEIGHTS = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)


def model_of(operator: str, other: float, *, relu: bool) -> bytes:
    """`x·W operator x·(other·W)`, with ReLUs in between if asked for."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("MatMul", ["x", "v"], ["b"])]
    terms = ["a", "b"]
    if relu:
        nodes += [helper.make_node("Relu", [name], [f"{name}r"]) for name in terms]
        terms = ["ar", "br"]
    nodes.append(helper.make_node(operator, terms, ["y"]))
    constants = {"w": WEIGHTS, "v": (WEIGHTS * np.float32(other)).astype(np.float32)}
    return to_model(nodes, inputs={"x": (1, 4)}, constants=constants)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("other", [1.0, 1.0 + 1e-6])
def test_a_difference_that_cancels_compiles(other: float, relu: bool) -> None:
    model = intaglio.compile(model_of("Sub", other, relu=relu), calibration=SAMPLES)
    assert float(np.abs(model.run(SAMPLES[0])["y"]).max()) < 1e-3


@pytest.mark.parametrize("other", [1e12, 1e-12, 1e18])
def test_a_sum_of_very_different_parts_is_exact_and_proven(other: float) -> None:
    model = intaglio.compile(model_of("Add", other, relu=True), calibration=SAMPLES)
    assert model.fidelity.max_error is not None
    assert model.fidelity.max_error < 1e-3
    secret, commitment = model.commit()
    found = intaglio.verify(intaglio.prove(secret, SAMPLES[0]), commitment=commitment)
    assert found.outputs is not None
    assert found.outputs["y"] is not None
    np.testing.assert_array_equal(found.outputs["y"], model.run(SAMPLES[0])["y"])
