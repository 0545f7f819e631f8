"""Random small models: compiled, run and proven, equal to the reference to the last integer, near to onnxruntime."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import intaglio
import numpy as np
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import NodeProto, helper
from onnx_graphs import reference, to_model, to_samples

sys.path.insert(0, str(Path(__file__).parents[2] / "spec" / "reference"))
from interpreter import run_program
from program_bytes import decode_compiled
from tensors import Tensor

ERROR = 5e-3
"""Largest error over several layers of 16-bit activations, relative to the largest output."""

Shape = tuple[int, ...]


@dataclass(slots=True)
class Sketch:
    """A chain of nodes as it grows."""

    draw: st.DrawFn
    rng: np.random.Generator
    shape: Shape
    last: str = "x"
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    operators: list[str] = field(default_factory=list)

    def append(self, operator: str, shape: Shape, *others: str, first: str | None = None, **attributes: Any) -> None:
        output = f"t{len(self.nodes)}"
        inputs = [self.last if first is None else first, *others]
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"n{len(self.nodes)}", **attributes))
        self.operators.append(operator)
        self.last, self.shape = output, shape

    def constant(self, *shape: int, scale: float = 1.0) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = (self.rng.normal(size=shape) * scale).astype(np.float32)
        return name

    def indices(self, values: list[int]) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.array(values, dtype=np.int64)
        return name


def linear(s: Sketch) -> None:
    outputs, inner = s.draw(st.integers(1, 5)), s.shape[-1]
    weight = s.constant(inner, outputs, scale=inner**-0.5)
    if len(s.shape) == 2 and s.draw(st.booleans()):
        s.append("Gemm", (s.shape[0], outputs), weight, s.constant(outputs))
    else:
        s.append("MatMul", (*s.shape[:-1], outputs), weight)


def convolution(s: Sketch) -> None:
    channels = s.shape[1]
    group = s.draw(st.sampled_from([g for g in range(1, channels + 1) if channels % g == 0]))
    outputs = group * s.draw(st.integers(1, 2))
    kernel = [s.draw(st.integers(1, min(3, d))) for d in s.shape[2:]]
    strides = [s.draw(st.integers(1, 2)) for _ in kernel]
    pads = [s.draw(st.integers(0, k - 1)) for k in kernel for _ in range(2)]
    begin, end = pads[: len(kernel)], pads[len(kernel) :]
    spatial = tuple(
        (d + b + e - k) // t + 1 for d, b, e, k, t in zip(s.shape[2:], begin, end, kernel, strides, strict=True)
    )
    size = channels // group * int(np.prod(kernel))
    weight = s.constant(outputs, channels // group, *kernel, scale=size**-0.5)
    more = [s.constant(outputs)] if s.draw(st.booleans()) else []
    s.append("Conv", (s.shape[0], outputs, *spatial), weight, *more, strides=strides, pads=pads, group=group)


def normalisation(s: Sketch) -> None:
    convolution(s) if len(s.shape) > 2 else linear(s)
    channels = s.shape[1]
    names = [s.constant(channels) for _ in range(4)]
    s.constants[names[3]] = np.abs(s.constants[names[3]]) + np.float32(0.5)
    s.append("BatchNormalization", s.shape, *names)


def activation(s: Sketch) -> None:
    operator = s.draw(st.sampled_from(["Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSwish", "Clip"]))
    if operator == "Clip":
        low, high = s.constant(), s.constant()
        s.constants[low], s.constants[high] = np.float32(-0.5), np.float32(0.75)
        s.append("Clip", s.shape, low, high)
    else:
        s.append(operator, s.shape)


def scalar(s: Sketch) -> None:
    name = s.constant()
    s.constants[name] = np.float32(s.draw(st.sampled_from([-1.5, -0.25, 0.5, 2.0])))
    s.append(s.draw(st.sampled_from(["Add", "Sub", "Mul", "Div"])), s.shape, name)


def shift(s: Sketch) -> None:
    s.append(s.draw(st.sampled_from(["Add", "Sub"])), s.shape, s.constant(*s.shape))


def residual(s: Sketch) -> None:
    before, shape = s.last, s.shape
    for _ in range(s.draw(st.integers(1, 2))):
        activation(s) if s.draw(st.booleans()) else scalar(s)
    s.append(s.draw(st.sampled_from(["Add", "Sub"])), shape, before)


def two_linears(s: Sketch) -> None:
    before, shape = s.last, s.shape
    linear(s)
    one, made = s.last, s.shape
    other = s.constant(shape[-1], made[-1], scale=shape[-1] ** -0.5)
    s.append("MatMul", made, other, first=before)
    s.append("Add", made, one)


def pool(s: Sketch) -> None:
    operator = s.draw(st.sampled_from(["MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"]))
    if operator.startswith("Global"):
        s.append(operator, (*s.shape[:2], *(1 for _ in s.shape[2:])))
        return
    kernel = [s.draw(st.integers(1, min(3, d))) for d in s.shape[2:]]
    strides = [s.draw(st.integers(1, 2)) for _ in kernel]
    spatial = tuple((d - k) // t + 1 for d, k, t in zip(s.shape[2:], kernel, strides, strict=True))
    s.append(operator, (*s.shape[:2], *spatial), kernel_shape=kernel, strides=strides)


def view(s: Sketch) -> None:
    operator = s.draw(st.sampled_from(["Flatten", "Reshape", "Transpose", "Unsqueeze", "Identity"]))
    size = int(np.prod(s.shape))
    if operator == "Flatten":
        s.append("Flatten", (s.shape[0], size // s.shape[0]))
    elif operator == "Reshape":
        rows = s.draw(st.sampled_from([d for d in range(1, size + 1) if size % d == 0]))
        s.append("Reshape", (rows, size // rows), s.indices([rows, -1]))
    elif operator == "Transpose":
        perm = s.draw(st.permutations(range(len(s.shape))))
        s.append("Transpose", tuple(s.shape[p] for p in perm), perm=list(perm))
    elif operator == "Unsqueeze" and len(s.shape) < 4:
        s.append("Unsqueeze", (1, *s.shape), s.indices([0]))
    else:
        s.append("Identity", s.shape)


@st.composite
def models(draw: st.DrawFn) -> tuple[bytes, Shape, list[str]]:
    """A chain of up to five steps on one input."""
    shape = draw(st.sampled_from([(1, 4), (2, 3), (1, 2, 5), (2, 3, 4), (1, 2, 4, 4), (1, 3, 3, 5)]))
    s = Sketch(draw=draw, rng=np.random.default_rng(draw(st.integers(0, 2**32 - 1))), shape=shape)
    anywhere: list[Callable[[Sketch], None]] = [activation, scalar, shift, residual, view]
    for _ in range(draw(st.integers(1, 5))):
        steps = list(anywhere)
        if len(s.shape) >= 2:
            steps += [linear, two_linears]
        if 3 <= len(s.shape) <= 4:
            steps += [convolution, normalisation, pool]
        draw(st.sampled_from(steps))(s)
    axes = [axis for axis, length in enumerate(s.shape) if length > 1]
    if axes and draw(st.booleans()):
        s.append("ArgMax", s.shape, axis=draw(st.sampled_from(axes)), keepdims=1)
    is_index = s.operators[-1] == "ArgMax"
    model = to_model(
        s.nodes, inputs={"x": shape}, constants=s.constants, outputs=(s.last,),
        integer_outputs=(s.last,) if is_index else (),
    )  # fmt: skip
    return model, shape, s.operators


@settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(models(), st.integers(0, 2**16), st.sampled_from([1.0, 1.0, 3.0]))
def test_a_random_model_means_the_same_three_times(made: tuple[bytes, Shape, list[str]], seed: int, far: float) -> None:
    model, shape, operators = made
    for operator in operators:
        event(operator)
    samples = to_samples({"x": shape}, count=24, seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = intaglio.compile(model, calibration=samples)
        except intaglio.UnsupportedModel as error:
            # a factor by channel that nothing before it can take up
            assert {node.operator for node in error.nodes} <= {"BatchNormalization"}
            return
    sample = to_samples({"x": shape}, count=1, seed=seed + 1)["x"][0] * np.float32(far)
    output = compiled.outputs[0]
    integers = compiled.run_integers(sample)[output.name]

    program, parameters, _ = decode_compiled(compiled.to_bytes())
    given_ = compiled.inputs[0].to_integers(sample)[0]
    own = run_program(program, parameters, [Tensor(shape, given_.reshape(-1).tolist())])
    assert own.outputs[output.name].cells == integers.reshape(-1).tolist()
    assert own.outputs[output.name].shape == integers.shape

    secret, commitment = compiled.commit()
    verified = intaglio.verify(intaglio.prove(secret, sample), commitment=commitment)
    np.testing.assert_array_equal(verified.outputs_integer[output.name], integers)

    expected = reference(model, {"x": sample})[output.name]
    assert expected.shape == integers.shape
    if far == 1.0 and not output.is_integer:
        references = [reference(model, {"x": one})[output.name] for one in samples["x"]]
        # values inside are of order one: differences of near values are as far off as those
        scale = max(1.0, float(np.abs(references).max()))
        inside = np.min(references) <= expected.min() and expected.max() <= np.max(references)
        if inside:
            assert np.abs(compiled.run(sample)[output.name] - expected).max() <= ERROR * scale


def test_random_models_meet_every_operator() -> None:
    met: set[str] = set()

    @settings(max_examples=500, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(models())
    def meet(made: tuple[bytes, Shape, list[str]]) -> None:
        met.update(made[2])

    meet()
    assert met == {
        "Add", "ArgMax", "AveragePool", "BatchNormalization", "Clip", "Conv", "Div", "Flatten", "Gemm",
        "GlobalAveragePool", "GlobalMaxPool", "HardSwish", "Identity", "LeakyRelu", "MatMul", "MaxPool", "Mul",
        "Relu", "Reshape", "Sigmoid", "Sub", "Tanh", "Transpose", "Unsqueeze",
    }  # fmt: skip
