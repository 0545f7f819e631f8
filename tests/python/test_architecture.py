"""The rules of ARCHITECTURE.md that no compiler enforces: who may depend on what, and what the shipped library leaves out."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from intaglio import _core

ROOT = Path(__file__).parents[2]
CLOSURE = ("algebra", "argument", "program", "verifier")
# behind a feature that a verifier does not have
OTHERS = re.compile(r"/(prove|audit|mutants)(/|\.rs$)|/(random|doubles|integers|words|description)\.rs$")
LICENCES = {
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "CC0-1.0",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
}


def cargo(*arguments: str) -> str:
    """What cargo says, without the network."""
    command = ["cargo", *arguments, "--offline", "--locked"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@cache
def packages() -> dict[str, Any]:
    """Every package of the lock file that a build may reach."""
    return {p["name"]: p for p in json.loads(cargo("metadata", "--format-version", "1"))["packages"]}


def tree(package: str) -> dict[str, set[str]]:
    """Crates that a build of one package links, with their features."""
    told = cargo("tree", "-p", package, "-e", "normal", "--prefix", "none", "-f", "{lib}|{f}")
    found: dict[str, set[str]] = {}
    for line in told.splitlines():
        name, features = line.removesuffix(" (*)").split("|")
        found.setdefault(name, set()).update(filter(None, features.split(",")))
    return found


def test_the_verifier_is_built_from_its_closure_alone() -> None:
    linked = tree("intaglio-verifier")
    own = {name: features for name, features in linked.items() if name.startswith("intaglio_")}
    assert set(own) == {f"intaglio_{name}" for name in CLOSURE}
    assert all(features <= {"default"} for features in own.values())
    # no randomness of the operating system, no files, no clock, no Python
    assert not {"getrandom", "chacha20", "tempfile", "pyo3", "argon2", "serde_json"} & set(linked)
    # a control: the prover has what the verifier must not have
    assert "prove" in tree("intaglio-prover")["intaglio_argument"]


def sources() -> list[Path]:
    """Sources of the verifier's closure as a verifier builds it."""
    folders = [ROOT / "crates" / name / "src" for name in CLOSURE]
    return [path for folder in folders for path in sorted(folder.rglob("*.rs")) if not OTHERS.search(str(path))]


@pytest.mark.parametrize(
    "word", ["std::time", "SystemTime", "std::thread", "HashMap", "HashSet", "f32", "f64", "std::env", "std::fs"]
)
def test_the_closure_has_no_clock_thread_hash_map_float_or_file(word: str) -> None:
    found = []
    for path in sources():
        code = path.read_text().split("#[cfg(test)]\nmod tests")[0]
        lines = (line for line in code.splitlines() if not line.lstrip().startswith("//"))
        found += [f"{path.relative_to(ROOT)}: {line.strip()}" for line in lines if re.search(rf"\b{word}\b", line)]
    assert not found


@pytest.mark.parametrize("name", CLOSURE)
def test_the_closure_denies_what_panics(name: str) -> None:
    head = (ROOT / "crates" / name / "src" / "lib.rs").read_text()
    lints = ("indexing_slicing", "unwrap_used", "expect_used", "panic", "unreachable", "todo", "float_arithmetic")
    assert all(f"clippy::{lint}" in head for lint in (*lints, "integer_division_remainder_used"))
    assert ("#![deny(unsafe_code)]" if name == "algebra" else "#![forbid(unsafe_code)]") in head


def test_unsafe_stands_in_the_kernels_alone() -> None:
    found = {
        path.relative_to(ROOT).parts[:4]
        for folder in (ROOT / "crates", ROOT / "bindings")
        for path in folder.rglob("*.rs")
        if "target" not in path.parts
        and re.search(r"^\s*(return )?unsafe (\{|fn|impl)|= unsafe \{", path.read_text(), re.M)
    }
    assert found == {("crates", "algebra", "src", "kernels")}


def test_what_ships_has_no_mutants() -> None:
    features = tree("intaglio-bindings")
    assert features["intaglio_argument"] == {"default", "prove"}
    assert not {"mutants", "audit"} & set().union(*features.values())
    library = Path(_core.__file__).read_bytes()
    assert b"insecure" not in library
    # a control: names of functions do stand in messages of the library
    assert b"intaglio" in library


def test_only_the_frontend_knows_onnx_and_only_the_bindings_know_python() -> None:
    allowed = re.compile(r"python/intaglio/(frontend|quantise/fidelity|quantise/calibrate)")
    for path in (ROOT / "python" / "intaglio").rglob("*.py"):
        if re.search(r"^\s*(import|from) (onnx|torch|sklearn)", path.read_text(), re.M):
            assert allowed.search(str(path)), path
    for name, package in packages().items():
        if name.startswith("intaglio-") and any(d["name"] == "pyo3" for d in package["dependencies"]):
            assert name == "intaglio-bindings"
    # the core is built without the chain's crates
    assert not any(name.startswith("snarkvm") for name in packages())


def test_every_licence_is_known_and_permissive() -> None:
    for name, package in packages().items():
        choices = re.split(r" OR | / |/", package["license"].replace("(", "").replace(")", ""))
        good = [choice for choice in choices if all(part in LICENCES for part in choice.split(" AND "))]
        assert good, f"{name}: {package['license']}"
