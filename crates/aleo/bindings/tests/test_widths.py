"""The widest integer program whose circuit fits."""

from __future__ import annotations

from typing import Any

import intaglio
import numpy as np
import pytest
from intaglio import aleo
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


def perceptron(hidden: int) -> tuple[bytes, NDArray[Any]]:
    """A net 64-`hidden`-10, and samples for it."""
    rng = np.random.default_rng(0)
    shapes = {"w": (64, hidden), "v": (hidden, 10)}
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "w"], ["h"]),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "v"], ["y"]),
        ],
        "perceptron",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        [numpy_helper.from_array(rng.normal(size=s).astype(np.float32), name) for name, s in shapes.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString(), rng.random((64, 1, 64), np.float32)


@pytest.mark.parametrize(("hidden", "activation_bits", "weight_bits"), [(16, 16, 16), (400, 8, 8)])
def test_the_widest_that_fits_is_taken(hidden: int, activation_bits: Any, weight_bits: int) -> None:
    source, samples = perceptron(hidden)
    narrow = aleo.narrow(source, calibration=samples)
    found = aleo.estimate(narrow)
    assert found.fits
    asked = intaglio.compile(
        source, calibration=samples, activation_bits=activation_bits, weight_bits=weight_bits, overflow="refuse"
    )
    assert found == aleo.estimate(asked)
    assert narrow.fidelity.max_error == asked.fidelity.max_error
    with pytest.raises(intaglio.OutOfRange):
        narrow.run(samples[0] + 1000)


def test_private_weights_need_narrower_programs() -> None:
    source, samples = perceptron(16)
    private = aleo.estimate(aleo.narrow(source, calibration=samples, weights="private"), weights="private")
    assert private.fits
    wide = intaglio.compile(source, calibration=samples, activation_bits=16, weight_bits=16, overflow="refuse")
    assert not aleo.estimate(wide, weights="private").fits


def test_what_fits_at_no_width_is_refused_with_its_numbers() -> None:
    source, samples = perceptron(700)
    with pytest.raises(intaglio.ResourceLimit, match=r"8-bit activations and 4-bit weights .* 2\^17 powers"):
        aleo.narrow(source, calibration=samples)
