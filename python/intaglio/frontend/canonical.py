"""Canonical form of a float graph: normalisation and biases folded into the linear map before them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intaglio.frontend.graph import FloatGraph, FloatNode


def canonicalise(graph: FloatGraph) -> FloatGraph:
    """Fold batch normalisation into the convolution or Gemm before it, and constant additions into its bias.

    Never backwards through anything else. Gemm and MatMul by a constant become `Linear` with weights `[O, K]`.
    """
    graph = _linear(graph)
    changed = True
    while changed:
        graph, changed = _fold_once(graph)
    return graph


def _linear(graph: FloatGraph) -> FloatGraph:
    constants = dict(graph.constants)
    nodes = []
    for node in graph.nodes:
        made = _as_linear(node, constants)
        nodes.append(made or node)
    return replace(graph, nodes=tuple(nodes), constants=constants)


def _as_linear(node: FloatNode, constants: dict[str, NDArray[Any]]) -> FloatNode | None:
    """`Linear(x, W [O, K], b [O])`, if the node is a product with a constant on the right."""
    if node.operator == "MatMul" and node.inputs[1] in constants and constants[node.inputs[1]].ndim == 2:
        weight = constants[node.inputs[1]].T
        bias = np.zeros(weight.shape[0])
    elif node.operator == "Gemm" and node.inputs[1] in constants and not node.attributes.get("transA", 0):
        raw = constants[node.inputs[1]]
        weight = (raw if node.attributes.get("transB", 0) else raw.T) * node.attributes.get("alpha", 1.0)
        bias = np.zeros(weight.shape[0])
        if len(node.inputs) > 2 and node.inputs[2]:
            added = constants.get(node.inputs[2])
            if added is None or not (added.size == 1 or added.shape in ((weight.shape[0],), (1, weight.shape[0]))):
                return None
            bias = bias + added.reshape(-1) * node.attributes.get("beta", 1.0)
    else:
        return None
    weight_name, bias_name = f"{node.name}.weight", f"{node.name}.bias"
    constants[weight_name] = np.asarray(weight, dtype=np.float64)
    constants[bias_name] = np.asarray(bias, dtype=np.float64)
    return replace(node, operator="Linear", inputs=(node.inputs[0], weight_name, bias_name), attributes={})


def _fold_once(graph: FloatGraph) -> tuple[FloatGraph, bool]:
    for node in graph.nodes:
        before = graph.producer(node.inputs[0]) if node.inputs else None
        if node.operator == "Add" and len(node.inputs) == 2 and node.inputs[0] in graph.constants:
            before = graph.producer(node.inputs[1])
        if before is None or before.operator not in ("Conv", "Linear") or not graph.is_private_to(before.output, node):
            continue
        if any(name not in graph.constants for name in before.inputs[1:] if name):
            continue
        scale_shift = _scale_shift(graph, node, before)
        if scale_shift is not None:
            return _merge(graph, before, node, *scale_shift), True
    return graph, False


def _scale_shift(graph: FloatGraph, node: FloatNode, before: FloatNode) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """`y = scale·x + shift` by output channel, if the node is such a map."""
    channels = graph.constants[before.inputs[1]].shape[0]
    if node.operator == "BatchNormalization" and all(name in graph.constants for name in node.inputs[1:5]):
        scale, shift, mean, variance = (graph.constants[name].astype(np.float64) for name in node.inputs[1:5])
        factor = scale / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
        return factor, shift - mean * factor
    if node.operator not in ("Add", "Sub", "Mul", "Div") or len(node.inputs) != 2:
        return None
    other = node.inputs[0] if node.inputs[1] == before.output else node.inputs[1]
    constant = graph.constants.get(other)
    if constant is None or (node.inputs[0] == other and node.operator in ("Sub", "Div")):
        return None
    spatial = graph.constants[before.inputs[1]].ndim - 2 if before.operator == "Conv" else 0
    values = _by_channel(constant, channels, spatial=spatial)
    # a constant with more axes than the output would add some
    if values is None or constant.ndim > graph.ranks.get(before.output, constant.ndim):
        return None
    one, zero = np.ones(channels), np.zeros(channels)
    table = {"Add": (one, values), "Sub": (one, -values), "Mul": (values, zero)}
    if node.operator == "Div":
        return 1.0 / values, zero
    return table[node.operator]


def _by_channel(constant: NDArray[Any], channels: int, *, spatial: int) -> NDArray[Any] | None:
    """A constant as one value for each output channel, if it varies along the channel axis and nothing else.

    Args:
        constant: broadcast against the output, so aligned with its last axis.
        channels: how many there are.
        spatial: number of axes behind the channel axis.
    """
    if constant.size == 1:
        return np.full(channels, float(constant.reshape(-1)[0]))
    if constant.size != channels:
        return None
    axis = constant.shape.index(channels)
    fits = constant.ndim - 1 - axis == spatial
    return constant.reshape(-1).astype(np.float64) if fits else None


def _merge(
    graph: FloatGraph, before: FloatNode, node: FloatNode, scale: NDArray[Any], shift: NDArray[Any]
) -> FloatGraph:
    weight = graph.constants[before.inputs[1]].astype(np.float64)
    has_bias = len(before.inputs) > 2 and before.inputs[2]
    bias = graph.constants[before.inputs[2]].astype(np.float64) if has_bias else np.zeros(weight.shape[0])
    shape = (-1,) + (1,) * (weight.ndim - 1)
    weight_name, bias_name = f"{before.inputs[1]}*", f"{before.output}.bias*"
    constants = {**graph.constants, weight_name: weight * scale.reshape(shape), bias_name: bias * scale + shift}
    merged = replace(before, inputs=(before.inputs[0], weight_name, bias_name), output=node.output)
    nodes = tuple(merged if n is before else n for n in graph.nodes if n is not node)
    return replace(graph, nodes=nodes, constants=constants)
