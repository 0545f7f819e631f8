"""Committed outputs of the core opened for the chain under public bounds."""

from __future__ import annotations

from typing import Any

import intaglio
import pytest
from intaglio import aleo

ALL = (aleo.bounds.LOWEST, aleo.bounds.HIGHEST)
CONTEXT = b"release"
Committed = tuple[intaglio.proof.Openings, intaglio.proof.TensorCommitment, list[int]]


@pytest.fixture(scope="module")
def committed(model: intaglio.Model, sample: Any) -> Committed:
    secret, commitment = model.commit()
    visibility = intaglio.Visibility(input="private", output="committed")
    evidence = intaglio.prove(secret, sample, visibility=visibility)
    verified = intaglio.verify(evidence, commitment=commitment)
    assert evidence.openings is not None
    integers = model.run_integers(sample)["y"].ravel().tolist()
    return evidence.openings, verified.output_commitment["y"], integers


def test_a_hidden_output_is_shown_to_lie_between_bounds(committed: Committed) -> None:
    openings, commitment, (first, second, _) = committed
    bounds = [(-32768, first), (second, 32767), ALL]
    evidence = aleo.prove_bounds(openings, "y", bounds=bounds, context=CONTEXT)
    aleo.verify_bounds(evidence, commitment, bounds=bounds, context=CONTEXT)
    assert f"{evidence.public_values[1]}group" == commitment.groups[0]
    for what, changed, context in (
        ("tighter bounds", [(-32768, first - 1), bounds[1], ALL], CONTEXT),
        ("wider bounds", [ALL, bounds[1], ALL], CONTEXT),
        ("another context", bounds, b"another"),
    ):
        with pytest.raises(intaglio.Rejected) as refusal:
            aleo.verify_bounds(evidence, commitment, bounds=changed, context=context)
        assert refusal.value.check == "statement", what
    # public values that say so, with the proof of others
    tighter = [(-32768, first - 1), bounds[1], ALL]
    values = list(evidence.public_values)
    values[4] = str((first - 1) % aleo.circuit.MODULUS)
    forged = aleo.CircuitEvidence(public_values=tuple(values), proof=evidence.proof)
    with pytest.raises(intaglio.Rejected) as refusal:
        aleo.verify_bounds(forged, commitment, bounds=tighter, context=CONTEXT)
    assert refusal.value.check == "closing"
    damaged = aleo.CircuitEvidence(public_values=evidence.public_values, proof=evidence.proof[:-1])
    with pytest.raises(intaglio.Rejected) as refusal:
        aleo.verify_bounds(damaged, commitment, bounds=bounds, context=CONTEXT)
    assert refusal.value.check == "decode"


def test_what_is_not_so_cannot_be_proven(committed: Committed) -> None:
    openings, commitment, (first, _, _) = committed
    with pytest.raises(intaglio.InvalidInput, match="does not lie between its bounds"):
        aleo.prove_bounds(openings, "y", bounds=[(-32768, first - 1), ALL, ALL])
    with pytest.raises(intaglio.InvalidInput, match="no committed tensor 'z'"):
        aleo.prove_bounds(openings, "z", bounds=[ALL])
    with pytest.raises(intaglio.InvalidInput, match="at most 4 cells of 16 bits"):
        aleo.prove_bounds(openings, "y", bounds=[(-40_000, 0), ALL, ALL])
    evidence = aleo.CircuitEvidence(public_values=("1",), proof=b"")
    with pytest.raises(intaglio.InvalidInput, match="bounds for 1 cells"):
        aleo.verify_bounds(evidence, commitment, bounds=[ALL])


def test_the_context_may_be_a_field_element(model: intaglio.Model, sample: Any) -> None:
    secret, circuit = aleo.compile(model)
    evidence = aleo.prove(secret, sample, context="12345field")
    assert evidence.public_values[2] == "12345"
    aleo.verify(evidence, circuit=circuit, context="12345field")
    with pytest.raises(intaglio.Rejected):
        aleo.verify(evidence, circuit=circuit, context="12346field")
    for wrong in ("", "5", "field", "-5field", "٣field", f"{aleo.circuit.MODULUS}field", "9" * 100 + "field"):
        with pytest.raises(intaglio.InvalidInput, match="field literal"):
            aleo.prove(secret, sample, context=wrong)
