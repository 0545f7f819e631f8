"""A small committed model with one proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import intaglio
import pytest
from numpy.typing import NDArray
from onnx_graphs import dense, to_samples

NONCE, AUDIENCE = b"fresh", "the auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A dense net, compiled and committed, and one run of it with committed input and output."""

    source: bytes
    calibration: NDArray[Any]
    sample: NDArray[Any]
    model: intaglio.Model
    secret: intaglio.Secret
    commitment: intaglio.Commitment
    evidence: intaglio.Evidence

    @property
    def openings(self) -> intaglio.Openings:
        """Of the proof."""
        assert self.evidence.openings is not None
        return self.evidence.openings

    def verify(self, evidence: intaglio.Evidence | bytes) -> intaglio.Verified:
        """With what was asked for."""
        return intaglio.verify(evidence, commitment=self.commitment, nonce=NONCE, audience=AUDIENCE)


@pytest.fixture(scope="session")
def bench() -> Bench:
    return make_bench()


def make_bench() -> Bench:
    """One for each process."""
    source = dense()
    calibration = to_samples({"x": (1, 4)}, count=24)["x"]
    model = intaglio.compile(source, calibration=calibration)
    secret, commitment = model.commit()
    evidence = intaglio.prove(
        secret,
        calibration[0],
        visibility=intaglio.Visibility(input="committed", output="committed"),
        nonce=NONCE,
        audience=AUDIENCE,
    )
    return Bench(
        source=source,
        calibration=calibration,
        sample=calibration[0],
        model=model,
        secret=secret,
        commitment=commitment,
        evidence=evidence,
    )
