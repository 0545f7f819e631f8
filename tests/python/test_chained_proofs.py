"""One committed tensor in several proofs: the same input again, or the output of one model as the input of the next."""

from __future__ import annotations

from pathlib import Path

import intaglio
import numpy as np
import pytest
from committed_net import Bench
from onnx import helper
from onnx_graphs import dense, to_model


def identity_net() -> bytes:
    """Takes what `dense` gives, and nothing is lost on the way."""
    return to_model(
        [helper.make_node("Gemm", ["x", "w"], ["z"], name="next")],
        inputs={"x": (1, 3)}, constants={"w": np.eye(3)[:, :2]}, outputs=("z",),
    )  # fmt: skip


def test_one_input_stands_in_two_proofs_under_one_commitment(bench: Bench) -> None:
    seen = intaglio.Visibility(input="committed")
    again = intaglio.prove(bench.secret, bench.sample, visibility=seen, input_commitment=bench.openings)
    first = bench.verify(bench.evidence).input_commitment["x"]
    assert intaglio.verify(again, commitment=bench.commitment).input_commitment["x"] == first
    # the control: without openings the same input has another commitment
    fresh = intaglio.prove(bench.secret, bench.sample, visibility=seen)
    assert intaglio.verify(fresh, commitment=bench.commitment).input_commitment["x"] != first
    named = intaglio.prove(bench.secret, bench.sample, visibility=seen, input_commitment={"x": (bench.openings, "x")})
    assert intaglio.verify(named, commitment=bench.commitment).input_commitment["x"] == first


def test_a_committed_input_serves_another_model(bench: Bench) -> None:
    other = intaglio.compile(dense(seed=4), calibration=bench.calibration)
    secret, commitment = other.commit()
    evidence = intaglio.prove(
        secret,
        bench.sample,
        visibility=intaglio.Visibility(input="committed"),
        input_commitment={"x": (bench.openings, "x")},
    )
    found = intaglio.verify(evidence, commitment=commitment)
    assert found.input_commitment["x"] == bench.verify(bench.evidence).input_commitment["x"]
    np.testing.assert_array_equal(found.outputs["y"], other.run(bench.sample)["y"])


def test_the_output_of_one_model_is_the_input_of_the_next(bench: Bench) -> None:
    middle = np.stack([bench.model.run(sample)["y"] for sample in bench.calibration]).astype(np.float32)
    following = intaglio.compile(identity_net(), calibration=middle)
    if following.inputs[0].exponent != bench.model.outputs[0].exponent:
        pytest.fail("the two models do not share the exponent between them: choose other data for this test")
    secret, commitment = following.commit()
    value = bench.model.run(bench.sample)["y"]
    evidence = intaglio.prove(
        secret,
        value,
        visibility=intaglio.Visibility(input="committed"),
        input_commitment={"x": (bench.openings, "y")},
    )
    found = intaglio.verify(evidence, commitment=commitment)
    assert found.input_commitment["x"].rows == bench.verify(bench.evidence).output_commitment["y"].rows
    np.testing.assert_array_equal(found.outputs["z"], following.run(value)["z"])


def test_openings_of_another_value_are_refused(bench: Bench) -> None:
    seen = intaglio.Visibility(input="committed")
    with pytest.raises(intaglio.InvalidInput, match="'x'.*other values"):
        intaglio.prove(bench.secret, bench.calibration[1], visibility=seen, input_commitment=bench.openings)
    with pytest.raises(intaglio.IntaglioError, match="absent"):
        intaglio.prove(bench.secret, bench.sample, visibility=seen, input_commitment={"x": (bench.openings, "absent")})


def test_openings_bring_their_own_passphrase(bench: Bench, tmp_path: Path) -> None:
    seen = intaglio.Visibility(input="committed")
    first = intaglio.prove(bench.secret, bench.sample, visibility=seen, passphrase=b"theirs")
    assert first.openings is not None
    first.openings.save(tmp_path / "o")
    known = intaglio.verify(first, commitment=bench.commitment).input_commitment["x"]
    loaded = intaglio.Openings.load(tmp_path / "o", passphrase=b"theirs")
    assert loaded.names == ("x",)
    for own in (None, b"another"):
        again = intaglio.prove(bench.secret, bench.sample, visibility=seen, input_commitment=loaded, passphrase=own)
        assert intaglio.verify(again, commitment=bench.commitment).input_commitment["x"] == known
        assert again.openings is not None
        assert again.openings.passphrase == own


def test_openings_need_an_input_that_is_committed(bench: Bench) -> None:
    for seen in (intaglio.Visibility(), intaglio.Visibility(input="public")):
        with pytest.raises(intaglio.InvalidInput, match="committed"):
            intaglio.prove(bench.secret, bench.sample, visibility=seen, input_commitment=bench.openings)
    with pytest.raises(intaglio.InvalidInput, match="'z'"):
        intaglio.prove(
            bench.secret,
            bench.sample,
            visibility=intaglio.Visibility(input="committed"),
            input_commitment={"z": (bench.openings, "x")},
        )
