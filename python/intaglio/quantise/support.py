"""Which nodes can be compiled: all problems of a model at once."""

from __future__ import annotations

from collections.abc import Callable

from intaglio.errors import Problem, UnsupportedModel
from intaglio.frontend.graph import FloatGraph, FloatNode
from intaglio.quantise.functions import regions

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
    problem = _axes_constant(graph, node)
    rank = graph.ranks.get(node.inputs[0])
    if problem is None and rank is not None and not is_spatial_mean(graph, node, rank):
        return "a mean is supported over all axes behind the channels only"
    return problem


def is_spatial_mean(graph: FloatGraph, node: FloatNode, rank: int) -> bool:
    """Whether a `ReduceMean` goes over all axes behind batch and channels."""
    axes = node.attributes.get("axes")
    if axes is None and len(node.inputs) > 1 and node.inputs[1]:
        axes = graph.constants[node.inputs[1]].tolist()
    return rank >= 3 and axes is not None and {a % rank for a in axes} == set(range(2, rank))


def _argmax(graph: FloatGraph, node: FloatNode) -> str | None:
    return "the last index of the maximum is not supported" if node.attributes.get("select_last_index", 0) else None


def _max_pool(graph: FloatGraph, node: FloatNode) -> str | None:
    return "column-major indices are not supported" if node.attributes.get("storage_order", 0) else None


def _average_pool(graph: FloatGraph, node: FloatNode) -> str | None:
    get = node.attributes.get
    # with stride 1 the ceiling is the floor
    ceils = get("ceil_mode", 0) and any(stride != 1 for stride in get("strides", ()))
    if ceils and get("count_include_pad", 0) and any(get("pads", ())):
        return "counting pads together with ceil_mode is not supported"
    return None


def _anything(graph: FloatGraph, node: FloatNode) -> str | None:
    return None


CHECKS: dict[str, Check] = {
    "Add": _anything,
    "ArgMax": _argmax,
    "AveragePool": _average_pool,
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
    tables = regions(graph)
    read = {name for node in graph.nodes for name in node.inputs} | set(graph.outputs)
    for node in graph.nodes:
        if extra := sorted(read.intersection(node.more_outputs)):
            what = f"only its first output is supported, {', '.join(extra)} is read too"
            problems.append(
                Problem(name=node.name, operator=node.operator, opset=graph.opset, what=what, remedy=_EXPORT)
            )
            continue
        if node.output in tables:
            continue
        check = CHECKS.get(node.operator)
        found = "this operator is not supported yet" if check is None else check(graph, node)
        if found is not None:
            problems.append(
                Problem(name=node.name, operator=node.operator, opset=graph.opset, what=found, remedy=_EXPORT)
            )
    for name, tensor in zip(graph.output_names, graph.outputs, strict=True):
        if tensor in graph.constants:
            what, remedy = "this output depends on no input", "drop the output: a constant needs no proof"
            problems.append(Problem(name=name, operator="Constant", opset=graph.opset, what=what, remedy=remedy))
    if problems:
        raise UnsupportedModel(tuple(problems))
