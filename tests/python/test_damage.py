"""Every byte of every file counts: one changed bit anywhere is refused, and the message says which file and why."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import intaglio
import pytest
from committed_net import AUDIENCE, NONCE, Bench
from intaglio import _core

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "long"
"""`make check-full` changes every bit; otherwise one bit of every byte, and of what is slow to check a sample."""

Use = Callable[[bytes], object]


def kinds(bench: Bench) -> dict[str, tuple[bytes, Use, int]]:
    """The bytes of each kind of file, what reads them to the end, and each how many-th byte is tried."""
    found = bench.verify(bench.evidence)
    opening = intaglio.open_commitment(bench.openings, "y", elements=[1])
    locked = bench.secret._core.to_bytes(b"words")
    return {
        "program": (bench.model.to_bytes(), _core.Compiled.from_bytes, 1),
        "secret": (bench.secret._core.to_bytes(), _core.Secret.from_bytes, 1),
        "locked secret": (locked, lambda data: _core.Secret.from_bytes(data, b"words"), 41),
        "openings": (bench.openings.data, _core.opening_names, 1),
        "opening": (opening, lambda data: intaglio.verify_opening(data, found.output_commitment["y"]), 1),
        "commitment": (bench.commitment.to_bytes(), intaglio.Commitment.from_bytes, 29),
        "evidence": (bench.evidence.to_bytes(), bench.verify, 29),
    }


KINDS = ("program", "secret", "locked secret", "openings", "opening", "commitment", "evidence")


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_bit_anywhere_is_refused(bench: Bench, kind: str) -> None:
    data, use, step = kinds(bench)[kind]
    use(data)
    # what a stranger hands over may also be rejected; what is one's own is a damaged file
    refusal = (intaglio.FormatError, intaglio.Rejected) if kind in ("opening", "commitment", "evidence") else (
        intaglio.FormatError,
    )  # fmt: skip
    places = range(len(data)) if FULL else sorted({*range(min(22, len(data))), *range(0, len(data), step)})
    for at in places:
        for bit in range(8) if FULL and step == 1 else [at % 8]:
            changed = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            with pytest.raises(refusal):
                use(changed)


@pytest.mark.parametrize("kind", ["program", "secret", "openings"])
def test_the_message_names_the_file_and_the_cause(bench: Bench, tmp_path: Path, kind: str) -> None:
    save: dict[str, Callable[[Path], None]] = {
        "program": bench.model.save, "secret": bench.secret.save, "openings": bench.openings.save,
    }  # fmt: skip
    load: dict[str, Callable[[Path], object]] = {
        "program": intaglio.load, "secret": intaglio.Secret.load, "openings": intaglio.Openings.load,
    }  # fmt: skip
    path = tmp_path / f"model.{kind}"
    save[kind](path)
    load[kind](path)
    data = bytearray(path.read_bytes())
    data[-40] ^= 4
    path.write_bytes(data)
    with pytest.raises(intaglio.FormatError, match=rf"model\.{kind}: {kind}: .*damaged.*checksum"):
        load[kind](path)
    with pytest.raises(intaglio.FormatError, match="damaged"):
        _core.inspect(bytes(data))


def test_a_checksum_is_of_everything_before_it(bench: Bench) -> None:
    import hashlib

    checksum = partial(hashlib.blake2b, digest_size=32, person=b"intaglio-file-v2")
    for data in (bench.model.to_bytes(), bench.secret._core.to_bytes(), bench.openings.data):
        assert checksum(data[:-32]).digest() == data[-32:]
    # what is encrypted, or bound by a proof, has none
    for data in (bench.secret._core.to_bytes(b"words"), bench.commitment.to_bytes(), bench.evidence.to_bytes()):
        assert checksum(data[:-32]).digest() != data[-32:]


def test_damaged_evidence_is_rejected_in_every_way_of_asking(bench: Bench) -> None:
    data = bench.evidence.to_bytes()
    changed = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    with pytest.raises(intaglio.Rejected):
        intaglio.verify(changed, commitment=bench.commitment, nonce=NONCE, audience=AUDIENCE)
