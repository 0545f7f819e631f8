"""Which nodes can be compiled: all problems of a model at once."""

from __future__ import annotations

from collections.abc import Callable

from intaglio.errors import Problem, UnsupportedModel
from intaglio.frontend.graph import FloatGraph, FloatNode
from intaglio.quantise.functions import function_of

Check = Callable[[FloatGraph, FloatNode], str | None]

_EXPORT = "replace it by supported operators, or prove the part of the model that ends before it"


def _constant_weights(graph: FloatGraph, node: FloatNode) -> str | None:
    names = [name for name in node.inputs[1:] if name]
    return None if all(name in graph.constants for name in names) else "its weights or bias are computed at run time"


def _conv(graph: FloatGraph, node: FloatNode) -> str | None:
    problem = _constant_weights(graph, node)
    if problem is None and graph.constants[node.inputs[1]].ndim not in (3, 4, 5):
        return "only one, two or three spatial axes are supported"
    return problem


def _matmul(graph: FloatGraph, node: FloatNode) -> str | None:
    if any(name in graph.constants for name in node.inputs):
        return "a constant factor must be a matrix on the right"
    return None


def _clip(graph: FloatGraph, node: FloatNode) -> str | None:
    return _constant_weights(graph, node)


def _reshape(graph: FloatGraph, node: FloatNode) -> str | None:
    return None if node.inputs[1] in graph.constants else "its shape is computed at run time"


def _axes_constant(graph: FloatGraph, node: FloatNode) -> str | None:
    computed = len(node.inputs) > 1 and node.inputs[1] and node.inputs[1] not in graph.constants
    return "its axes are computed at run time" if computed else None


def _reduce_mean(graph: FloatGraph, node: FloatNode) -> str | None:
    return _axes_constant(graph, node)


def _argmax(graph: FloatGraph, node: FloatNode) -> str | None:
    return "the last index of the maximum is not supported" if node.attributes.get("select_last_index", 0) else None


def _max_pool(graph: FloatGraph, node: FloatNode) -> str | None:
    return "column-major indices are not supported" if node.attributes.get("storage_order", 0) else None


def _anything(graph: FloatGraph, node: FloatNode) -> str | None:
    return None


CHECKS: dict[str, Check] = {
    "Add": _anything,
    "ArgMax": _argmax,
    "AveragePool": _anything,
    "Clip": _clip,
    "Conv": _conv,
    "Flatten": _anything,
    "GlobalAveragePool": _anything,
    "GlobalMaxPool": _anything,
    "Linear": _anything,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "ReduceMean": _reduce_mean,
    "Relu": _anything,
    "Reshape": _reshape,
    "Squeeze": _axes_constant,
    "Sub": _anything,
    "Transpose": _anything,
    "Unsqueeze": _axes_constant,
}


def check_support(graph: FloatGraph) -> None:
    """Refuse a model with nodes that cannot be compiled.

    Raises:
        UnsupportedModel: with every such node.
    """
    problems = []
    for node in graph.nodes:
        if function_of(graph, node) is not None:
            continue
        check = CHECKS.get(node.operator)
        what = "this operator is not supported yet" if check is None else check(graph, node)
        if what is not None:
            problems.append(
                Problem(name=node.name, operator=node.operator, opset=graph.opset, what=what, remedy=_EXPORT)
            )
    if problems:
        raise UnsupportedModel(tuple(problems))
