"""Sliding windows: the attributes of convolutions and pools, and the rules of pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from intaglio.errors import Problem, UnsupportedModel
from intaglio.frontend.graph import FloatNode
from intaglio.quantise.builder import Integers
from intaglio.quantise.scheme import smallest_shift
from intaglio.quantise.support import is_spatial_mean

if TYPE_CHECKING:
    from intaglio.quantise.program import _Quantiser


def _window(node: FloatNode, kernel: Sequence[int], spatial: Sequence[int]) -> dict[str, Any]:
    """Strides, pads and dilations, with auto_pad resolved."""
    n = len(kernel)
    strides = list(node.attributes.get("strides", [1] * n))
    dilations = list(node.attributes.get("dilations", [1] * n))
    pads = list(node.attributes.get("pads", [0] * (2 * n)))
    auto = node.attributes.get("auto_pad", b"NOTSET")
    auto = auto.decode() if isinstance(auto, bytes) else auto
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        before, after = [], []
        for length, k, stride, dilation in zip(spatial, kernel, strides, dilations, strict=True):
            total = max(0, (math.ceil(length / stride) - 1) * stride + (k - 1) * dilation + 1 - length)
            small, large = total // 2, total - total // 2
            before.append(small if auto == "SAME_UPPER" else large)
            after.append(large if auto == "SAME_UPPER" else small)
        pads = before + after
    elif auto == "VALID":
        pads = [0] * (2 * n)
    return {"strides": strides, "pads": pads, "dilations": dilations}


def convolution(node: FloatNode, kernel: Sequence[int], spatial: Sequence[int]) -> dict[str, Any]:
    """The attributes of a `conv` node of the program."""
    return {"groups": int(node.attributes.get("group", 1)), **_window(node, kernel, spatial)}


def _pool(node: FloatNode, spatial: Sequence[int]) -> dict[str, Any]:
    if node.operator.startswith("Global"):
        n = len(spatial)
        kernel = list(spatial)
        return {"kernel": kernel, "strides": [1] * n, "pads": [0] * (2 * n), "dilations": [1] * n, "ceil": False}
    kernel = list(node.attributes["kernel_shape"])
    return {"kernel": kernel, **_window(node, kernel, spatial), "ceil": bool(node.attributes.get("ceil_mode", 0))}


def max_pool(quantiser: _Quantiser, node: FloatNode) -> None:
    """MaxPool and GlobalMaxPool: exact, at the input's exponent."""
    x = quantiser._tensor(node.inputs[0])
    id_ = quantiser.builder.node(node.name, "max_pool", [x.id], **_pool(node, x.shape[2:]))
    shape = quantiser._shape(node.output)
    quantiser.values[node.output] = Integers(id=id_, exponent=x.exponent, low=x.low, high=x.high, shape=shape)
    quantiser.exponents[node.output] = x.exponent


def mean_pool(quantiser: _Quantiser, node: FloatNode) -> None:
    """Means over windows: the divisor is carried in fraction bits of the accumulator, then requantised."""
    x = quantiser._tensor(node.inputs[0])
    if node.operator == "ReduceMean":
        _check_spatial_mean(quantiser, node, len(x.shape))
        n = len(x.shape) - 2
        window: dict[str, Any] = {
            "kernel": list(x.shape[2:]),
            "strides": [1] * n,
            "pads": [0] * (2 * n),
            "dilations": [1] * n,
        }
        window["ceil"] = False
    else:
        window = _pool(node, x.shape[2:])
    if all(stride == 1 for stride in window["strides"]):
        window["ceil"] = False
    padded = any(window["pads"]) or window["ceil"]
    divisor = "window" if node.attributes.get("count_include_pad", 0) and not window["ceil"] else "valid"
    goal = quantiser._fused_goal(node)
    volume = math.prod(window["kernel"])
    shift = smallest_shift(quantiser.builder.limb_bits, 1)
    # μ keeps twelve bits beyond the divisor, so that its rounding is far below an output unit
    while shift + goal.exponent - x.exponent < math.ceil(math.log2(volume)) + 12 and shift < 24:
        shift += quantiser.builder.limb_bits
    bits = min(30, shift + goal.exponent - x.exponent)
    pooled = [-(-d // 1) for d in quantiser._shape(node.output)]
    id_ = quantiser.builder.node(
        node.name, "sum_pool", [x.id], **window, divisor=divisor if padded else "window", fraction_bits=max(bits, 0)
    )
    if node.operator == "ReduceMean":
        pooled = [*x.shape[:2], *([1] * (len(x.shape) - 2))]
    accumulator = Integers(id=id_, exponent=x.exponent + max(bits, 0), low=0, high=0, shape=tuple(pooled))
    value = quantiser._finish(node.output, accumulator, goal)
    shape = quantiser._shape(node.output)
    if tuple(pooled) != shape:
        view = quantiser.builder.node(node.name, "reshape", [value.id], shape=list(shape))
        step = {"name": node.name, "op": "reshape", "attributes": {"shape": list(shape)}, "shape": shape}
        quantiser._remember_view(goal.tensor, value, [step])
        moved = Integers(id=view, exponent=value.exponent, low=value.low, high=value.high, shape=shape)
        quantiser.values[goal.tensor] = moved


def _check_spatial_mean(quantiser: _Quantiser, node: FloatNode, rank: int) -> None:
    if not is_spatial_mean(quantiser.graph, node, rank):
        problem = Problem(
            name=node.name,
            operator=node.operator,
            opset=quantiser.graph.opset,
            what="a mean is supported over all axes behind the channels only",
            remedy="use GlobalAveragePool, or export the mean over the spatial axes",
        )
        raise UnsupportedModel((problem,))
