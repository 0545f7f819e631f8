"""Nodes written in terms of simpler ones before anything looks at a model, so that every tensor can be measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import onnx
from onnx import helper


def rewrite(proto: onnx.ModelProto, constants: Collection[str], ranks: Mapping[str, int]) -> None:
    """Write products with the constant or the transposition on the other side as those that are supported.

    ```text
    Gemm(x, W, b, transA = 1)   =  Gemm(xᵀ, W, b)
    MatMul(W, x)                =  MatMul(xᵀ, Wᵀ)ᵀ            W a matrix, transposed in the last two axes
    ```

    Args:
        proto: changed in place.
        constants: names of initialisers.
        ranks: number of axes by name, where known.
    """
    fixed = set(constants) | {n.output[0] for n in proto.graph.node if n.op_type == "Constant"}
    nodes: list[onnx.NodeProto] = []
    for node in proto.graph.node:
        nodes.extend(_rewritten(node, fixed, ranks) if node.domain in ("", "ai.onnx") else [node])
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)


def _rewritten(node: onnx.NodeProto, fixed: set[str], ranks: Mapping[str, int]) -> list[onnx.NodeProto]:
    if node.op_type == "Gemm":
        flipped = [a for a in node.attribute if a.name == "transA" and a.i]
        if flipped and node.input[0] not in fixed:
            turned = f"{node.output[0]}.turned"
            before = helper.make_node("Transpose", [node.input[0]], [turned], name=turned, perm=[1, 0])
            node.attribute.remove(flipped[0])
            node.input[0] = turned
            return [before, node]
    if node.op_type == "MatMul":
        weight, x = node.input
        rank = ranks.get(x, 0)
        if weight in fixed and x not in fixed and ranks.get(weight) == 2 and rank >= 2:
            out = node.output[0]
            swap = [*range(rank - 2), rank - 1, rank - 2]
            return [
                helper.make_node("Transpose", [x], [f"{out}.x"], name=f"{out}.x", perm=swap),
                helper.make_node("Transpose", [weight], [f"{out}.weight"], name=f"{out}.weight", perm=[1, 0]),
                helper.make_node("MatMul", [f"{out}.x", f"{out}.weight"], [f"{out}.turned"], name=node.name),
                helper.make_node("Transpose", [f"{out}.turned"], [out], name=f"{out}.turn", perm=swap),
            ]
    return [node]
