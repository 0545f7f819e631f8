"""Small ONNX models for tests, made on the spot, and what onnxruntime says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Arrays = dict[str, NDArray[Any]]
Shapes = Mapping[str, tuple[int | str, ...]]


def to_model(
    nodes: Sequence[NodeProto],
    *,
    inputs: Shapes,
    constants: Mapping[str, Any] | None = None,
    outputs: Sequence[str] = ("y",),
    opset: int = 17,
    integer_outputs: Sequence[str] = (),
) -> bytes:
    """The bytes of a checked model; output shapes are inferred."""
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [
            helper.make_tensor_value_info(
                name, TensorProto.INT64 if name in integer_outputs else TensorProto.FLOAT, None
            )
            for name in outputs
        ],
        [numpy_helper.from_array(_as_array(value), name) for name, value in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    # onnxruntime knows no newer one than it was built for
    model.ir_version = 8
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _as_array(value: Any) -> NDArray[Any]:
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def to_samples(shapes: Mapping[str, tuple[int, ...]], *, count: int, seed: int = 0) -> Arrays:
    """`count` samples of each input, uniform in [-1, 1]."""
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(-1, 1, (count, *shape)).astype(np.float32) for name, shape in shapes.items()}


def reference(model: bytes, sample: Arrays) -> Arrays:
    """What onnxruntime makes of one sample."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(
        zip(names, map(np.asarray, session.run(names, {n: np.asarray(v) for n, v in sample.items()})), strict=True)
    )


def dense(shape: tuple[int, ...] = (4, 6), *, seed: int = 1) -> bytes:
    """A Gemm, a ReLU and another Gemm on a vector: input `x`, output `y`."""
    rng = np.random.default_rng(seed)
    inner, outer = shape
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], name="first", transB=1),
        helper.make_node("Relu", ["h"], ["r"], name="relu"),
        helper.make_node("Gemm", ["r", "v", "c"], ["y"], name="second", transB=1),
    ]
    constants = {
        "w": rng.normal(size=(outer, inner)),
        "b": rng.normal(size=outer),
        "v": rng.normal(size=(3, outer)),
        "c": rng.normal(size=3),
    }
    return to_model(nodes, inputs={"x": (1, inner)}, constants=constants)


def flip(data: bytes, rng: np.random.Generator) -> bytes:
    """One bit changed."""
    changed = bytearray(data)
    changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)
