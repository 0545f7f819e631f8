"""The second verifier's command: on files, with the standard library alone, as `intaglio verify` would answer."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from test_vectors import FOLDER as VECTORS
from test_vectors import table

SCRIPT = Path(__file__).parents[3] / "spec" / "reference" / "verify.py"
ADDRESSED = ["--nonce", "00ff10", "--audience", "the auditor"]
EVIDENCE, COMMITMENT = VECTORS / "00-gemm.evidence", VECTORS / "00-gemm.commitment"
OPENING = VECTORS / "00-gemm.opening"
SHOWN, SHOWN_COMMITMENT = (
    VECTORS / f"01-relu-12-and-4-bits-several-rows.{kind}" for kind in ("evidence", "commitment")
)


@dataclass(frozen=True, slots=True)
class Done:
    """What the command said."""

    code: int
    out: str
    err: str


def command(*arguments: object, product: bool = False) -> Done:
    words = ["-m", "intaglio", "verify"] if product else ["-E", "-S", str(SCRIPT)]
    made = subprocess.run([sys.executable, *words, *map(str, arguments)], capture_output=True, text=True, check=False)
    return Done(made.returncode, made.stdout, made.stderr)


def told(*arguments: object, product: bool = False) -> tuple[int, dict[str, Any]]:
    done = command(*arguments, "--json", product=product)
    answer: dict[str, Any] = json.loads(done.out)
    assert done.out.count("\n") == 1
    return done.code, answer


def test_three_files_give_a_verdict() -> None:
    code, answer = told(EVIDENCE, "--commitment", COMMITMENT, "--opening", OPENING, *ADDRESSED)
    assert (code, answer["verified"], answer["check"], answer["security_bits"]) == (0, True, None, 124)
    assert (answer["outputs"], answer["name"], sorted(answer["elements"])) == ({"y": None}, "y", ["1", "3"])
    _, _, identity, claim, *_ = next(line for line in table("digests.tsv") if line[1] == EVIDENCE.name)
    assert (answer["model"], answer["statement"]) == (identity, claim)


def test_the_module_runs_in_its_folder() -> None:
    words = [sys.executable, "-E", "-S", "-m", "verify", str(SHOWN), "--commitment", str(SHOWN_COMMITMENT)]
    made = subprocess.run(words, cwd=SCRIPT.parent, capture_output=True, text=True, check=True)
    assert made.stdout.startswith("verified: model ")


@pytest.mark.parametrize(
    "arguments",
    [
        (SHOWN, "--commitment", SHOWN_COMMITMENT),
        (SHOWN, "--commitment", SHOWN_COMMITMENT, *ADDRESSED),
        (EVIDENCE, "--commitment", COMMITMENT, "--nonce", "00", "--audience", "the auditor"),
        (EVIDENCE, "--commitment", SHOWN_COMMITMENT, *ADDRESSED),
        (COMMITMENT, "--commitment", COMMITMENT),
    ],
)
def test_it_answers_as_the_product_does(arguments: tuple[object, ...]) -> None:
    code, answer = told(*arguments)
    expected_code, expected = told(*arguments, product=True)
    alike = ("verified", "check", "outputs", "security_bits", "unproven_nodes")
    assert code == expected_code
    assert {key: answer[key] for key in alike} == {key: expected[key] for key in alike}


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("min_security_bits = 124", 0),
        ("min_security_bits = 125", 1),
        ("require_public_outputs = true", 0),
        ('models = ["' + "0" * 64 + '"]', 1),
        ("min_security_bits = true", 2),
        ("unheard_of = 1", 2),
        ("models = [1]", 2),
        ("no toml", 2),
    ],
)
def test_policies(tmp_path: Path, policy: str, code: int) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(policy)
    arguments = (SHOWN, "--commitment", SHOWN_COMMITMENT, "--policy", path)
    found, answer = told(*arguments)
    assert found == code
    assert command(*arguments, product=True).code == code
    if code == 1:
        assert answer["check"] == "policy"


def test_what_cannot_be_read_is_no_verdict(tmp_path: Path) -> None:
    cases: list[tuple[object, ...]] = [
        (EVIDENCE, "--commitment", tmp_path / "missing"),
        (tmp_path / "missing", "--commitment", COMMITMENT),
        (EVIDENCE, "--commitment", EVIDENCE),
        (EVIDENCE, "--commitment", COMMITMENT, "--nonce", "0x"),
        (EVIDENCE,),
    ]
    for arguments in cases:
        assert command(*arguments).code == 2, arguments
        assert command(*arguments, product=True).code == 2, arguments


def test_nothing_but_the_standard_library_and_the_reference_is_imported() -> None:
    show = "import sys; sys.path.insert(0, sys.argv[1]); import verify, interpreter; print('\\n'.join(sys.modules))"
    made = subprocess.run(
        [sys.executable, "-E", "-S", "-c", show, str(SCRIPT.parent)], capture_output=True, text=True, check=True
    )
    own = {path.stem for path in SCRIPT.parent.rglob("*.py")} | {"argument", "lower", "__main__", "sitecustomize"}
    foreign = {name.split(".")[0] for name in made.stdout.split()} - set(sys.stdlib_module_names) - own
    assert not foreign
