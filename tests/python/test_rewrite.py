"""Products with the constant or the transposition on the other side, and outputs without a declared shape."""

from __future__ import annotations

from typing import Any

import intaglio
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = np.random.default_rng(3).standard_normal((4, 6)).astype(np.float32)


def model(nodes: list[onnx.NodeProto], shape: list[int], *constants: NDArray[Any]) -> bytes:
    """A model from `x` of this shape to `y` of no declared shape; constants are named `c0`, `c1`, …"""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(c, f"c{i}") for i, c in enumerate(constants)],
    )
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()
    return made


CONSTANT = helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(WEIGHTS))
FORMS = {
    "Gemm of a transposed input": ([helper.make_node("Gemm", ["x", "c0"], ["y"], transA=1, alpha=0.5)], [6, 2]),
    "both transposed": ([helper.make_node("Gemm", ["x", "c1"], ["y"], transA=1, transB=1)], [6, 2]),
    "weights on the left": ([helper.make_node("MatMul", ["c1", "x"], ["y"])], [6, 3]),
    "weights on the left of a batch": ([helper.make_node("MatMul", ["c1", "x"], ["y"])], [2, 6, 3]),
    "a Constant node on the left": ([CONSTANT, helper.make_node("MatMul", ["w", "x"], ["y"])], [6, 3]),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_constant_may_stand_on_either_side(form: str) -> None:
    nodes, shape = FORMS[form]
    source = model(nodes, shape, WEIGHTS.T.copy(), WEIGHTS)
    data = np.random.default_rng(4).standard_normal((24, *shape)).astype(np.float32)
    compiled = intaglio.compile(source, calibration=data)
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    want = session.run(None, {"x": data[0]})[0]
    got = compiled.run(data[0])["y"]
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, atol=1e-3 * np.abs(want).max())
    secret, commitment = compiled.commit()
    verified = intaglio.verify(intaglio.prove(secret, data[0]), commitment=commitment)
    np.testing.assert_array_equal(verified.outputs["y"], got)


def test_an_output_needs_a_type_all_the_same() -> None:
    source = onnx.load_model_from_string(model([helper.make_node("Relu", ["x"], ["y"])], [1, 3]))
    source.graph.output[0].ClearField("type")
    with pytest.raises(intaglio.FormatError):
        intaglio.compile(source.SerializeToString(), calibration=np.ones((8, 1, 3), np.float32))
