"""Arguments of the public functions: what cannot be meant is refused as such, what is meant is taken in every form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import intaglio
import pytest
from committed_net import Bench


def test_arguments_that_cannot_be_meant_are_invalid_input(bench: Bench, tmp_path: Path) -> None:
    one = intaglio.prove(bench.secret, bench.sample)
    shown = intaglio.Visibility(output="committed")
    openings = intaglio.prove(bench.secret, bench.sample, visibility=shown).openings
    assert openings is not None
    calls: dict[str, Callable[[], object]] = {
        "long nonce": lambda: intaglio.prove(bench.secret, bench.sample, nonce=b"x" * 1025),
        "long audience": lambda: intaglio.prove(bench.secret, bench.sample, audience="é" * 513),
        "nonce in words": lambda: intaglio.prove(bench.secret, bench.sample, nonce="x"),  # type: ignore[arg-type]
        "broken audience": lambda: intaglio.prove(bench.secret, bench.sample, audience="\udc80"),
        "asked nonce": lambda: intaglio.verify(one, commitment=bench.commitment, nonce=7),  # type: ignore[arg-type]
        "no secret": lambda: intaglio.prove(bench.commitment, bench.sample),  # type: ignore[arg-type]
        "no visibility": lambda: intaglio.prove(bench.secret, bench.sample, visibility="public"),  # type: ignore[arg-type]
        "visibility by number": lambda: intaglio.prove(
            bench.secret, bench.sample, visibility=intaglio.Visibility(input=3)  # type: ignore[arg-type]
        ),
        "no evidence": lambda: intaglio.verify(None, commitment=bench.commitment),  # type: ignore[arg-type]
        "evidence in words": lambda: intaglio.verify("e", commitment=bench.commitment),  # type: ignore[arg-type]
        "a policy of words": lambda: intaglio.verify(one, commitment=bench.commitment, policy="all"),  # type: ignore[arg-type]
        "less than no bits": lambda: intaglio.Policy(min_security_bits=-1),
        "bits beyond all": lambda: intaglio.Policy(min_security_bits=2**40),
        "no openings": lambda: intaglio.open_commitment(one.openings, "y"),  # type: ignore[arg-type]
        "half an element": lambda: intaglio.open_commitment(openings, "y", elements=[1.5]),  # type: ignore[list-item]
        "no source": lambda: intaglio.compile(None, calibration=bench.calibration),  # type: ignore[arg-type]
        "a target of numbers": lambda: intaglio.compile(
            bench.source, calibration=bench.calibration, target=0.9  # type: ignore[arg-type]
        ),
        "no passphrase": lambda: bench.model.commit(passphrase=""),
        "a number as passphrase": lambda: bench.secret.save(tmp_path / "s", passphrase=7),  # type: ignore[arg-type]
        "a path with a zero": lambda: bench.model.save("a\0b"),
        "a path that is none": lambda: intaglio.load(7),  # type: ignore[arg-type]
        "a commitment in words": lambda: intaglio.Commitment.from_bytes("c"),  # type: ignore[arg-type]
    }  # fmt: skip
    for name, call in calls.items():
        try:
            call()
        except intaglio.InvalidInput:
            continue
        except Exception as error:
            pytest.fail(f"{name}: {error!r}")
        pytest.fail(f"{name} was taken")
    assert list(tmp_path.iterdir()) == []


def test_the_longest_nonce_and_audience_are_taken(bench: Bench) -> None:
    nonce, audience = bytearray(b"n" * 1024), "a" * 1024
    evidence = intaglio.prove(bench.secret, bench.sample, nonce=nonce, audience=audience)
    intaglio.verify(evidence, commitment=bench.commitment, nonce=bytes(nonce), audience=audience)


def test_a_passphrase_may_be_a_text(bench: Bench, tmp_path: Path) -> None:
    bench.secret.save(tmp_path / "s", passphrase="wörter")
    assert intaglio.Secret.load(tmp_path / "s", passphrase="wörter".encode()).id == bench.secret.id


def test_an_identity_is_32_bytes_and_shown_as_hexadecimal(bench: Bench) -> None:
    own = bench.commitment.id
    assert len(own) == 32
    assert str(own) == f"{own}" == own.hex()
    assert own == bytes(own) == bench.secret.id
