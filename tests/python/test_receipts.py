"""Receipts: what spares a second check of a commitment, and what must never do so."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import threading
from importlib import metadata
from pathlib import Path

import intaglio
import pytest
from committed_net import Bench
from intaglio import Receipts, receipts

VERSION = metadata.version("intaglio")


def spoilt(bench: Bench) -> bytes:
    """A commitment that reads well and whose well-formedness proof does not hold."""
    data = bench.commitment.to_bytes()
    data = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(intaglio.Rejected) as refused:
        intaglio.Commitment.from_bytes(data)
    assert refused.value.check == "model"
    return data


def file_of(folder: Path, data: bytes) -> Path:
    return folder / hashlib.blake2b(data, digest_size=32).hexdigest()


def forge(folder: Path, data: bytes, *, key: bytes | None = None, version: str = VERSION, check: int = 1) -> None:
    """What somebody who knows the key would write: from the text of `spec/format.md`."""
    path = folder / "key"
    found = path.lstat()
    place = f"{os.path.realpath(path)}\0{found.st_dev}\0{found.st_ino}\0{os.getuid()}".encode()
    digest = hashlib.blake2b(data, digest_size=32, person=b"intaglio-publish").digest()
    text = version.encode()
    body = struct.pack("<I", check) + struct.pack("<I", len(text)) + text + struct.pack("<I", len(place)) + place
    mac = hashlib.blake2b(body + digest, digest_size=32, key=key or path.read_bytes(), person=b"intaglio-receipt")
    file_of(folder, data).write_bytes(mac.digest())
    file_of(folder, data).chmod(0o600)


def test_a_checked_commitment_leaves_a_receipt_for_its_owner_only(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "receipts"
    data = bench.commitment.to_bytes()
    first = intaglio.Commitment.from_bytes(data, receipts=Receipts(folder))
    assert {path.name for path in folder.iterdir()} == {"key", file_of(folder, data).name}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    before = {path: path.read_bytes() for path in folder.iterdir()}
    again = intaglio.Commitment.from_bytes(data, receipts=Receipts(folder))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert first == again == bench.commitment
    evidence = intaglio.prove(bench.secret, bench.sample)
    for commitment in (first, again):
        intaglio.verify(evidence, commitment=commitment)


def test_a_receipt_spares_the_check_and_nothing_but_the_key_stands_before_that(bench: Bench, tmp_path: Path) -> None:
    data = spoilt(bench)
    own = Receipts(tmp_path / "r")
    own.checked(bench.commitment.to_bytes())
    with pytest.raises(intaglio.Rejected):
        own.checked(data)
    assert not file_of(tmp_path / "r", data).exists()
    # whoever holds the key can spare the check of anything: this is what the rest of the tests guard
    forge(tmp_path / "r", data)
    own.checked(data)


@pytest.mark.parametrize("how", ["another key", "another version", "another check", "cut", "longer", "of another file"])
def test_a_receipt_that_does_not_fit_leads_to_a_check(bench: Bench, tmp_path: Path, how: str) -> None:
    data, folder = spoilt(bench), tmp_path / "r"
    own = Receipts(folder)
    own.checked(bench.commitment.to_bytes())
    forge(
        folder, data,
        key=b"k" * 32 if how == "another key" else None,
        version="0.0.9" if how == "another version" else VERSION,
        check=0 if how == "another check" else 1,
    )  # fmt: skip
    path = file_of(folder, data)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:31])
    elif how == "longer":
        path.write_bytes(path.read_bytes() + b"\0")
    elif how == "of another file":
        path.write_bytes(file_of(folder, bench.commitment.to_bytes()).read_bytes())
    with pytest.raises(intaglio.Rejected):
        own.checked(data)


@pytest.mark.parametrize("how", ["readable by others", "a link", "an open folder"])
def test_what_others_could_have_written_is_not_trusted(bench: Bench, tmp_path: Path, how: str) -> None:
    data, folder = spoilt(bench), tmp_path / "r"
    own = Receipts(folder)
    own.checked(bench.commitment.to_bytes())
    forge(folder, data)
    own.checked(data)
    path = file_of(folder, data)
    if how == "readable by others":
        path.chmod(0o644)
    elif how == "a link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        folder.chmod(0o770)
    with pytest.raises(intaglio.Rejected):
        own.checked(data)


def test_a_folder_from_elsewhere_is_worth_nothing_even_with_its_key(bench: Bench, tmp_path: Path) -> None:
    data, folder = spoilt(bench), tmp_path / "r"
    Receipts(folder).checked(bench.commitment.to_bytes())
    forge(folder, data)
    Receipts(folder).checked(data)
    shutil.copytree(folder, tmp_path / "copied", copy_function=shutil.copy2)
    (tmp_path / "copied").chmod(0o700)
    folder.rename(tmp_path / "moved")
    for other in ("copied", "moved"):
        with pytest.raises(intaglio.Rejected):
            Receipts(tmp_path / other).checked(data)


def test_where_nothing_can_be_kept_every_commitment_is_checked(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no folder")
    own = Receipts(tmp_path / "file" / "receipts")
    own.checked(bench.commitment.to_bytes())
    with pytest.raises(intaglio.Rejected):
        own.checked(spoilt(bench))
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]


def test_one_key_remains_when_many_begin_at_once(bench: Bench, tmp_path: Path) -> None:
    folder, data = tmp_path / "r", bench.commitment.to_bytes()
    keys: set[tuple[bytes, bytes] | None] = set()

    def begin() -> None:
        own = Receipts(folder)
        own.checked(data)
        keys.add(own._key())

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 1
    assert None not in keys
    assert {path.name for path in folder.iterdir()} == {"key", file_of(folder, data).name}


def test_the_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert receipts.default_folder() == tmp_path / "intaglio" / "receipts"
    # a relative one is no place (XDG base directory specification)
    for odd in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", odd)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert receipts.default_folder() == tmp_path / "home" / ".cache" / "intaglio" / "receipts"


def test_without_receipts_nothing_is_read_or_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bench.commitment.save(tmp_path / "c")
    intaglio.Commitment.load(tmp_path / "c")
    assert sorted(tmp_path.iterdir()) == [tmp_path / "c"]
