"""What users and strangers get wrong: each mistake has its own error, nothing else happens, nothing is half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import intaglio
import numpy as np
import onnx
import pytest
from committed_net import AUDIENCE, NONCE, Bench
from onnx import TensorProto, helper, numpy_helper
from onnx_graphs import dense, flip, to_model, to_samples

# ---- models


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("operator", ["Gemm", "MatMul"])
def test_a_weight_that_is_no_number_is_refused_by_name(operator: str, value: float) -> None:
    weight = np.ones((4, 3))
    nodes = [helper.make_node(operator, ["x", "w"], ["y"])]

    def compile_it() -> intaglio.Model:
        model = to_model(nodes, inputs={"x": (1, 4)}, constants={"w": weight})
        return intaglio.compile(model, calibration=np.ones((1, 1, 4), np.float32))

    compile_it()
    weight[2, 1] = value
    with pytest.raises(intaglio.InvalidInput, match="'w'.*NaN or infinite"):
        compile_it()


@pytest.mark.parametrize("kept", [0, 1, 7, 50, 120, -1])
def test_a_truncated_model_is_a_format_error(bench: Bench, kept: int) -> None:
    with pytest.raises(intaglio.FormatError, match="no complete ONNX model"):
        intaglio.compile(bench.source[:kept], calibration=bench.calibration)


@pytest.mark.parametrize("data", [b"not a model", b"\x00" * 64, bytes(range(256)) * 4, b"PK\x03\x04" + bytes(40)])
def test_other_bytes_are_no_model(bench: Bench, data: bytes) -> None:
    with pytest.raises(intaglio.FormatError):
        intaglio.compile(data, calibration=bench.calibration)


def test_a_flipped_bit_in_a_model_never_ends_in_anything_but_our_errors(bench: Bench) -> None:
    rng = np.random.default_rng(5)
    outcomes = set()
    for _ in range(150):
        changed = flip(bench.source, rng)
        try:
            intaglio.compile(changed, calibration=bench.calibration)
            outcomes.add("compiled")
        except intaglio.IntaglioError as error:
            outcomes.add(type(error).__name__)
    assert {"compiled", "FormatError"} <= outcomes


def test_a_missing_model_file_is_named(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(intaglio.InvalidInput, match=r"absent\.onnx"):
        intaglio.compile(tmp_path / "absent.onnx", calibration=bench.calibration)
    with pytest.raises(intaglio.InvalidInput):
        intaglio.compile(tmp_path, calibration=bench.calibration)


def test_missing_external_data_are_a_format_error(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save_model(
        onnx.load_model_from_string(bench.source),
        path,
        save_as_external_data=True,
        location="weights",
        size_threshold=0,
    )
    whole = intaglio.compile(path, calibration=bench.calibration)
    np.testing.assert_array_equal(whole.run(bench.sample)["y"], bench.model.run(bench.sample)["y"])
    with pytest.raises(intaglio.FormatError, match="external data"):
        intaglio.compile(path.read_bytes(), calibration=bench.calibration)
    (tmp_path / "weights").unlink()
    with pytest.raises(intaglio.FormatError):
        intaglio.compile(path, calibration=bench.calibration)


def test_a_model_without_outputs_or_inputs_is_refused() -> None:
    graph = helper.make_graph([], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 2))], [])
    no_output = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    with pytest.raises(intaglio.FormatError):
        intaglio.compile(no_output, calibration=np.ones((1, 1, 2), np.float32))
    graph = helper.make_graph(
        [helper.make_node("Relu", ["w"], ["y"])], "g", [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (2,))],
        [numpy_helper.from_array(np.ones(2, np.float32), "w")],
    )  # fmt: skip
    no_input = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    with pytest.raises(intaglio.FormatError, match="no input"):
        intaglio.compile(no_input, calibration={})


def test_symbolic_axes_need_shapes() -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    model = to_model(nodes, inputs={"x": ("n", 3, "width")})
    samples = to_samples({"x": (1, 3, 5)}, count=8)["x"]
    with pytest.raises(intaglio.InvalidInput, match="'x'.*give its shape"):
        intaglio.compile(model, calibration=samples)
    with pytest.raises(intaglio.InvalidInput, match="does not fit"):
        intaglio.compile(model, calibration=samples, shapes={"x": (1, 4, 5)})
    with pytest.raises(intaglio.InvalidInput, match="no input"):
        intaglio.compile(model, calibration=samples, shapes={"z": (1, 3, 5)})
    compiled = intaglio.compile(model, calibration=samples, shapes={"x": (1, 3, 5)})
    assert compiled.inputs[0].shape == (1, 3, 5)


@pytest.mark.parametrize("axes", [(0, 3, 5), (-1, 3, 5)])
def test_empty_and_negative_shapes_are_refused(axes: tuple[int, ...]) -> None:
    model = to_model([helper.make_node("Relu", ["x"], ["y"])], inputs={"x": ("n", 3, "width")})
    with pytest.raises(intaglio.InvalidInput):
        intaglio.compile(model, calibration=np.ones((2, 1, 3, 5), np.float32), shapes={"x": axes})


def test_every_unsupported_node_is_listed_with_a_way_out() -> None:
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["a"], name="fine"),
        helper.make_node("Softmax", ["a"], ["b"], name="first/softmax"),
        helper.make_node("Relu", ["b"], ["c"], name="fine too"),
        helper.make_node("Cos", ["c"], ["d"], name="second/cos"),
        helper.make_node("ReduceMean", ["d"], ["e"], name="third/mean", axes=[0], keepdims=0),
        helper.make_node("Sin", ["e"], ["y"]),
    ]
    model = to_model(nodes, inputs={"x": (1, 4)}, constants={"w": np.ones((4, 3))}, opset=13)
    with pytest.raises(intaglio.UnsupportedModel) as caught:
        intaglio.compile(model, calibration=np.ones((1, 1, 4), np.float32))
    told = [(node.name, node.operator, node.opset) for node in caught.value.nodes]
    assert told == [
        ("first/softmax", "Softmax", 13), ("second/cos", "Cos", 13), ("third/mean", "ReduceMean", 13), ("Sin_5", "Sin", 13),
    ]  # fmt: skip
    assert all(node.what and node.remedy for node in caught.value.nodes)
    for node in caught.value.nodes:
        assert node.name in str(caught.value)
        assert node.remedy in str(caught.value)


def test_an_operator_of_another_domain_is_not_supported() -> None:
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], name="theirs", domain="com.example")], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 2))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 2))],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    with pytest.raises(intaglio.UnsupportedModel) as caught:
        intaglio.compile(model, calibration=np.ones((1, 1, 2), np.float32))
    assert [node.operator for node in caught.value.nodes] == ["com.example.Relu"]


UNSUPPORTED_FORMS: dict[str, tuple[list[onnx.NodeProto], tuple[int, ...], dict[str, Any]]] = {
    "a bias by row": (
        [helper.make_node("Gemm", ["x", "w", "c"], ["y"])],
        (3, 4),
        {"w": np.ones((4, 3)), "c": np.ones((3, 1))},
    ),
    "a factor along another axis than channels": (
        [helper.make_node("Conv", ["x", "w"], ["h"]), helper.make_node("Mul", ["h", "c"], ["y"])],
        (1, 2, 4, 4),
        {"w": np.ones((4, 2, 1, 1)), "c": np.ones((4, 1))},
    ),
    "a factor that adds an axis": ([helper.make_node("Mul", ["x", "c"], ["y"])], (4,), {"c": np.ones((1, 1))}),
    "indices of a maximum": (
        [
            helper.make_node("MaxPool", ["x"], ["p", "i"], kernel_shape=[2, 2]),
            helper.make_node("Cast", ["i"], ["j"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["p", "j"], ["y"]),
        ],
        (1, 2, 4, 4),
        {},
    ),
    "a constant output": ([helper.make_node("Relu", ["c"], ["y"])], (2,), {"c": np.ones(3)}),
    "ArgMax over one cell": ([helper.make_node("ArgMax", ["x"], ["y"], axis=0)], (1, 4), {}),
    "counted pads with a ceiling": (
        [
            helper.make_node(
                "AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, ceil_mode=1,
                count_include_pad=1,
            )
        ],
        (1, 2, 6, 6),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", UNSUPPORTED_FORMS)
def test_a_form_that_would_be_computed_wrongly_is_not_supported(form: str) -> None:
    nodes, shape, constants = UNSUPPORTED_FORMS[form]
    integers = ("y",) if nodes[-1].op_type == "ArgMax" else ()
    model = to_model(nodes, inputs={"x": shape}, constants=constants, integer_outputs=integers)
    with pytest.raises(intaglio.UnsupportedModel):
        intaglio.compile(model, calibration=to_samples({"x": shape}, count=8))


def test_an_unknown_overflow_rule_is_refused(bench: Bench) -> None:
    with pytest.raises(intaglio.InvalidInput, match="overflow"):
        intaglio.compile(bench.source, calibration=bench.calibration, overflow="wrap")  # type: ignore[arg-type]


# ---- calibration


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_calibration_data_must_be_numbers(bench: Bench, value: float) -> None:
    spoilt = bench.calibration.copy()
    spoilt[5, 0, 2] = value
    with pytest.raises(intaglio.InvalidInput, match="'x'.*NaN or infinite"):
        intaglio.compile(bench.source, calibration=spoilt)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((0, 1, 4), np.float32), "empty"),
        (np.zeros((4, 4), np.float32), "shape"),
        (np.zeros((4, 1, 5), np.float32), "shape"),
        (np.float32(1.0), "shape"),
        ({"z": np.zeros((4, 1, 4), np.float32)}, "'z'"),
        ({}, "'x'"),
        (np.full((4, 1, 4), "word"), "takes numbers"),
        (np.full((4, 1, 4), 1j), "takes numbers"),
        ([[1.0, 2.0], [3.0]], "'x'"),
    ],
)
def test_calibration_data_must_fit(bench: Bench, data: Any, words: str) -> None:
    with pytest.raises(intaglio.InvalidInput, match=words):
        intaglio.compile(bench.source, calibration=data)


def test_inputs_need_equally_many_calibration_samples() -> None:
    model = to_model([helper.make_node("Add", ["a", "b"], ["y"])], inputs={"a": (1, 2), "b": (1, 2)})
    data = {"a": np.ones((3, 1, 2), np.float32), "b": np.ones((4, 1, 2), np.float32)}
    with pytest.raises(intaglio.InvalidInput, match="different numbers"):
        intaglio.compile(model, calibration=data)
    with pytest.raises(intaglio.InvalidInput, match="by name"):
        intaglio.compile(model, calibration=data["a"])


@pytest.mark.parametrize(("count", "held_out"), [(1, None), (5, None), (6, 2), (24, 8)])
def test_nothing_is_held_out_of_fewer_than_six_samples(bench: Bench, count: int, held_out: int | None) -> None:
    fidelity = intaglio.compile(bench.source, calibration=bench.calibration[:count]).fidelity
    assert (fidelity.held_out and fidelity.held_out.samples) == held_out
    assert fidelity.calibration.samples == count - (held_out or 0)
    assert fidelity.judged is (fidelity.held_out or fidelity.calibration)


# ---- inputs


def calls(bench: Bench) -> list[Callable[[Any], object]]:
    return [bench.model.run, lambda inputs: intaglio.prove(bench.secret, inputs)]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (np.array([[0, np.nan, 0, 0]], np.float32), "NaN"),
        (np.array([[0, np.inf, 0, 0]], np.float32), "infinite"),
        (np.array([[0, -np.inf, 0, 0]], np.float32), "infinite"),
        (np.zeros(4, np.float32), "shape"),
        (np.zeros((2, 4), np.float32), "shape"),
        (np.zeros((1, 4), np.complex64), "complex64"),
        (np.full((1, 4), "0"), "float32"),
        (np.full((1, 4), None), "object"),
        (None, "shape"),
        ({"z": np.zeros((1, 4))}, "'z'"),
        ({"x": np.zeros((1, 4)), "z": np.zeros((1, 4))}, "'z'"),
        ({}, "'x'"),
        ([[1.0], [2.0, 3.0]], "'x'"),
    ],
)
def test_inputs_must_fit(bench: Bench, inputs: Any, words: str) -> None:
    for call in calls(bench):
        with pytest.raises(intaglio.InvalidInput, match=words):
            call(inputs)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int8, np.uint8, bool])
def test_real_numbers_of_every_type_are_taken(bench: Bench, dtype: Any) -> None:
    plain = np.array([[0, 1, 1, 0]])
    expected = bench.model.run(plain.astype(np.float32))["y"]
    np.testing.assert_array_equal(bench.model.run(plain.astype(dtype))["y"], expected)


def test_values_beyond_the_calibrated_range_saturate_and_are_counted(bench: Bench) -> None:
    far = np.array([[1e30, -1e30, 0.5, 1e308]])
    evidence = intaglio.prove(bench.secret, far)
    assert evidence.saturated["x"] == 3
    verified = intaglio.verify(evidence, commitment=bench.commitment)
    port = bench.model.inputs[0]
    assert port.low is not None
    assert port.high is not None
    edge = np.ldexp(np.array([[port.high, port.low, np.ldexp(0.5, port.exponent), port.high]]), -port.exponent)
    np.testing.assert_array_equal(verified.outputs["y"], bench.model.run(edge)["y"])
    inside = intaglio.prove(bench.secret, bench.sample)
    assert dict(inside.saturated) == {}


def difference() -> tuple[bytes, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A sum whose calibration never left a small range, an input inside it, and one far beyond."""
    model = to_model(
        [helper.make_node("Gemm", ["x", "w"], ["y"])], inputs={"x": (1, 2)}, constants={"w": np.ones((2, 1))}
    )
    steps = np.linspace(-1, 1, 24)
    calibration = np.stack([steps, 0.01 - steps], axis=-1).reshape(24, 1, 2).astype(np.float32)
    return model, calibration, np.array([[1.0, 1.0]], np.float32)


def test_an_inner_value_beyond_its_range_saturates_and_is_counted_by_node() -> None:
    model, calibration, far = difference()
    compiled = intaglio.compile(model, calibration=calibration)
    secret, commitment = compiled.commit()
    evidence = intaglio.prove(secret, far)
    assert dict(evidence.saturated) == {"y": 1}
    verified = intaglio.verify(evidence, commitment=commitment)
    np.testing.assert_array_equal(verified.outputs["y"], compiled.run(far)["y"])
    assert 0.01 < verified.outputs["y"].item() < 0.1


def test_under_refuse_an_inner_value_beyond_its_range_is_out_of_range() -> None:
    model, calibration, far = difference()
    compiled = intaglio.compile(model, calibration=calibration, overflow="refuse")
    secret, commitment = compiled.commit()
    intaglio.verify(intaglio.prove(secret, calibration[0]), commitment=commitment)
    with pytest.raises(intaglio.OutOfRange):
        compiled.run(far)
    with pytest.raises(intaglio.OutOfRange):
        intaglio.prove(secret, far)


def test_under_refuse_an_input_beyond_its_range_is_out_of_range_and_the_text_tells_nothing() -> None:
    model, calibration, far = difference()
    compiled = intaglio.compile(model, calibration=calibration, overflow="refuse")
    secret, _ = compiled.commit()
    saturating = intaglio.compile(model, calibration=calibration)
    texts = set()
    for beyond in (np.array([[1e9, 0.0]]), np.array([[0.0, -77.25]]), far):
        saturating.run(beyond)
        for call in (compiled.run, lambda x: intaglio.prove(secret, x)):
            with pytest.raises(intaglio.OutOfRange) as refused:
                call(beyond)
            texts.add(str(refused.value))
    # inputs and inner values alike: where, how many and how far are not told
    assert len(texts) == 1
    assert not any(character.isdigit() for character in texts.pop())


def test_under_refuse_samples_that_cannot_be_taken_are_counted_and_miss_the_target() -> None:
    model, calibration, far = difference()
    spoilt = calibration.copy()
    spoilt[5] = far
    compiled = intaglio.compile(model, calibration=spoilt, overflow="refuse")
    assert compiled.fidelity.held_out is not None
    assert (compiled.fidelity.held_out.refused, compiled.fidelity.calibration.refused) == (1, 0)
    with pytest.warns(UserWarning, match="missed"):
        asked = intaglio.compile(model, calibration=spoilt, overflow="refuse", target=intaglio.Fidelity(max_error=1.0))
    assert not asked.fidelity.met


def test_integer_inputs_are_exact_and_never_rounded() -> None:
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "s"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.INT64, (4,))],
        [helper.make_tensor_value_info("y", TensorProto.INT64, (2, 2))],
        [numpy_helper.from_array(np.array([2, 2]), "s")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    compiled = intaglio.compile(model, calibration=np.arange(32).reshape(8, 4))
    np.testing.assert_array_equal(compiled.run(np.array([1, 2, 3, 4]))["y"], [[1, 2], [3, 4]])
    with pytest.raises(intaglio.InvalidInput, match="int64"):
        compiled.run(np.array([1.0, 2.0, 3.0, 4.0]))
    with pytest.raises(intaglio.InvalidInput, match="integers from"):
        compiled.run(np.array([1, 2, 3, 10**6]))
    with pytest.raises(intaglio.InvalidInput, match="takes integers"):
        intaglio.compile(model, calibration=np.ones((8, 4)))


# ---- verification


@pytest.mark.parametrize(
    ("nonce", "audience"),
    [(b"stale", AUDIENCE), (None, AUDIENCE), (NONCE, "somebody else"), (NONCE, None), (None, None), (b"", AUDIENCE)],
)
def test_evidence_is_good_for_its_nonce_and_audience_only(
    bench: Bench, nonce: bytes | None, audience: str | None
) -> None:
    bench.verify(bench.evidence)
    with pytest.raises(intaglio.Rejected) as caught:
        intaglio.verify(bench.evidence, commitment=bench.commitment, nonce=nonce, audience=audience)
    assert caught.value.check == "statement"


@pytest.mark.parametrize(("nonce", "audience"), [(NONCE, None), (None, AUDIENCE)])
def test_a_nonce_or_audience_that_was_asked_for_must_be_there(
    bench: Bench, nonce: bytes | None, audience: str | None
) -> None:
    plain = intaglio.prove(bench.secret, bench.sample)
    intaglio.verify(plain, commitment=bench.commitment)
    with pytest.raises(intaglio.Rejected) as caught:
        intaglio.verify(plain, commitment=bench.commitment, nonce=nonce, audience=audience)
    assert caught.value.check == "statement"


def test_evidence_of_another_model_is_rejected(bench: Bench) -> None:
    other = intaglio.compile(dense(seed=2), calibration=bench.calibration).commit()[1]
    same_again = bench.model.commit()[1]
    for commitment in (other, same_again):
        with pytest.raises(intaglio.Rejected) as caught:
            intaglio.verify(bench.evidence, commitment=commitment, nonce=NONCE, audience=AUDIENCE)
        assert caught.value.check in ("model", "statement")


@pytest.mark.parametrize("evidence", [b"", b"evidence", bytes(1000)])
def test_bytes_that_are_no_evidence_are_rejected_at_decode(bench: Bench, evidence: bytes) -> None:
    with pytest.raises(intaglio.Rejected) as caught:
        bench.verify(evidence)
    assert caught.value.check == "decode"


def test_verify_takes_a_checked_commitment_only(bench: Bench) -> None:
    with pytest.raises(intaglio.FormatError, match="Commitment"):
        intaglio.verify(bench.evidence, commitment=bench.commitment.to_bytes())  # type: ignore[arg-type]


# ---- limits


def test_a_model_too_large_for_memory_is_refused_before_anything_is_done(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.model.check_memory()
    monkeypatch.setattr("intaglio.memory.available_memory", lambda: 2**20)
    with pytest.raises(intaglio.ResourceLimit, match="MiB"):
        bench.model.check_memory()
    with pytest.raises(intaglio.ResourceLimit, match="MiB"):
        bench.model.commit()
    with pytest.raises(intaglio.ResourceLimit, match="MiB"):
        intaglio.prove(intaglio.Secret(bench.secret._core), bench.sample)
    # where the system does not say, nothing is refused
    monkeypatch.setattr("intaglio.memory.available_memory", lambda: None)
    bench.model.check_memory()
