"""What the Python interface promises beyond single operators: visibility, openings, policies, reports."""

from __future__ import annotations

import math
import stat
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import intaglio
import numpy as np
import pytest
from committed_net import AUDIENCE, NONCE, Bench
from intaglio.quantise.fidelity import agreement_interval
from onnx import helper
from onnx_graphs import dense, reference, to_model, to_samples

LEVELS = ("public", "committed", "private")


def pair() -> tuple[intaglio.Model, dict[str, np.ndarray[Any, Any]]]:
    """Two inputs `a`, `b`, two outputs `s`, `t`, and a sample."""
    nodes = [
        helper.make_node("Add", ["a", "b"], ["s"], name="sum"),
        helper.make_node("Tanh", ["a"], ["t"], name="tanh"),
    ]
    shapes = {"a": (1, 4), "b": (1, 4)}
    samples = to_samples(shapes, count=24)
    model = intaglio.compile(to_model(nodes, inputs=shapes, outputs=("s", "t")), calibration=samples)
    return model, {name: value[0] for name, value in samples.items()}


@pytest.mark.parametrize("output", LEVELS)
@pytest.mark.parametrize("input_", LEVELS)
def test_each_word_shows_what_it_says(bench: Bench, input_: Any, output: Any) -> None:
    seen = intaglio.Visibility(input=input_, output=output)
    evidence = intaglio.prove(bench.secret, bench.sample, visibility=seen)
    verified = intaglio.verify(evidence.to_bytes(), commitment=bench.commitment)
    integers = bench.model.run_integers(bench.sample)["y"]
    if output == "public":
        np.testing.assert_array_equal(verified.outputs_integer["y"], integers)
    else:
        assert verified.outputs == {"y": None}
        assert verified.outputs_integer == {"y": None}
    if input_ == "public":
        np.testing.assert_allclose(verified.inputs["x"], bench.sample, atol=2.0 ** -bench.model.inputs[0].exponent)
    else:
        assert verified.inputs == {"x": None}
    assert set(verified.input_commitment) == ({"x"} if input_ == "committed" else set())
    assert set(verified.output_commitment) == ({"y"} if output == "committed" else set())
    assert (evidence.openings is not None) == ("committed" in (input_, output))
    assert verified.security_bits >= 120
    assert verified.unproven_nodes == ()
    assert verified.model == bench.commitment.id.hex()


def test_inputs_are_private_and_outputs_public_by_default(bench: Bench) -> None:
    verified = intaglio.verify(intaglio.prove(bench.secret, bench.sample), commitment=bench.commitment)
    assert verified.inputs == {"x": None}
    assert verified.outputs["y"] is not None
    assert verified.input_commitment == verified.output_commitment == {}


def test_visibility_is_chosen_by_name() -> None:
    model, sample = pair()
    secret, commitment = model.commit()
    seen = intaglio.Visibility(input={"a": "public", "b": "committed"}, output={"s": "private", "t": "public"})
    verified = intaglio.verify(intaglio.prove(secret, sample, visibility=seen), commitment=commitment)
    assert verified.inputs["a"] is not None
    assert verified.inputs["b"] is None
    assert verified.outputs["s"] is None
    np.testing.assert_array_equal(verified.outputs["t"], model.run(sample)["t"])
    assert set(verified.input_commitment) == {"b"}


@pytest.mark.parametrize(
    "seen",
    [
        {"input": "secret"}, {"output": ""}, {"input": {"a": "public"}}, {"output": {"s": "public", "t": "open"}},
        {"input": {"a": "public", "b": "public", "c": "public"}},
    ],
)  # fmt: skip
def test_another_word_or_name_is_refused(seen: dict[str, Any]) -> None:
    model, sample = pair()
    secret, _ = model.commit()
    with pytest.raises(intaglio.InvalidInput, match="visibility"):
        intaglio.prove(secret, sample, visibility=intaglio.Visibility(**seen))


# ---- openings


def test_a_committed_output_opens_wholly_and_by_element(bench: Bench) -> None:
    commitment = bench.verify(bench.evidence).output_commitment["y"]
    integers = bench.model.run_integers(bench.sample)["y"].reshape(-1).tolist()
    floats = bench.model.run(bench.sample)["y"].reshape(-1).tolist()
    whole = intaglio.verify_opening(intaglio.open_commitment(bench.openings, "y"), commitment)
    assert (whole.name, whole.shape) == ("y", (1, 3))
    assert whole.elements_integer == dict(enumerate(integers))
    assert whole.elements == dict(enumerate(floats))
    for chosen in ([0], [2], [0, 2]):
        part = intaglio.verify_opening(intaglio.open_commitment(bench.openings, "y", elements=chosen), commitment)
        assert part.elements_integer == {i: integers[i] for i in chosen}


def test_a_committed_input_opens_to_what_was_fed_in(bench: Bench) -> None:
    commitment = bench.verify(bench.evidence).input_commitment["x"]
    opened = intaglio.verify_opening(intaglio.open_commitment(bench.openings, "x"), commitment)
    values = [opened.elements[i] for i in range(4)]
    np.testing.assert_allclose(values, bench.sample.reshape(-1), atol=2.0 ** -bench.model.inputs[0].exponent)


def test_an_opening_fits_no_other_commitment(bench: Bench) -> None:
    own = bench.verify(bench.evidence)
    opening = intaglio.open_commitment(bench.openings, "y", elements=[1])
    intaglio.verify_opening(opening, own.output_commitment["y"])
    again = intaglio.prove(bench.secret, bench.sample, visibility=intaglio.Visibility(output="committed"))
    same_value = intaglio.verify(again, commitment=bench.commitment).output_commitment["y"]
    for other in (own.input_commitment["x"], same_value):
        with pytest.raises(intaglio.Rejected):
            intaglio.verify_opening(opening, other)


@pytest.mark.parametrize("rows", [b"", b"short", bytes(64), bytes(10_000)])
def test_bytes_that_are_no_commitment_are_rejected(bench: Bench, rows: bytes) -> None:
    commitment = replace(bench.verify(bench.evidence).output_commitment["y"], rows=rows)
    with pytest.raises(intaglio.IntaglioError):
        intaglio.verify_opening(intaglio.open_commitment(bench.openings, "y"), commitment)


def test_an_opening_cannot_choose_its_name_shape_or_exponent(bench: Bench) -> None:
    own = bench.verify(bench.evidence).output_commitment["y"]
    opening = intaglio.open_commitment(bench.openings, "y", elements=[1])
    intaglio.verify_opening(opening, {"y": own})
    others = (replace(own, exponent=own.exponent - 3), replace(own, shape=(3, 1)), replace(own, name="z"))
    for other in others:
        with pytest.raises(intaglio.Rejected) as refused:
            intaglio.verify_opening(opening, other)
        assert refused.value.check == "statement"
    with pytest.raises(intaglio.Rejected):
        intaglio.verify_opening(opening, {"z": own})


def test_an_opening_of_an_element_does_not_contain_the_others(bench: Bench) -> None:
    integers = bench.model.run_integers(bench.sample)["y"].reshape(-1)
    opening = intaglio.open_commitment(bench.openings, "y", elements=[1])
    assert int(integers[1]).to_bytes(8, "little", signed=True) in opening
    for hidden in (0, 2):
        assert int(integers[hidden]).to_bytes(8, "little", signed=True) not in opening


# ---- zero knowledge, as far as it can be seen from outside


def test_no_two_proofs_of_one_run_are_equal(bench: Bench) -> None:
    made = {intaglio.prove(bench.secret, bench.sample).to_bytes() for _ in range(5)}
    assert len(made) == 5


def test_no_two_commitments_of_one_model_are_equal(bench: Bench) -> None:
    made = [bench.model.commit()[1] for _ in range(3)]
    assert len({commitment.id for commitment in made}) == 3
    assert len({len(commitment.to_bytes()) for commitment in made}) == 1


@pytest.mark.parametrize("level", LEVELS)
def test_the_length_of_evidence_does_not_depend_on_values(bench: Bench, level: Any) -> None:
    seen = intaglio.Visibility(input=level, output=level)
    zero, far = np.zeros((1, 4)), np.full((1, 4), 1e9)
    lengths = {
        len(intaglio.prove(bench.secret, x, visibility=seen).to_bytes()) for x in (bench.sample, zero, far, -far)
    }
    assert len(lengths) == 1


def test_the_length_of_a_commitment_does_not_depend_on_the_biases_or_weights(bench: Bench) -> None:
    twin = intaglio.compile(dense(), calibration=bench.calibration)
    assert len(twin.commit()[1].to_bytes()) == len(bench.commitment.to_bytes())


def test_evidence_shows_no_private_integer(bench: Bench) -> None:
    seen = intaglio.Visibility(input="private", output="private")
    hidden = intaglio.prove(bench.secret, bench.sample, visibility=seen).to_bytes()
    shown = intaglio.prove(
        bench.secret, bench.sample, visibility=intaglio.Visibility(input="public", output="public")
    ).to_bytes()
    integers = [*bench.model.inputs[0].to_integers(bench.sample)[0].reshape(-1).tolist()]
    integers += bench.model.run_integers(bench.sample)["y"].reshape(-1).tolist()
    for integer in integers:
        told = int(integer).to_bytes(8, "little", signed=True)
        assert told in shown
        assert told not in hidden


# ---- widths


WIDTHS: tuple[Literal[8, 12, 16], ...] = (8, 12, 16)


def test_fewer_activation_bits_are_cheaper_and_coarser(bench: Bench) -> None:
    made = {
        bits: intaglio.compile(bench.source, calibration=bench.calibration, activation_bits=bits) for bits in WIDTHS
    }
    errors = [made[bits].fidelity.max_error for bits in WIDTHS]
    costs = [made[bits].estimate().prove_seconds for bits in WIDTHS]
    assert errors[0] > errors[1] > errors[2]
    assert costs[0] <= costs[1] <= costs[2]
    for bits in (8, 12):
        secret, commitment = made[bits].commit()
        found = intaglio.verify(intaglio.prove(secret, bench.sample), commitment=commitment)
        assert found.outputs is not None
        np.testing.assert_array_equal(found.outputs["y"], made[bits].run(bench.sample)["y"])
    with pytest.raises(intaglio.InvalidInput, match="activation_bits"):
        intaglio.compile(bench.source, calibration=bench.calibration, activation_bits=10)  # type: ignore[arg-type]


# ---- policies


def test_a_policy_is_read_from_toml(bench: Bench) -> None:
    text = f'min_security_bits = 100\nrequire_public_outputs = true\nmodels = ["{bench.commitment.id.hex()}"]\n'
    policy = intaglio.Policy.from_toml(text)
    assert policy == intaglio.Policy(
        min_security_bits=100, require_public_outputs=True, models=(bench.commitment.id.hex(),)
    )
    assert intaglio.Policy.from_toml("") == intaglio.Policy()
    evidence = intaglio.prove(bench.secret, bench.sample)
    intaglio.verify(evidence, commitment=bench.commitment, policy=policy)


@pytest.mark.parametrize(
    "policy",
    [
        intaglio.Policy(min_security_bits=129),
        intaglio.Policy(models=("00" * 32,)),
        intaglio.Policy(require_public_outputs=True),
    ],
)
def test_what_a_policy_demands_beyond_truth_is_rejected_at_policy(bench: Bench, policy: intaglio.Policy) -> None:
    bench.verify(bench.evidence)
    with pytest.raises(intaglio.Rejected) as caught:
        intaglio.verify(bench.evidence, commitment=bench.commitment, nonce=NONCE, audience=AUDIENCE, policy=policy)
    assert caught.value.check == "policy"


def test_work_beyond_the_budget_is_refused_before_it_is_done(bench: Bench) -> None:
    with pytest.raises(intaglio.ResourceLimit, match="commitment: it would cost"):
        intaglio.Commitment.from_bytes(bench.commitment.to_bytes(), max_work=1000)
    poor = intaglio.Policy(max_work=1000)
    with pytest.raises(intaglio.ResourceLimit, match="evidence: it would cost"):
        intaglio.verify(bench.evidence, commitment=bench.commitment, nonce=NONCE, audience=AUDIENCE, policy=poor)


@pytest.mark.parametrize(
    "text",
    [
        "max_work = -1", "max_work = 1.5",
        "min_security_bits = ", "unknown = 1", 'min_security_bits = "many"', "require_public_outputs = 3",
        "models = 7", "models = [1]", "min_security_bits = true", 'models = "00"',
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(intaglio.InvalidInput, match="policy"):
        intaglio.Policy.from_toml(text)


# ---- the fidelity report and the estimate


def test_the_report_is_what_onnxruntime_says(bench: Bench) -> None:
    fidelity = bench.model.fidelity
    assert fidelity.held_out is not None
    kept = [i for i in range(24) if i % 3 != 2]
    for report, indices in ((fidelity.calibration, kept), (fidelity.held_out, list(range(2, 24, 3)))):
        theirs = np.stack([reference(bench.source, {"x": bench.calibration[i]})["y"] for i in indices])
        ours = np.stack([bench.model.run(bench.calibration[i])["y"] for i in indices])
        fitted = np.stack([reference(bench.source, {"x": bench.calibration[i]})["y"] for i in kept])
        errors = np.abs(ours - theirs) / (fitted.max() - fitted.min())
        assert report.max_error == pytest.approx(errors.max(), rel=1e-6)
        assert report.mean_error == pytest.approx(errors.mean(), rel=1e-6)
        assert report.mean_error <= report.p999_error <= report.max_error
        assert report.label_agreement == np.mean(ours.argmax(-1) == theirs.argmax(-1))
        assert report.samples == len(indices)
    assert fidelity.max_error == fidelity.held_out.max_error
    assert fidelity.met


def test_the_interval_holds_its_estimate_and_shrinks() -> None:
    for count in (1, 8, 100):
        assert agreement_interval(count, count) == (max(0.0, 1 - 3 / count), 1.0)
    assert agreement_interval(0, 0) == (0.0, 1.0)
    # Wilson (1927); the values are those of a table
    assert agreement_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert agreement_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    small, large = agreement_interval(9, 10), agreement_interval(900, 1000)
    assert small[0] < large[0] < 0.9 < large[1] < small[1]


def test_the_target_is_what_is_promised_and_none_asks_for_nothing(bench: Bench) -> None:
    assert intaglio.Fidelity() == intaglio.Fidelity(label_agreement=0.999, max_error=1e-3)
    rough = bench.calibration[:2] * 1e-3
    far = np.concatenate([np.tile(rough, (2, 1, 1)), bench.calibration[:2] * 50])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unasked = intaglio.compile(bench.source, calibration=far[[0, 1, 4, 2, 3, 5]])
    assert unasked.fidelity.met
    # the control: the same model misses the usual target
    coarse = unasked.fidelity.max_error > 1e-3
    if coarse:
        with pytest.warns(UserWarning, match="target is missed"):
            asked = intaglio.compile(bench.source, calibration=far[[0, 1, 4, 2, 3, 5]], target=intaglio.Fidelity())
        assert not asked.fidelity.met


def test_a_missed_target_names_tensors(bench: Bench) -> None:
    with pytest.warns(UserWarning, match="limiting tensors: y"):
        missed = intaglio.compile(
            bench.source, calibration=bench.calibration, target=intaglio.Fidelity(max_error=1e-12)
        )
    assert missed.fidelity.limiting == ("y",)


def test_a_missed_target_warns_and_says_so(bench: Bench) -> None:
    with pytest.warns(UserWarning, match="target is missed"):
        missed = intaglio.compile(bench.source, calibration=bench.calibration, target=intaglio.Fidelity(max_error=1e-9))
    assert not missed.fidelity.met
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        met = intaglio.compile(
            bench.source,
            calibration=bench.calibration,
            target=intaglio.Fidelity(label_agreement=0.9, max_error=1e-2),
        )
    assert met.fidelity.met


def test_labels_of_one_probability_are_counted_and_other_numbers_have_none() -> None:
    node = helper.make_node("Gemm", ["x", "w"], ["h"], name="gemm")
    samples = to_samples({"x": (1, 3)}, count=12)
    constants = {"w": np.ones((3, 1))}
    probability = to_model([node, helper.make_node("Sigmoid", ["h"], ["y"])], inputs={"x": (1, 3)}, constants=constants)
    number = to_model([node], inputs={"x": (1, 3)}, constants=constants, outputs=("h",))
    assert intaglio.compile(probability, calibration=samples).fidelity.label_agreement == 1.0
    # a number that happens to lie in 0 … 1 is no probability; a sigmoid behind a change of shape is one
    inside = to_model(
        [node, helper.make_node("HardSigmoid", ["h"], ["y"])], inputs={"x": (1, 3)}, constants=constants
    )  # fmt: skip
    for other in (number, inside):
        report = intaglio.compile(other, calibration=samples).fidelity.judged
        assert report.label_agreement is None
        assert report.label_interval is None
    flat = [node, helper.make_node("Sigmoid", ["h"], ["p"]), helper.make_node("Flatten", ["p"], ["y"])]
    shaped = to_model(flat, inputs={"x": (1, 3)}, constants=constants)
    assert intaglio.compile(shaped, calibration=samples).fidelity.label_agreement == 1.0


def test_the_estimate_has_a_size_and_a_cost_for_each_node(bench: Bench) -> None:
    estimate = bench.model.estimate()
    evidence = intaglio.prove(bench.secret, bench.sample)
    assert estimate.proof_bytes == pytest.approx(evidence.proof_bytes, rel=0.1)
    assert estimate.memory_bytes > 0
    assert estimate.verify_seconds > 0
    assert 0 < estimate.prove_seconds < math.inf
    assert estimate.by_node
    assert all(cost > 0 for cost in estimate.by_node.values())


# ---- files and progress


def test_everything_comes_back_from_its_file(bench: Bench, tmp_path: Path) -> None:
    bench.model.save(tmp_path / "model.program")
    model = intaglio.load(tmp_path / "model.program")
    assert model.to_bytes() == bench.model.to_bytes()
    assert (model.digest, model.fidelity, model.inputs, model.outputs, model.parameters) == (
        bench.model.digest, bench.model.fidelity, bench.model.inputs, bench.model.outputs, bench.model.parameters,
    )  # fmt: skip
    bench.commitment.save(tmp_path / "model.commitment")
    commitment = intaglio.Commitment.load(tmp_path / "model.commitment")
    assert commitment == bench.commitment
    assert hash(commitment) == hash(bench.commitment)
    assert commitment.interface == bench.commitment.interface
    for passphrase in (None, b"words"):
        bench.secret.save(tmp_path / "model.secret", passphrase=passphrase)
        secret = intaglio.Secret.load(tmp_path / "model.secret", passphrase=passphrase)
        assert secret.id == bench.secret.id == commitment.id
        evidence = intaglio.prove(secret, bench.sample)
        evidence.save(tmp_path / "run.evidence")
        intaglio.verify((tmp_path / "run.evidence").read_bytes(), commitment=commitment)
    bench.openings.save(tmp_path / "run.openings")
    openings = intaglio.Openings.load(tmp_path / "run.openings")
    opened = intaglio.verify_opening(
        intaglio.open_commitment(openings, "y"), bench.verify(bench.evidence).output_commitment["y"]
    )
    assert len(opened.elements) == 3
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {
        "model.program": 0o600, "model.secret": 0o600, "run.openings": 0o600,
        "model.commitment": 0o644, "run.evidence": 0o644,
    }  # fmt: skip


def test_a_passphrase_given_at_commitment_encrypts_the_secret_and_openings(bench: Bench, tmp_path: Path) -> None:
    secret, commitment = bench.model.commit(passphrase=b"words")
    secret.save(tmp_path / "s")
    with pytest.raises(intaglio.FormatError, match="passphrase"):
        intaglio.Secret.load(tmp_path / "s")
    loaded = intaglio.Secret.load(tmp_path / "s", passphrase=b"words")
    assert loaded.id == commitment.id
    # a loaded one stays encrypted, and so do openings of its proofs
    loaded.save(tmp_path / "again")
    with pytest.raises(intaglio.FormatError, match="passphrase"):
        intaglio.Secret.load(tmp_path / "again")
    evidence = intaglio.prove(loaded, bench.sample, visibility=intaglio.Visibility(output="committed"))
    assert evidence.openings is not None
    evidence.openings.save(tmp_path / "o")
    with pytest.raises(intaglio.FormatError, match="passphrase"):
        intaglio.Openings.load(tmp_path / "o")
    shown = intaglio.open_commitment(intaglio.Openings.load(tmp_path / "o", passphrase=b"words"), "y")
    found = intaglio.verify(evidence, commitment=commitment)
    assert len(intaglio.verify_opening(shown, found.output_commitment["y"]).elements) == 3


def test_an_encrypted_secret_shows_no_weights(bench: Bench, tmp_path: Path) -> None:
    for name, passphrase in (("one", b"words"), ("two", b"words")):
        bench.secret.save(tmp_path / name, passphrase=passphrase)
    one, two = (tmp_path / "one").read_bytes(), (tmp_path / "two").read_bytes()
    # fresh salt and nonce: nothing but the head is common
    common = sum(a == b for a, b in zip(one, two, strict=True))
    assert one != two
    assert common < len(one) / 10


def test_a_compiled_model_is_the_same_every_time(bench: Bench) -> None:
    again = intaglio.compile(bench.source, calibration=bench.calibration)
    assert again.to_bytes() == bench.model.to_bytes()


def test_progress_is_told_and_ends(bench: Bench) -> None:
    for call in (
        lambda tell: intaglio.compile(bench.source, calibration=bench.calibration, progress=tell),
        lambda tell: bench.model.commit(progress=tell),
        lambda tell: intaglio.prove(bench.secret, bench.sample, progress=tell),
    ):
        told: list[tuple[str, float]] = []
        call(lambda stage, done, told=told: told.append((stage, done)))
        assert all(stage and 0.0 <= done <= 1.0 for stage, done in told)
        shares = [done for _, done in told]
        assert shares == sorted(shares)
        assert len(told) > 3
        assert told[-1][1] == 1.0


def test_an_exception_in_the_progress_callback_stops_the_work(bench: Bench) -> None:
    class StopItError(Exception):
        pass

    def stop(stage: str, done: float) -> None:
        raise StopItError

    for call in (
        lambda: bench.model.commit(progress=stop),
        lambda: intaglio.prove(bench.secret, bench.sample, progress=stop),
    ):
        with pytest.raises(StopItError):
            call()


def test_every_error_has_one_base() -> None:
    for name in ("FormatError", "InvalidInput", "OutOfRange", "Rejected", "ResourceLimit", "UnsupportedModel"):
        assert issubclass(getattr(intaglio, name), intaglio.IntaglioError)
