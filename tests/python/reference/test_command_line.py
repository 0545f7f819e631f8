"""The reference runs as a program of its own, with the standard library alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from description import from_description
from intaglio import _core
from program_bytes import digest
from programs import Description, described, kept

FOLDER = Path(__file__).parents[3] / "spec" / "reference"
WEIGHTS = {"w": [[1, 2], [3, -4]]}


def description() -> Description:
    nodes = [{"op": "matmul", "inputs": [0], "weight": 0}, {**kept(2, -128, 127), "inputs": [1]}]
    made = described(nodes, shape=[1, 2], parameters=[{"name": "w", "shape": [2, 2], "bits": 8}])
    made["inputs"][0].update(integer=False, exponent=4)
    made["outputs"][0].update(integer=False, exponent=2)
    return made


def told(*arguments: str) -> dict[str, Any]:
    # -S leaves out every installed package
    command = [sys.executable, "-E", "-S", "-m", "interpreter", *arguments]
    answer: dict[str, Any] = json.loads(subprocess.run(command, cwd=FOLDER, check=True, capture_output=True).stdout)
    return answer


EXPECTED = {
    # x = 1.5, −0.25 → 24, −4;  W·x = 16, 88;  ⌊(16 + 2)/4⌋, ⌊(88 + 2)/4⌋
    "integers": {"y": {"shape": [1, 2], "cells": [4, 22]}},
    "values": {"y": [1.0, 5.5]},
    "saturated": {},
}


def test_a_description_with_its_weights(tmp_path: Path) -> None:
    contents = {"program": description(), "weights": WEIGHTS, "inputs": {"x": [[1.5, -0.25]]}}
    for name, content in contents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    answer = told(*(str(tmp_path / f"{name}.json") for name in contents))
    assert answer == {"program": digest(from_description(description())).hex(), **EXPECTED}


def test_a_compiled_program(tmp_path: Path) -> None:
    weights = {name: np.array(cells, dtype=np.int64) for name, cells in WEIGHTS.items()}
    core = _core.Compiled(json.dumps(description()), weights, "{}")
    (tmp_path / "model.program").write_bytes(core.to_bytes())
    (tmp_path / "inputs.json").write_text(json.dumps({"x": [1.5, -0.25]}))
    answer = told(str(tmp_path / "model.program"), str(tmp_path / "inputs.json"))
    assert answer == {"program": core.digest().hex(), **EXPECTED}
    (tmp_path / "inputs.json").write_text(json.dumps({"x": [[24, -4]]}))
    assert told(str(tmp_path / "model.program"), str(tmp_path / "inputs.json"), "--integers") == answer
