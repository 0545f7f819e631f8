"""Writes a trained net as an ONNX model: opset 17, float32 weights, one sample a run."""

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from examples.training.fit import Network
from examples.training.layers import Conv, Dense, Flatten, FloatArray, Layer, MaxPool2, ReLU, Sigmoid

_OPSET = 17
# The oldest file version that goes with opset 17, so that older runtimes read the file too.
_IR_VERSION = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The names of the model, its input and its output, and the input's shape with the batch axis of 1."""

    model: str
    input: str
    input_shape: tuple[int, ...]
    output: str


@dataclass(slots=True)
class _Graph:
    """What has been written so far, and the tensor that the next node reads."""

    current: str
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def append(self, operator: str, weights: dict[str, FloatArray], **attributes: int | list[int]) -> None:
        """Adds one node, named after its operator and its place among its like: `conv1`, `conv2`, …"""
        self.counts[operator] = self.counts.get(operator, 0) + 1
        name = f"{operator.lower()}{self.counts[operator]}"
        inputs = [self.current]
        for role, values in weights.items():
            inputs.append(f"{name}.{role}")
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), inputs[-1]))
        node = helper.make_node(operator, inputs, [f"{name}.output"], name=name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        self.current = f"{name}.output"


def to_onnx(network: Network, signature: Signature) -> bytes:
    """The ONNX file of `network`: the same net and signature always give the same bytes."""
    graph = _Graph(signature.input)
    for layer in network.layers:
        _append_layer(graph, layer)
    graph.nodes[-1].output[0] = signature.output
    output_shape = network.forward(np.zeros(signature.input_shape, np.float32)).shape
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            signature.model,
            [helper.make_tensor_value_info(signature.input, TensorProto.FLOAT, signature.input_shape)],
            [helper.make_tensor_value_info(signature.output, TensorProto.FLOAT, output_shape)],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="intaglio-examples",
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _append_layer(graph: _Graph, layer: Layer) -> None:
    match layer:
        case Conv():
            graph.append(
                "Conv",
                {"weight": layer.weight.value, "bias": layer.bias.value},
                kernel_shape=[layer.kernel] * 2,
                pads=[layer.pad] * 4,
                strides=[1, 1],
            )
        case Dense():
            graph.append("Gemm", {"weight": layer.weight.value, "bias": layer.bias.value}, transB=1)
        case ReLU():
            graph.append("Relu", {})
        case Sigmoid():
            graph.append("Sigmoid", {})
        case MaxPool2():
            graph.append("MaxPool", {}, kernel_shape=[2, 2], strides=[2, 2])
        case Flatten():
            graph.append("Flatten", {}, axis=1)
        case _:
            raise TypeError(f"no ONNX operator is known for {type(layer).__name__}")
