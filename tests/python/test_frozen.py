"""Files of released format versions: they are good for ever, and no layout changes under its version."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import intaglio
import numpy as np
import pytest
from file_layout import LAYOUTS
from intaglio import _core

FIXTURES = Path(__file__).parents[1] / "fixtures"
VERSIONS = sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path.name.startswith("v"))


@cache
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_fixtures", FIXTURES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def says(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "says.json").read_text())
    return told


@pytest.mark.parametrize("folder", VERSIONS, ids=lambda folder: folder.name)
def test_frozen_evidence_and_openings_verify(folder: Path) -> None:
    expected, make = says(folder), maker()
    commitment = intaglio.Commitment.load(folder / "model.commitment")
    assert commitment.id.hex() == expected["id"]
    data = (folder / "run.evidence").read_bytes()
    found = intaglio.verify(data, commitment=commitment, nonce=make.NONCE, audience=make.AUDIENCE)
    assert found.statement == expected["statement"]
    np.testing.assert_array_equal(found.outputs_integer["y"], expected["outputs"])
    opened = intaglio.verify_opening((folder / "x.opening").read_bytes(), found.input_commitment)
    assert {str(i): v for i, v in opened.elements_integer.items()} == expected["opened"]
    # the control: it is this evidence that is good, not anything
    with pytest.raises(intaglio.Rejected):
        intaglio.verify(
            data[:-1] + bytes([data[-1] ^ 1]), commitment=commitment, nonce=make.NONCE, audience=make.AUDIENCE
        )


@pytest.mark.parametrize("folder", VERSIONS, ids=lambda folder: folder.name)
def test_frozen_programs_secrets_and_openings_are_still_of_use(folder: Path) -> None:
    expected, make = says(folder), maker()
    model = intaglio.load(folder / "model.program")
    assert model.digest.hex() == expected["program_digest"]
    np.testing.assert_array_equal(model.run_integers(make.sample())["y"], expected["outputs"])
    secret = intaglio.Secret.load(folder / "model.secret")
    assert secret.id.hex() == expected["id"]
    commitment = intaglio.Commitment.load(folder / "model.commitment")
    found = intaglio.verify(intaglio.prove(secret, make.sample()), commitment=commitment)
    np.testing.assert_array_equal(found.outputs_integer["y"], expected["outputs"])
    openings = intaglio.Openings.load(folder / "run.openings")
    evidence = intaglio.verify(
        (folder / "run.evidence").read_bytes(), commitment=commitment, nonce=make.NONCE, audience=make.AUDIENCE
    )
    opening = intaglio.open_commitment(openings, "x", elements=make.ELEMENTS)
    opened = intaglio.verify_opening(opening, evidence.input_commitment)
    assert {str(i): v for i, v in opened.elements_integer.items()} == expected["opened"]


def test_a_secret_that_other_code_sealed_by_argon2id_and_xchacha20_poly1305_opens() -> None:
    path = FIXTURES / "sealed_elsewhere.secret"
    secret = intaglio.Secret.load(path, passphrase=b"sealed elsewhere")
    # what was inside when it was sealed
    assert secret.id.hex() == "3228457e1450b6e3cb2769a479806d565c0eedd44ea2a4039c9432195a48a18c"
    with pytest.raises(intaglio.FormatError, match="passphrase"):
        intaglio.Secret.load(path, passphrase=b"sealed elsewher")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same files, made now from the latest frozen program."""
    folder, make = tmp_path_factory.mktemp("fresh"), maker()
    model = intaglio.load(make.LATEST / "model.program")
    secret, commitment = model.commit()
    evidence = intaglio.prove(secret, make.sample(), visibility=make.SEEN, nonce=make.NONCE, audience=make.AUDIENCE)
    assert evidence.openings is not None
    model.save(folder / "model.program")
    secret.save(folder / "model.secret")
    commitment.save(folder / "model.commitment")
    evidence.save(folder / "run.evidence")
    evidence.openings.save(folder / "run.openings")
    (folder / "x.opening").write_bytes(intaglio.open_commitment(evidence.openings, "x", elements=make.ELEMENTS))
    return folder


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_new_file_has_the_frozen_layout_or_another_version(fresh: Path, name: str) -> None:
    frozen, made = (maker().LATEST / name).read_bytes(), (fresh / name).read_bytes()
    assert made[:16] == frozen[:16]
    assert made[16:18] == frozen[16:18], (
        "the version was raised: keep tests/fixtures as it is, add a folder for the new version, and make it the latest"
    )
    walk = LAYOUTS[name]
    assert walk(made) == walk(frozen), f"the layout of {name} changed under an old version: raise it"
    if name != "model.program":
        assert made != frozen


def test_every_kind_of_file_is_frozen() -> None:
    assert maker().LATEST in VERSIONS
    for folder in VERSIONS:
        assert {path.name for path in folder.iterdir()} == {*LAYOUTS, "says.json"}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_the_layout_test_sees_a_moved_byte(name: str) -> None:
    def seen(data: bytes) -> object:
        try:
            return LAYOUTS[name](data)
        except AssertionError:
            return None

    data = (maker().LATEST / name).read_bytes()
    own = seen(data)
    assert own is not None
    for at in (18, 30, len(data)):
        assert seen(data[:at] + b"\0" + data[at:]) != own


# ---- versions that are refused


def versioned(name: str, version: int) -> bytes:
    data = (maker().LATEST / name).read_bytes()
    return data[:16] + version.to_bytes(2, "little") + data[18:]


@pytest.mark.parametrize("name", ["model.commitment", "run.evidence", "x.opening"])
def test_an_unsound_version_is_refused_by_its_name(name: str) -> None:
    make = maker()
    commitment = intaglio.Commitment.load(make.LATEST / "model.commitment")
    found = intaglio.verify(
        (make.LATEST / "run.evidence").read_bytes(), commitment=commitment, nonce=make.NONCE, audience=make.AUDIENCE
    )
    use: dict[str, Any] = {
        "model.commitment": intaglio.Commitment.from_bytes,
        "run.evidence": lambda data: intaglio.verify(data, commitment=commitment),
        "x.opening": lambda data: intaglio.verify_opening(data, found.input_commitment["x"]),
    }
    with pytest.raises((intaglio.FormatError, intaglio.Rejected), match="unsound.*draft-0"):
        use[name](versioned(name, 0))
    # the control: a version that is merely unknown has no such name
    with pytest.raises((intaglio.FormatError, intaglio.Rejected), match="format version 9") as unknown:
        use[name](versioned(name, 9))
    assert "unsound" not in str(unknown.value)


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_inspect_refuses_versions_that_it_does_not_know(name: str) -> None:
    _core.inspect((maker().LATEST / name).read_bytes())
    with pytest.raises(intaglio.FormatError, match="version 9"):
        _core.inspect(versioned(name, 9))
