"""Every supported operator and attribute: close to onnxruntime, proven, verified, and no other output accepted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import intaglio
import numpy as np
import pytest
from onnx import NodeProto, helper
from onnx_graphs import reference, to_model, to_samples

CALIBRATION_SAMPLES = 48
BOUND = 1e-3
"""Largest error, relative to the range of the output over the calibration set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model of few nodes."""

    name: str
    nodes: Sequence[NodeProto]
    inputs: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[str] = ("y",)
    integer_outputs: Sequence[str] = ()
    opset: int = 17


_rng = np.random.default_rng(7)


def weights(*shape: int) -> Any:
    """Normal, scaled so that outputs are of order one."""
    return _rng.normal(size=shape) / np.sqrt(max(1, int(np.prod(shape[1:]))))


def node(operator: str, inputs: str, outputs: str = "y", **attributes: Any) -> NodeProto:
    """A node; names of tensors are separated by blanks, `_` leaves one out."""
    names = ["" if name == "_" else name for name in inputs.split()]
    return helper.make_node(operator, names, outputs.split(), name=f"{operator}_{outputs.split()[0]}", **attributes)


def gemm() -> list[Case]:
    x = {"x": (1, 6)}
    return [
        Case(name="gemm", nodes=[node("Gemm", "x w b")], inputs=x, constants={"w": weights(6, 4), "b": weights(4)}),
        Case(
            name="gemm_transposed_alpha_beta",
            nodes=[node("Gemm", "x w b", transB=1, alpha=0.5, beta=-2.0)],
            inputs=x,
            constants={"w": weights(4, 6), "b": weights(4)},
        ),
        Case(name="gemm_no_bias", nodes=[node("Gemm", "x w")], inputs=x, constants={"w": weights(6, 4)}),
        Case(name="gemm_one_bias", nodes=[node("Gemm", "x w b")], inputs=x, constants={"w": weights(6, 4), "b": [0.3]}),
        Case(
            name="gemm_rows",
            nodes=[node("Gemm", "x w b")],
            inputs={"x": (3, 6)},
            constants={"w": weights(6, 4), "b": weights(4)},
        ),
        Case(name="matmul_constant", nodes=[node("MatMul", "x w")], inputs=x, constants={"w": weights(6, 4)}),
        Case(
            name="matmul_constant_rank_3",
            nodes=[node("MatMul", "x w")],
            inputs={"x": (2, 3, 6)},
            constants={"w": weights(6, 4)},
        ),
        Case(name="matmul_activations", nodes=[node("MatMul", "a b")], inputs={"a": (3, 4), "b": (4, 2)}),
        Case(
            name="matmul_activations_batched",
            nodes=[node("MatMul", "a b")],
            inputs={"a": (2, 3, 4), "b": (2, 4, 2)},
        ),
        Case(
            name="matmul_activations_relu",
            nodes=[node("MatMul", "a b", "h"), node("Relu", "h")],
            inputs={"a": (3, 4), "b": (4, 2)},
        ),
        Case(
            name="matmul_then_bias",
            nodes=[node("MatMul", "x w", "h"), node("Add", "b h")],
            inputs=x,
            constants={"w": weights(6, 4), "b": weights(4)},
        ),
    ]


def convolution(
    name: str, shape: tuple[int, ...], kernel: tuple[int, ...], *, bias: bool = True, **attributes: Any
) -> Case:
    constants = {"w": weights(*kernel)} | ({"b": weights(kernel[0])} if bias else {})
    nodes = [node("Conv", "x w b" if bias else "x w", **attributes)]
    return Case(name=name, nodes=nodes, inputs={"x": shape}, constants=constants)


def convolutions() -> list[Case]:
    image = (1, 2, 7, 6)
    return [
        convolution("conv_1d", (1, 3, 9), (4, 3, 3)),
        convolution("conv_1d_strided_padded", (1, 3, 9), (4, 3, 3), strides=[2], pads=[1, 2]),
        convolution("conv_2d", image, (3, 2, 3, 3)),
        convolution("conv_2d_no_bias", image, (3, 2, 3, 3), bias=False),
        convolution("conv_2d_batch", (2, 2, 5, 5), (3, 2, 3, 3)),
        convolution("conv_2d_pointwise", image, (3, 2, 1, 1)),
        convolution("conv_2d_strides", image, (3, 2, 3, 2), strides=[2, 1]),
        convolution("conv_2d_uneven_pads", image, (3, 2, 3, 3), pads=[0, 1, 2, 1]),
        convolution("conv_2d_same_upper", image, (3, 2, 3, 2), auto_pad="SAME_UPPER", strides=[2, 2]),
        convolution("conv_2d_same_lower", image, (3, 2, 2, 3), auto_pad="SAME_LOWER"),
        convolution("conv_2d_valid", image, (3, 2, 3, 3), auto_pad="VALID"),
        convolution("conv_2d_dilated", image, (3, 2, 3, 2), dilations=[2, 3]),
        convolution("conv_2d_groups", (1, 4, 5, 5), (6, 2, 3, 3), group=2),
        convolution("conv_2d_depthwise", (1, 4, 6, 6), (4, 1, 3, 3), group=4, pads=[1, 1, 1, 1]),
        convolution("conv_2d_depthwise_multiplier", (1, 3, 5, 5), (6, 1, 3, 3), group=3),
        convolution("conv_3d", (1, 2, 4, 4, 4), (2, 2, 2, 2, 2)),
    ]


def folding() -> list[Case]:
    image = {"x": (1, 2, 5, 5)}
    normal = {"s": weights(3) + 1, "t": weights(3), "m": weights(3), "v": np.abs(weights(3)) + 0.5}
    kernel = {"w": weights(3, 2, 3, 3), "b": weights(3)}
    return [
        Case(
            name="batch_norm_after_conv",
            nodes=[node("Conv", "x w b", "h"), node("BatchNormalization", "h s t m v", epsilon=1e-3)],
            inputs=image,
            constants=kernel | normal,
        ),
        Case(
            name="batch_norm_after_conv_relu",
            nodes=[node("Conv", "x w", "h"), node("BatchNormalization", "h s t m v", "n"), node("Relu", "n")],
            inputs=image,
            constants={"w": kernel["w"]} | normal,
        ),
        Case(
            name="batch_norm_after_gemm",
            nodes=[node("Gemm", "x w", "h"), node("BatchNormalization", "h s t m v")],
            inputs={"x": (1, 5)},
            constants={"w": weights(5, 3)} | normal,
        ),
        Case(
            name="scale_and_shift_by_channel",
            nodes=[node("Conv", "x w", "h"), node("Mul", "h c", "i"), node("Sub", "i d")],
            inputs=image,
            constants={"w": kernel["w"], "c": weights(3, 1, 1) + 1, "d": weights(1, 3, 1, 1)},
        ),
        Case(
            name="scalar_factor",
            nodes=[node("Conv", "x w", "h"), node("Mul", "c h", "i"), node("Div", "i d")],
            inputs=image,
            constants={"w": kernel["w"], "c": np.float32(3.0), "d": np.float32(0.7)},
        ),
        Case(
            name="constant_nodes",
            nodes=[
                helper.make_node("Constant", [], ["two"], value_float=2.0),
                node("Transpose", "raw", "flipped", perm=[1, 0]),
                node("Mul", "flipped two", "w"),
                node("MatMul", "x w"),
            ],
            inputs={"x": (1, 5)},
            constants={"raw": weights(3, 5)},
        ),
        Case(
            name="identity_and_dropout",
            nodes=[
                node("Identity", "x", "a"),
                node("Gemm", "a w", "h"),
                node("Dropout", "h", "d"),
                node("Identity", "d"),
            ],
            inputs={"x": (1, 5)},
            constants={"w": weights(5, 3)},
        ),
    ]


def activations() -> list[Case]:
    x = {"x": (1, 6)}
    w = {"w": weights(6, 4)}
    lower, upper = np.float32(-0.3), np.float32(0.4)
    cases = [
        Case(name="relu", nodes=[node("Relu", "x")], inputs=x),
        Case(name="relu_after_gemm", nodes=[node("Gemm", "x w", "h"), node("Relu", "h")], inputs=x, constants=w),
        Case(name="clip_attributes", nodes=[node("Clip", "x", min=-0.3, max=0.4)], inputs=x, opset=10),
        Case(
            # how exporters write "no limit"
            name="clip_without_limits",
            nodes=[node("Clip", "x l u")],
            inputs=x,
            constants={"l": np.finfo(np.float32).min, "u": np.finfo(np.float32).max},
        ),
        Case(
            name="activations_one_after_another_behind_a_view",
            nodes=[node("Flatten", "x", "f"), node("Relu", "f", "r"), node("Sigmoid", "r", "s"), node("Relu", "s")],
            inputs={"x": (1, 2, 3)},
        ),
        Case(name="scalar", nodes=[node("Relu", "x")], inputs={"x": ()}),
        Case(name="clip", nodes=[node("Clip", "x l u")], inputs=x, constants={"l": lower, "u": upper}),
        Case(name="clip_from_below", nodes=[node("Clip", "x l")], inputs=x, constants={"l": lower}),
        Case(name="clip_from_above", nodes=[node("Clip", "x _ u")], inputs=x, constants={"u": upper}),
        Case(
            name="clip_after_gemm",
            nodes=[node("Gemm", "x w", "h"), node("Clip", "h l u")],
            inputs=x,
            constants=w | {"l": np.float32(0), "u": upper},
        ),
        Case(
            name="relu_behind_views",
            nodes=[
                node("Gemm", "x w", "h"),
                node("Reshape", "h s", "r"),
                node("Transpose", "r", "t"),
                node("Relu", "t"),
            ],
            inputs=x,
            constants=w | {"s": np.array([2, 2])},
        ),
        Case(
            name="sigmoid_behind_view",
            nodes=[node("Gemm", "x w", "h"), node("Flatten", "h", "f", axis=0), node("Sigmoid", "f")],
            inputs=x,
            constants=w,
        ),
        Case(
            name="activation_and_its_argument",
            nodes=[node("Gemm", "x w", "h"), node("Sigmoid", "h", "y")],
            inputs=x,
            constants=w,
            outputs=("h", "y"),
        ),
        Case(
            name="chain_of_functions",
            nodes=[
                node("Gemm", "x w", "h"),
                node("Sigmoid", "h", "a"),
                node("Mul", "a two", "b"),
                node("Sub", "one b", "c"),
                node("Tanh", "c"),
            ],
            inputs=x,
            constants=w | {"two": np.float32(2), "one": np.float32(1)},
        ),
        Case(
            name="chain_read_in_the_middle",
            nodes=[
                node("Gemm", "x w", "h"),
                node("Sigmoid", "h", "a"),
                node("Tanh", "a", "b"),
                node("Add", "a b"),
            ],
            inputs=x,
            constants=w,
        ),
    ]
    functions: dict[str, dict[str, Any]] = {
        "Sigmoid": {},
        "Tanh": {},
        "Erf": {},
        "Abs": {},
        "Neg": {},
        "Softplus": {},
        "Softsign": {},
        "LeakyRelu": {"alpha": 0.2},
        "Elu": {"alpha": 0.7},
        "HardSigmoid": {"alpha": 0.4, "beta": 0.3},
        "HardSwish": {},
    }
    for operator, attributes in functions.items():
        chained = [node("Gemm", "x w", "h"), node(operator, "h", **attributes)]
        cases.append(Case(name=f"{operator.lower()}_after_gemm", nodes=chained, inputs=x, constants=w))
        cases.append(Case(name=operator.lower(), nodes=[node(operator, "x", **attributes)], inputs=x))
    cases.append(Case(name="gelu", nodes=[node("Gelu", "x")], inputs=x, opset=20))
    return cases


def sums() -> list[Case]:
    pair = {"a": (1, 3, 4), "b": (1, 3, 4)}
    image = {"x": (1, 3, 5, 5)}
    scalar = {"c": np.float32(0.75)}
    near = {"pads": [1, 1, 1, 1]}
    return [
        Case(name="add", nodes=[node("Add", "a b")], inputs=pair),
        Case(name="add_relu", nodes=[node("Add", "a b", "h"), node("Relu", "h")], inputs=pair),
        Case(name="add_broadcast", nodes=[node("Add", "a b")], inputs={"a": (2, 3, 4), "b": (3, 1)}),
        Case(name="add_to_itself", nodes=[node("Add", "x x")], inputs={"x": (1, 4)}),
        Case(name="add_constant", nodes=[node("Add", "x c")], inputs={"x": (3, 4)}, constants={"c": weights(4)}),
        Case(name="sub", nodes=[node("Sub", "a b")], inputs=pair),
        Case(name="sub_constant", nodes=[node("Sub", "x c")], inputs={"x": (3, 4)}, constants={"c": weights(3, 4)}),
        Case(name="sub_from_constant", nodes=[node("Sub", "c x")], inputs={"x": (3, 4)}, constants={"c": weights(4)}),
        *(
            Case(
                name=f"{operator.lower()}_scalar", nodes=[node(operator, "x c")], inputs={"x": (3, 4)}, constants=scalar
            )
            for operator in ("Add", "Sub", "Mul", "Div")
        ),
        Case(name="sub_from_scalar", nodes=[node("Sub", "c x")], inputs={"x": (3, 4)}, constants=scalar),
        Case(
            name="residual_identity",
            nodes=[node("Conv", "x w", "h", **near), node("Add", "h x", "s"), node("Relu", "s")],
            inputs=image,
            constants={"w": weights(3, 3, 3, 3)},
        ),
        Case(
            name="residual_of_two_convs",
            nodes=[
                node("Conv", "x w", "h", **near),
                node("Conv", "x v", "i"),
                node("Add", "h i", "s"),
                node("Relu", "s"),
            ],
            inputs=image,
            constants={"w": weights(4, 3, 3, 3), "v": weights(4, 3, 1, 1)},
        ),
        Case(
            name="residual_of_grouped_convs",
            nodes=[node("Conv", "x w", "h", group=3, **near), node("Conv", "x v", "i", group=3), node("Add", "h i")],
            inputs=image,
            constants={"w": weights(3, 1, 3, 3), "v": weights(3, 1, 1, 1)},
        ),
        Case(
            name="sum_of_two_gemms",
            nodes=[node("Gemm", "a w", "h"), node("Gemm", "b v", "i"), node("Add", "h i", "s"), node("Tanh", "s")],
            inputs={"a": (1, 5), "b": (1, 4)},
            constants={"w": weights(5, 3), "v": weights(4, 3)},
        ),
        Case(
            name="difference_of_two_gemms",
            nodes=[node("Gemm", "a w", "h"), node("Gemm", "b v", "i"), node("Sub", "h i")],
            inputs={"a": (1, 5), "b": (1, 4)},
            constants={"w": weights(5, 3), "v": weights(4, 3)},
        ),
    ]


def pools() -> list[Case]:
    image = {"x": (1, 2, 7, 6)}
    square = {"kernel_shape": [3, 3]}

    def pool(name: str, operator: str, **attributes: Any) -> Case:
        return Case(name=name, nodes=[node(operator, "x", **attributes)], inputs=image)

    return [
        pool("max_pool", "MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
        pool("max_pool_pads", "MaxPool", pads=[1, 1, 1, 1], strides=[2, 2], **square),
        pool("max_pool_ceil", "MaxPool", ceil_mode=1, strides=[2, 2], **square),
        pool("max_pool_dilated", "MaxPool", dilations=[2, 2], **square),
        pool("max_pool_overlap", "MaxPool", **square),
        pool("max_pool_same", "MaxPool", auto_pad="SAME_UPPER", strides=[2, 2], **square),
        Case(name="max_pool_1d", nodes=[node("MaxPool", "x", kernel_shape=[3], strides=[2])], inputs={"x": (1, 3, 8)}),
        pool("average_pool", "AveragePool", kernel_shape=[2, 3]),
        pool("average_pool_pads", "AveragePool", pads=[1, 1, 1, 1], strides=[2, 2], **square),
        pool("average_pool_counts_pads", "AveragePool", pads=[1, 1, 1, 1], count_include_pad=1, **square),
        pool("average_pool_ceil_of_stride_1", "AveragePool", ceil_mode=1, count_include_pad=1, pads=[1] * 4, **square),
        pool("average_pool_ceil", "AveragePool", ceil_mode=1, strides=[2, 2], kernel_shape=[2, 3]),
        Case(name="average_pool_1d", nodes=[node("AveragePool", "x", kernel_shape=[3])], inputs={"x": (1, 3, 8)}),
        pool("global_average_pool", "GlobalAveragePool"),
        pool("global_max_pool", "GlobalMaxPool"),
        pool("reduce_mean", "ReduceMean", axes=[2, 3]),
        pool("reduce_mean_squeezed", "ReduceMean", axes=[-1, -2], keepdims=0),
        Case(
            name="reduce_mean_axes_input",
            nodes=[node("ReduceMean", "x axes", keepdims=0)],
            inputs=image,
            constants={"axes": np.array([2, 3])},
            opset=18,
        ),
        Case(
            name="mean_read_twice",
            nodes=[node("ReduceMean", "x", "m", axes=[2, 3], keepdims=0), node("Relu", "m", "r"), node("Add", "m r")],
            inputs=image,
        ),
        Case(
            name="conv_relu_max_pool",
            nodes=[node("Conv", "x w", "h"), node("Relu", "h", "r"), node("MaxPool", "r", kernel_shape=[2, 2])],
            inputs=image,
            constants={"w": weights(3, 2, 3, 3)},
        ),
        Case(
            name="average_pool_relu",
            nodes=[node("AveragePool", "x", "h", kernel_shape=[2, 2]), node("Relu", "h")],
            inputs=image,
        ),
        Case(
            name="global_average_pool_flatten_gemm",
            nodes=[node("GlobalAveragePool", "x", "h"), node("Flatten", "h", "f"), node("Gemm", "f w")],
            inputs=image,
            constants={"w": weights(2, 3)},
        ),
    ]


def indices_and_views() -> list[Case]:
    cube = {"x": (2, 3, 4)}

    def argmax(name: str, **attributes: Any) -> Case:
        nodes = [node("ArgMax", "x", **attributes)]
        return Case(name=name, nodes=nodes, inputs=cube, integer_outputs=("y",))

    def view(name: str, operator: str, *, inputs: str = "x", opset: int = 17, **more: Any) -> Case:
        constants = more.pop("constants", {})
        shape = more.pop("shape", (2, 3, 4))
        # behind something that is proven, before something that is
        nodes = [node("Relu", "x", "h"), node(operator, inputs.replace("x", "h"), "v", **more), node("Tanh", "v")]
        return Case(name=name, nodes=nodes, inputs={"x": shape}, constants=constants, opset=opset)

    return [
        argmax("argmax"),
        argmax("argmax_axis", axis=1),
        argmax("argmax_last_no_keepdims", axis=-1, keepdims=0),
        Case(
            name="argmax_after_gemm",
            nodes=[node("Gemm", "x w", "h"), node("ArgMax", "h", axis=1)],
            inputs={"x": (1, 5)},
            constants={"w": weights(5, 4)},
            integer_outputs=("y",),
        ),
        view("flatten", "Flatten"),
        view("flatten_axis", "Flatten", axis=2),
        view("reshape", "Reshape", inputs="x s", constants={"s": np.array([4, 6])}),
        view("reshape_zero_and_rest", "Reshape", inputs="x s", constants={"s": np.array([0, -1])}),
        view("squeeze", "Squeeze", inputs="x a", shape=(1, 3, 1), constants={"a": np.array([0])}),
        view("squeeze_all", "Squeeze", shape=(1, 3, 1)),
        view("squeeze_attribute", "Squeeze", shape=(1, 3, 1), axes=[2], opset=11),
        view("unsqueeze", "Unsqueeze", inputs="x a", constants={"a": np.array([0, -1])}),
        view("unsqueeze_attribute", "Unsqueeze", axes=[1], opset=11),
        view("transpose", "Transpose", perm=[0, 2, 1]),
        view("transpose_reversed", "Transpose"),
        Case(name="bare_view", nodes=[node("Transpose", "x")], inputs=cube),
        Case(
            name="two_outputs",
            nodes=[node("Gemm", "x w", "h"), node("Relu", "h", "y"), node("Tanh", "h", "z")],
            inputs={"x": (1, 5)},
            constants={"w": weights(5, 3)},
            outputs=("y", "z"),
        ),
    ]


CASES = [
    *gemm(), *convolutions(), *folding(), *activations(), *sums(), *pools(), *indices_and_views(),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_close_to_onnxruntime_and_proven(case: Case) -> None:
    model = to_model(
        case.nodes, inputs=case.inputs, constants=case.constants, outputs=case.outputs, opset=case.opset,
        integer_outputs=case.integer_outputs,
    )  # fmt: skip
    samples = to_samples(case.inputs, count=CALIBRATION_SAMPLES)
    # tables may be a little beyond the target that a user asks for; the bound below is what counts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = intaglio.compile(model, calibration=samples)
    sample = {name: value[0] for name, value in to_samples(case.inputs, count=1, seed=99).items()}
    ours = compiled.run(sample)
    theirs = reference(model, sample)
    references = [reference(model, {n: v[i] for n, v in samples.items()}) for i in range(CALIBRATION_SAMPLES)]
    assert list(ours) == list(case.outputs)
    for name, expected in theirs.items():
        assert ours[name].shape == expected.shape
        if name in case.integer_outputs:
            np.testing.assert_array_equal(ours[name], expected)
            continue
        seen = np.concatenate([r[name].reshape(-1) for r in references])
        # the control: a constant would not do
        assert seen.max() > seen.min()
        error = float(np.abs(ours[name] - expected).max() / (seen.max() - seen.min()))
        assert error <= BOUND, f"{name}: error {error:.2e} of its range"

    secret, commitment = compiled.commit()
    evidence = intaglio.prove(secret, sample)
    verified = intaglio.verify(evidence, commitment=commitment)
    for name, integers in compiled.run_integers(sample).items():
        np.testing.assert_array_equal(verified.outputs_integer[name], integers)
        np.testing.assert_array_equal(verified.outputs[name], ours[name])
        forged = with_another_output(evidence.to_bytes(), integers)
        with pytest.raises(intaglio.Rejected):
            intaglio.verify(forged, commitment=commitment)


def with_another_output(evidence: bytes, integers: Any) -> bytes:
    """The evidence with the first cell of an output one higher in the statement."""
    told = integers.astype("<i8").tobytes()
    assert evidence.count(told) >= 1
    changed = integers.copy()
    changed.reshape(-1)[0] += 1
    return evidence.replace(told, changed.astype("<i8").tobytes())
