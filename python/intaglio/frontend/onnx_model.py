"""Reading ONNX models: bytes, shapes, constants, and a session that shows every tensor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from intaglio.errors import FormatError, InvalidInput
from intaglio.frontend.graph import FloatGraph, FloatNode, TensorSpec
from intaglio.frontend.rewrite import rewrite

Values = dict[str, NDArray[Any]]
_SKIPPED = {"Identity", "Dropout"}


class OnnxModel:
    """A checked ONNX model with static input shapes."""

    def __init__(self, source: str | os.PathLike[str] | bytes, *, shapes: Mapping[str, tuple[int, ...]] | None) -> None:
        """Read a model.

        Args:
            source: path or bytes.
            shapes: input name -> shape, for inputs with symbolic axes.

        Raises:
            FormatError: no valid ONNX model, or its external data are missing.
            InvalidInput: a shape is missing or does not fit.
        """
        self.proto = _read(source)
        self.opset = max((o.version for o in self.proto.opset_import if o.domain in ("", "ai.onnx")), default=1)
        self._constants = _initialisers(self.proto)
        self.inputs = self._fix_inputs(shapes or {})
        self.outputs = tuple(o.name for o in self.proto.graph.output)
        rewrite(self.proto, self._constants, self._ranks())

    def _fix_inputs(self, shapes: Mapping[str, tuple[int, ...]]) -> tuple[TensorSpec, ...]:
        specs = []
        graph_inputs = [i for i in self.proto.graph.input if i.name not in self._constants]
        known = {i.name for i in graph_inputs}
        if unknown := sorted(set(shapes) - known):
            raise InvalidInput(f"shapes name no input of the model: {unknown}; its inputs are {sorted(known)}")
        for value in graph_inputs:
            tensor = value.type.tensor_type
            if not tensor.elem_type:
                raise FormatError(f"input {value.name!r} is no tensor")
            declared = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
            shape = shapes.get(value.name)
            if shape is None:
                # one symbolic leading axis is the batch: a proof is about one sample
                shape = tuple(1 if d is None and i == 0 else d or 0 for i, d in enumerate(declared))
                if 0 in shape:
                    raise InvalidInput(f"input {value.name!r} has symbolic axes {declared}: give its shape")
            if len(shape) != len(declared) or any(d not in (None, s) for d, s in zip(declared, shape, strict=True)):
                raise InvalidInput(f"shape {tuple(shape)} does not fit input {value.name!r} with axes {declared}")
            for dimension, length in zip(tensor.shape.dim, shape, strict=True):
                dimension.dim_value = length
            dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
            specs.append(TensorSpec(name=value.name, shape=tuple(int(s) for s in shape), dtype=str(dtype)))
        if not specs:
            raise FormatError("the model has no input")
        return tuple(specs)

    def session(self, *, show_all: bool) -> onnxruntime.InferenceSession:
        """An onnxruntime session; with `show_all` every intermediate tensor is an output."""
        proto = onnx.ModelProto()
        proto.CopyFrom(self.proto)
        if show_all:
            known = {o.name for o in proto.graph.output}
            for node in proto.graph.node:
                for name in node.output:
                    if name and name not in known:
                        proto.graph.output.append(helper.make_empty_tensor_value_info(name))
                        known.add(name)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        try:
            return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise FormatError(f"onnxruntime refuses the model: {error}") from error

    def _ranks(self) -> dict[str, int]:
        """Number of axes of each tensor that ONNX can tell."""
        try:
            inferred = onnx.shape_inference.infer_shapes(self.proto).graph
        except (onnx.shape_inference.InferenceError, ValueError, RuntimeError):
            # a model that onnxruntime will refuse too, with a better message
            return {}
        known = [*inferred.input, *inferred.value_info, *inferred.output]
        ranks = {v.name: len(v.type.tensor_type.shape.dim) for v in known if v.type.tensor_type.HasField("shape")}
        return ranks | {name: array.ndim for name, array in self._constants.items()}

    def graph(self) -> FloatGraph:
        """The float graph with all constant subgraphs folded.

        Raises:
            InvalidInput: a weight is NaN or infinite.
        """
        constants = dict(self._constants)
        renamed: dict[str, str] = {}
        nodes = []
        for index, node in enumerate(self.proto.graph.node):
            inputs = tuple(renamed.get(name, name) for name in node.input)
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type in _SKIPPED and node.domain in ("", "ai.onnx"):
                renamed[node.output[0]] = inputs[0]
                continue
            if node.op_type == "Constant" or (inputs and all(i in constants or not i for i in inputs)):
                constants.update(_fold(node, inputs, constants, self.opset))
                continue
            operator = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
            nodes.append(
                FloatNode(
                    name=node.name or f"{node.op_type}_{index}",
                    operator=operator,
                    inputs=inputs,
                    output=node.output[0],
                    attributes=attributes,
                    more_outputs=tuple(name for name in node.output[1:] if name),
                )
            )
        used = {name for node in nodes for name in node.inputs}
        for name in sorted(used & set(constants)):
            array = constants[name]
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise InvalidInput(f"weight {name!r} holds NaN or infinite values")
        outputs = tuple(renamed.get(name, name) for name in self.outputs)
        return FloatGraph(
            inputs=self.inputs,
            outputs=outputs,
            output_names=self.outputs,
            ranks=self._ranks(),
            nodes=tuple(nodes),
            constants=constants,
            opset=self.opset,
        )


def _read(source: str | os.PathLike[str] | bytes) -> onnx.ModelProto:
    try:
        if isinstance(source, bytes):
            proto = onnx.load_model_from_string(source)
            # before the checker, which would look for the data in whatever folder this process runs in
            if any(t.data_location == TensorProto.EXTERNAL for t in proto.graph.initializer):
                raise FormatError("the model keeps weights in external data, which its bytes do not hold: give a path")
        else:
            path = Path(source)
            if not path.is_file():
                raise InvalidInput(f"no such model file: {path}")
            proto = onnx.load(path)
        _check(proto)
    except (InvalidInput, FormatError):
        raise
    except (DecodeError, onnx.checker.ValidationError, ValueError, TypeError, OSError, RuntimeError) as error:
        raise FormatError(f"this is no complete ONNX model: {error}") from error
    if not proto.graph.output:
        raise FormatError("this is no complete ONNX model: it has no outputs")
    return proto


def _check(proto: onnx.ModelProto) -> None:
    """The checker of ONNX, but for outputs without a shape: exporters leave it out, and nothing here needs it."""
    bare = [o.type.tensor_type for o in proto.graph.output if not o.type.tensor_type.HasField("shape")]
    bare = [tensor for tensor in bare if tensor.elem_type]
    for tensor in bare:
        tensor.shape.SetInParent()
    try:
        onnx.checker.check_model(proto)
    finally:
        for tensor in bare:
            tensor.ClearField("shape")


def _initialisers(proto: onnx.ModelProto) -> Values:
    try:
        return {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"this is no complete ONNX model: a weight cannot be read: {error}") from error


def _fold(node: onnx.NodeProto, inputs: tuple[str, ...], constants: Values, opset: int) -> Values:
    """The outputs of a node whose inputs are all constant, computed by onnxruntime."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    del copy.input[:]
    copy.input.extend(inputs)
    graph = helper.make_graph(
        [copy],
        "constant",
        [],
        [helper.make_empty_tensor_value_info(name) for name in node.output if name],
        [numpy_helper.from_array(constants[name], name) for name in dict.fromkeys(inputs) if name],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [name for name in node.output if name]
    return dict(zip(names, session.run(names, {}), strict=True))
