"""Proofs after a fork: parent and children work, and no two share randomness."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import intaglio
import pytest
from committed_net import AUDIENCE, NONCE, Bench

POINT, SCALAR = 64, 32
DEADLINE_SECONDS = 60


def in_child(make: Callable[[], bytes]) -> bytes:
    """What `make` returns in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(DEADLINE_SECONDS)
        try:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(make())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        result = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child ended with {status}"
    return result


def pieces(evidence: bytes, proof_bytes: int) -> list[bytes]:
    """The proof in halves of points and scalars."""
    proof = evidence[-proof_bytes:]
    return [proof[at : at + SCALAR] for at in range(0, len(proof), SCALAR)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_parent_and_children_prove_and_share_nothing(bench: Bench) -> None:
    def prove() -> bytes:
        return intaglio.prove(bench.secret, bench.sample, nonce=NONCE, audience=AUDIENCE).to_bytes()

    before = prove()
    made = [before, *(in_child(prove) for _ in range(4)), in_child(lambda: in_child(prove)), prove()]
    for evidence in made:
        assert bench.verify(evidence).outputs
    size = intaglio.prove(bench.secret, bench.sample, nonce=NONCE, audience=AUDIENCE).proof_bytes
    seen = [piece for evidence in made for piece in pieces(evidence, size)]
    assert len(set(seen)) == len(seen)
    # control: one proof twice
    twice = pieces(before, size) * 2
    assert len(set(twice)) < len(twice)
