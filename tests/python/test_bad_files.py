"""Files that cannot be written or read: nothing half-written, nothing believed, no panic."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import intaglio
import numpy as np
import pytest
from committed_net import Bench
from intaglio import _core
from intaglio.model import from_bytes
from onnx_graphs import flip


def savers(bench: Bench) -> dict[str, Callable[[Path], None]]:
    return {
        "program": bench.model.save,
        "secret": bench.secret.save,
        "commitment": bench.commitment.save,
        "evidence": bench.evidence.save,
        "openings": bench.openings.save,
    }


KINDS = ("program", "secret", "commitment", "evidence", "openings")


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_that_cannot_be_written_is_named(bench: Bench, tmp_path: Path, kind: str) -> None:
    save = savers(bench)[kind]
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for path in (tmp_path / "absent" / "out", file / "out", tmp_path):
        with pytest.raises(intaglio.InvalidInput, match="cannot write"):
            save(path)
    assert sorted(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_the_old_file_whole(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, call: str
) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"the old file")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(intaglio.ResourceLimit, match="no space"):
            savers(bench)[kind](path)
    assert path.read_bytes() == b"the old file"
    assert list(tmp_path.iterdir()) == [path]
    savers(bench)[kind](path)
    assert path.read_bytes() != b"the old file"


def test_an_interrupt_while_saving_leaves_the_old_file_whole(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"the old file")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench.secret.save(path)
    assert path.read_bytes() == b"the old file"
    assert list(tmp_path.iterdir()) == [path]


def loaders(bench: Bench) -> dict[str, tuple[bytes, Callable[[bytes], object]]]:
    """Bytes of each file, and everything that reads them, up to the end."""

    def use_secret(data: bytes) -> object:
        secret = intaglio.Secret(_core.Secret.from_bytes(data))
        return intaglio.verify(intaglio.prove(secret, bench.sample), commitment=bench.commitment)

    def use_openings(data: bytes) -> object:
        openings = intaglio.Openings(data=data, names=())
        return intaglio.verify_opening(
            intaglio.open_commitment(openings, "y"), bench.verify(bench.evidence).output_commitment["y"]
        )

    return {
        "program": (bench.model.to_bytes(), lambda data: from_bytes(data).run(bench.sample)),
        "secret": (bench.secret._core.to_bytes(), use_secret),
        "commitment": (bench.commitment.to_bytes(), intaglio.Commitment.from_bytes),
        "evidence": (bench.evidence.to_bytes(), bench.verify),
        "openings": (bench.openings.data, use_openings),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_or_extended_file_is_refused(bench: Bench, kind: str) -> None:
    data, use = loaders(bench)[kind]
    use(data)
    refusal = (intaglio.FormatError, intaglio.Rejected)
    cuts = sorted({0, 1, 15, 17, 18, 21, 22, *np.linspace(23, len(data) - 1, 60).astype(int).tolist()})
    for cut in cuts:
        with pytest.raises(refusal):
            use(data[:cut])
    for tail in (b"\0", data):
        with pytest.raises(refusal):
            use(data + tail)


@pytest.mark.parametrize("kind", KINDS)
def test_random_bytes_and_huge_lengths_are_refused(bench: Bench, kind: str) -> None:
    data, use = loaders(bench)[kind]
    rng = np.random.default_rng(3)
    refusal = (intaglio.FormatError, intaglio.Rejected, intaglio.ResourceLimit)
    for head in (0, 16, 18):
        for _ in range(20):
            with pytest.raises(refusal):
                use(data[:head] + rng.bytes(len(data) - head))
        with pytest.raises(refusal):
            use(data[:head] + b"\xff" * (len(data) - head))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_or_version_is_refused(bench: Bench, kind: str) -> None:
    own, use = loaders(bench)[kind]
    refusal = (intaglio.FormatError, intaglio.Rejected)
    for other, (data, _) in loaders(bench).items():
        if other != kind:
            with pytest.raises(refusal):
                use(data)
    with pytest.raises(refusal):
        use(own[:16] + b"\x77\x77" + own[18:])
    with pytest.raises(refusal):
        use(pickle.dumps("something else"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_never_ends_in_anything_but_our_errors(bench: Bench, kind: str) -> None:
    data, use = loaders(bench)[kind]
    rng = np.random.default_rng(11)
    refused = 0
    for _ in range(120):
        try:
            use(flip(data, rng))
        except intaglio.IntaglioError:
            refused += 1
    # weights in clear and unopened tensors have no redundancy; what a verifier reads has nothing that may change
    assert refused == 120 if kind in ("commitment", "evidence") else refused > 0


@pytest.mark.parametrize("passphrase", [None, b"wrong", b"right ", b""])
def test_a_secret_needs_its_passphrase(bench: Bench, tmp_path: Path, passphrase: bytes | None) -> None:
    path = tmp_path / "secret"
    bench.secret.save(path, passphrase=b"right")
    assert intaglio.Secret.load(path, passphrase=b"right").id == bench.secret.id
    refusal = intaglio.InvalidInput if passphrase == b"" else intaglio.FormatError
    with pytest.raises(refusal, match="passphrase"):
        intaglio.Secret.load(path, passphrase=passphrase)


def test_openings_need_their_passphrase(bench: Bench, tmp_path: Path) -> None:
    seen = intaglio.Visibility(output="committed")
    evidence = intaglio.prove(bench.secret, bench.sample, visibility=seen, passphrase=b"right")
    assert evidence.openings is not None
    evidence.openings.save(tmp_path / "openings")
    commitment = intaglio.verify(evidence, commitment=bench.commitment).output_commitment["y"]
    for passphrase in (None, b"wrong"):
        with pytest.raises(intaglio.FormatError, match="passphrase"):
            intaglio.open_commitment(intaglio.Openings.load(tmp_path / "openings", passphrase=passphrase), "y")
    loaded = intaglio.Openings.load(tmp_path / "openings", passphrase=b"right")
    assert len(intaglio.verify_opening(intaglio.open_commitment(loaded, "y"), commitment).elements) == 3


@pytest.mark.parametrize("elements", [[3], [-1], [0, 99], [2**40]])
def test_an_element_that_is_not_there_cannot_be_opened(bench: Bench, elements: list[int]) -> None:
    with pytest.raises(intaglio.InvalidInput):
        intaglio.open_commitment(bench.openings, "y", elements=elements)


def test_an_unknown_name_cannot_be_opened(bench: Bench) -> None:
    with pytest.raises(intaglio.InvalidInput):
        intaglio.open_commitment(bench.openings, "z")
