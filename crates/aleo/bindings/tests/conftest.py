"""A small model that becomes circuits quickly."""

from __future__ import annotations

from typing import Any

import intaglio
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper


@pytest.fixture(scope="session")
def model() -> intaglio.Model:
    """A perceptron 6-5-3 with narrow activations and weights."""
    rng = np.random.default_rng(0)
    shapes = {"w1": (5, 6), "b1": (5,), "w2": (3, 5), "b2": (3,)}
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], transB=1),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "w2", "b2"], ["y"], transB=1),
        ],
        "perceptron",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(rng.standard_normal(s).astype(np.float32), n) for n, s in shapes.items()],
    )
    source = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(source)
    data = rng.uniform(-1, 1, (64, 1, 6)).astype(np.float32)
    return intaglio.compile(
        source.SerializeToString(), calibration=data, activation_bits=8, weight_bits=8, overflow="refuse"
    )


@pytest.fixture(scope="session")
def sample() -> Any:
    return np.random.default_rng(1).uniform(-0.9, 0.9, (1, 6)).astype(np.float32)
