"""Circuits from Python and from the command line, on a small trained net: the parameter folder is the tests' own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import intaglio
import intaglio_aleo
import numpy as np
import pytest
from intaglio import aleo
from onnx import TensorProto, helper, numpy_helper

CONTEXT = b"request 17"


Made = tuple[aleo.CircuitSecret, aleo.Circuit, aleo.CircuitEvidence]


@pytest.fixture(scope="session", params=[("baked", "hidden"), ("private", "committed"), ("baked", "shown")])
def made(request: Any, model: intaglio.Model, sample: Any) -> Made:
    weights, inputs = request.param
    secret, circuit = aleo.compile(model, weights=weights, inputs=inputs)
    return secret, circuit, aleo.prove(secret, sample, context=CONTEXT)


def test_a_proof_establishes_the_outputs_of_the_integer_program(made: Made, model: intaglio.Model, sample: Any) -> None:
    _, circuit, evidence = made
    assert (len(circuit.verifying_key), len(evidence.proof)) == (673, 957)
    verified = aleo.verify(evidence.to_bytes(), circuit=circuit, context=CONTEXT)
    exact = model.run_integers(sample)["y"]
    np.testing.assert_array_equal(verified.outputs_integer["y"], exact)
    np.testing.assert_array_equal(verified.outputs["y"], model.run(sample)["y"])
    assert (verified.inputs is None) == (circuit.inputs != "shown")
    assert (verified.input_commitment is None) == (circuit.inputs != "committed")
    if verified.inputs is not None:
        np.testing.assert_allclose(verified.inputs["x"], sample, atol=0.05)


def test_the_off_chain_proof_says_the_same(model: intaglio.Model, sample: Any) -> None:
    secret, commitment = model.commit()
    verified = intaglio.verify(intaglio.prove(secret, sample), commitment=commitment)
    np.testing.assert_array_equal(verified.outputs["y"], model.run(sample)["y"])


def test_a_committed_output_has_a_place_on_the_chain(model: intaglio.Model, sample: Any) -> None:
    secret, commitment = model.commit()
    visibility = intaglio.Visibility(input="private", output="committed")
    verified = intaglio.verify(intaglio.prove(secret, sample, visibility=visibility), commitment=commitment)
    rows = verified.output_commitment["y"]
    literals = rows.groups
    assert len(literals) == len(rows.rows) // 64 == 1
    assert literals[0].endswith("group")
    assert aleo.from_groups(literals) == rows.rows
    for wrong in ("12", "7group ", "-1group", "group"):
        with pytest.raises(intaglio.InvalidInput, match="group literal"):
            aleo.from_groups([wrong])


def test_whatever_is_changed_is_refused_with_its_stage(made: Made) -> None:
    _, circuit, evidence = made

    def refuse(values: list[str], proof: bytes, stage: str, context: bytes = CONTEXT) -> None:
        changed = aleo.CircuitEvidence(public_values=tuple(values), proof=proof)
        with pytest.raises(intaglio.Rejected) as refusal:
            aleo.verify(changed, circuit=circuit, context=context)
        assert refusal.value.check == stage, refusal.value

    values, proof = list(evidence.public_values), evidence.proof
    refuse(["2", *values[1:]], proof, "statement")
    refuse([values[0], "5", *values[2:]], proof, "model")
    refuse(values, proof, "statement", context=b"another")
    refuse([*values[:2], intaglio_aleo.to_field(b"another"), *values[3:]], proof, "closing", context=b"another")
    refuse([*values[:-1], str((int(values[-1]) + 1) % aleo.circuit.MODULUS)], proof, "closing")
    refuse(values[:-1], proof, "statement")
    refuse([*values, "0"], proof, "statement")
    refuse([*values[:-1], "-1"], proof, "decode")
    refuse([*values[:-1], "9" * 5000], proof, "decode")
    refuse([*values[:-1], "٣"], proof, "decode")
    refuse(values, proof[:-1], "decode")
    refuse(values, b"", "decode")
    for place in range(1, len(proof), 97):
        changed = aleo.CircuitEvidence(
            public_values=tuple(values), proof=proof[:place] + bytes([proof[place] ^ 1]) + proof[place + 1 :]
        )
        with pytest.raises(intaglio.Rejected) as refusal:
            aleo.verify(changed, circuit=circuit, context=CONTEXT)
        assert refusal.value.check in ("decode", "closing")
    for data in (b"", b"{}", b"[]", evidence.to_bytes()[:-20], b"\xff" * 40, b"[" * 100_000):
        with pytest.raises(intaglio.Rejected) as refusal:
            aleo.verify(data, circuit=circuit, context=CONTEXT)
        assert refusal.value.check == "decode"


def test_the_proof_of_another_model_is_refused(model: intaglio.Model, made: Made) -> None:
    _, circuit, evidence = made
    other = aleo.compile(model, weights=circuit.weights, inputs=circuit.inputs)[1]
    assert other.model != circuit.model, "a fresh salt"
    with pytest.raises(intaglio.Rejected) as refusal:
        aleo.verify(evidence, circuit=other, context=CONTEXT)
    assert refusal.value.check == "model"


def test_commitments_to_one_input_are_linked_by_their_salt_alone(model: intaglio.Model, sample: Any) -> None:
    secret, circuit = aleo.compile(model, inputs="committed")
    first = aleo.prove(secret, sample)
    again = aleo.prove(secret, sample, input_salt=first.input_salt)
    fresh = aleo.prove(secret, sample)
    said = [aleo.verify(e, circuit=circuit).input_commitment for e in (first, again, fresh)]
    assert said[0] == said[1] != said[2]


def test_files_come_back_and_damage_is_found(made: Made, sample: Any, tmp_path: Path) -> None:
    secret, circuit, evidence = made
    secret.save(tmp_path / "secret")
    circuit.save(tmp_path / "circuit")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert aleo.Circuit.load(tmp_path / "circuit") == circuit
    assert aleo.CircuitEvidence.from_bytes(evidence.to_bytes()).proof == evidence.proof
    loaded = aleo.CircuitSecret.load(tmp_path / "secret")
    again = aleo.prove(loaded, sample, context=CONTEXT)
    aleo.verify(again, circuit=circuit, context=CONTEXT)
    data = (tmp_path / "secret").read_bytes()
    for place in range(0, len(data), 101):
        (tmp_path / "damaged").write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        with pytest.raises(intaglio.FormatError):
            aleo.CircuitSecret.load(tmp_path / "damaged")
    for text in ("", "{}", '{"file": "intaglio aleo circuit", "version": 2}', circuit.to_bytes().decode()[:-50]):
        (tmp_path / "damaged").write_text(text)
        with pytest.raises(intaglio.FormatError):
            aleo.Circuit.load(tmp_path / "damaged")


def test_bad_input_is_named(made: Made, model: intaglio.Model, sample: Any) -> None:
    secret, circuit, evidence = made
    with pytest.raises(intaglio.InvalidInput, match="31 bytes"):
        aleo.prove(secret, sample, context=b"x" * 32)
    with pytest.raises(intaglio.InvalidInput, match="shape"):
        aleo.prove(secret, sample[0])
    with pytest.raises(intaglio.OutOfRange):
        aleo.prove(secret, sample * 100)
    with pytest.raises(intaglio.InvalidInput, match="baked"):
        aleo.compile(model, weights="open")  # type: ignore[arg-type]
    with pytest.raises(intaglio.InvalidInput, match="shown"):
        aleo.estimate(model, inputs="open")  # type: ignore[arg-type]
    damaged = intaglio.aleo.Circuit(**{**vars_of(circuit), "verifying_key": circuit.verifying_key[:-1]})
    with pytest.raises(intaglio.FormatError, match="verifying key"):
        aleo.verify(evidence, circuit=damaged, context=CONTEXT)


def vars_of(circuit: aleo.Circuit) -> dict[str, Any]:
    return {name: getattr(circuit, name) for name in circuit.__slots__}


def dense(inputs: int, outputs: int) -> intaglio.Model:
    """One matrix of random weights before a ReLU, narrow."""
    rng = np.random.default_rng(0)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])],
        "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inputs])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, outputs])],
        [numpy_helper.from_array(rng.standard_normal((inputs, outputs)).astype(np.float32), "w")],
    )
    source = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    data = rng.uniform(-1, 1, (8, 1, inputs)).astype(np.float32)
    return intaglio.compile(source.SerializeToString(), calibration=data, activation_bits=8, weight_bits=8)


def test_a_model_that_does_not_fit_is_refused_with_the_numbers() -> None:
    wide = dense(900, 900)
    told = aleo.estimate(wide)
    assert not told.fits
    assert told.powers_needed > 16
    assert max(told.non_zeros) > 1 << 16
    assert told.reason is not None
    assert "non-zeros" in told.reason
    with pytest.raises(intaglio.ResourceLimit, match="non-zeros"):
        aleo.compile(wide)


def test_another_version_of_the_extra_is_refused(model: intaglio.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intaglio_aleo, "VERSION", "9.9.9")
    with pytest.raises(intaglio.IntaglioError, match=r"9\.9\.9: install the same version"):
        aleo.estimate(model)


def test_without_the_extra_it_is_explained(model: intaglio.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "intaglio_aleo", None)
    with pytest.raises(intaglio.IntaglioError, match=r"install intaglio\[aleo\]"):
        aleo.estimate(model)


def run(*words: object, code: int = 0, **environment: str) -> dict[str, Any]:
    """A command as a process; its object on stdout."""
    command = [sys.executable, "-m", "intaglio", "aleo", *map(str, words), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    assert done.returncode == code, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_every_command_as_a_process(model: intaglio.Model, sample: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "m.program")
    np.savez(tmp_path / "x.npz", x=sample)
    program, secret, circuit = (tmp_path / name for name in ("m.program", "m.aleo-secret", "m.aleo"))
    told = run("estimate", program, "--weights", "private")
    assert told["fits"]
    assert told["powers_needed"] <= 15
    options = ("--weights", "private", "--inputs", "committed")
    public = run("compile", program, "-o", circuit, "--secret", secret, *options)
    assert len(public["verifying_key"]) == 2 * 673
    evidence, salt = tmp_path / "run.aleo-evidence", tmp_path / "x.salt"
    inputs = ("--input", tmp_path / "x.npz", "-o", evidence, "--context", CONTEXT.hex())
    assert "input-salt" in run("prove", secret, *inputs, code=2)["message"]
    proof = run("prove", secret, *inputs, "--input-salt", salt)
    assert proof["proof_bytes"] == 957
    assert salt.stat().st_mode & 0o777 == 0o600
    verified = run("verify", evidence, "--circuit", circuit, "--context", CONTEXT.hex())
    assert verified["verified"]
    np.testing.assert_array_equal(verified["outputs"]["y"], model.run(sample)["y"])
    refused = run("verify", evidence, "--circuit", circuit, code=1)
    assert (refused["verified"], refused["check"]) == (False, "statement")
    evidence.write_bytes(evidence.read_bytes()[:-30])
    assert run("verify", evidence, "--circuit", circuit, "--context", CONTEXT.hex(), code=1)["check"] == "decode"
    assert "secret of a circuit" in run("prove", program, *inputs, "--input-salt", salt, code=2)["message"]
    assert "--context" in run("verify", evidence, "--circuit", circuit, "--context", "zz", code=2)["message"]
    missing = run("compile", program, "-o", tmp_path / "no" / "m.aleo", "--secret", secret, code=2)
    assert "folder" in missing["message"]


def test_damaged_powers_are_named_and_left_where_they_are(tmp_path: Path) -> None:
    name = "powers-of-beta-16.usrs.84631bc"
    folder = tmp_path / ".aleo" / "resources"
    folder.mkdir(parents=True)
    data = bytearray((Path.home() / ".aleo" / "resources" / name).read_bytes())
    dense(400, 250).save(tmp_path / "m.program")
    words = ("compile", tmp_path / "m.program", "-o", tmp_path / "a", "--secret", tmp_path / "b")
    data[1000] ^= 1
    for damaged in (bytes(data), bytes(data[:-1]), b""):
        (folder / name).write_bytes(damaged)
        told = run("estimate", tmp_path / "m.program", code=4, HOME=str(tmp_path))
        assert not told["fits"]
        refused = run(*words, code=2, HOME=str(tmp_path))
        assert refused["error"] == "FormatError"
        for text in (told["reason"], refused["message"]):
            assert "is damaged" in text
            assert str(folder / name) in text
        assert (folder / name).read_bytes() == damaged
    assert not (tmp_path / "a").exists()


def test_missing_powers_are_named_and_never_fetched(tmp_path: Path) -> None:
    dense(400, 250).save(tmp_path / "m.program")
    told = run("estimate", tmp_path / "m.program", code=4, HOME=str(tmp_path))
    assert (told["powers_needed"], told["powers_available"]) == (16, 15)
    assert "powers-of-beta-16" in told["reason"]
    assert str(tmp_path) in told["reason"]
    refused = run(
        "compile", tmp_path / "m.program", "-o", tmp_path / "a", "--secret", tmp_path / "b", code=4, HOME=str(tmp_path)
    )
    assert "powers-of-beta-16" in refused["message"]
    assert not list(tmp_path.glob("**/*.usrs*"))
