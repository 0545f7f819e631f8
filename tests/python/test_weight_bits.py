"""Weights of a given width, and the extra that narrow ones are for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import intaglio
import numpy as np
import pytest
from intaglio import aleo
from onnx import helper
from onnx_graphs import to_model

WEIGHTS = np.random.default_rng(2).standard_normal((4, 6)).astype(np.float32)
MODEL = to_model(
    [helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)], inputs={"x": (1, 6)}, constants={"w": WEIGHTS}
)
DATA = np.random.default_rng(3).uniform(-1, 1, (32, 1, 6)).astype(np.float32)


def widths(program: Path) -> list[int]:
    """Bits of each parameter, as `inspect` tells them."""
    done = subprocess.run(
        [sys.executable, "-m", "intaglio", "inspect", str(program), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [parameter["bits"] for parameter in json.loads(done.stdout)["program"]["parameters"]]


@pytest.mark.parametrize("bits", [4, 6, 8])
def test_weights_are_no_wider_than_asked_and_outputs_coarser(bits: int, tmp_path: Path) -> None:
    narrow = intaglio.compile(MODEL, calibration=DATA, weight_bits=bits)
    narrow.save(tmp_path / "narrow.program")
    assert max(widths(tmp_path / "narrow.program")) <= bits
    full = intaglio.compile(MODEL, calibration=DATA)
    full.save(tmp_path / "full.program")
    assert max(widths(tmp_path / "full.program")) > bits
    assert full.fidelity.max_error < narrow.fidelity.max_error < 2.0 ** (3 - bits)
    secret, commitment = narrow.commit()
    verified = intaglio.verify(intaglio.prove(secret, DATA[0]), commitment=commitment)
    np.testing.assert_array_equal(verified.outputs["y"], narrow.run(DATA[0])["y"])


@pytest.mark.parametrize("bits", [3, 32, 8.0, "8"])
def test_other_widths_are_refused(bits: object) -> None:
    with pytest.raises(intaglio.InvalidInput, match="from 4 to 31"):
        intaglio.compile(MODEL, calibration=DATA, weight_bits=bits)  # type: ignore[arg-type]


def test_the_command_line_has_them(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    np.savez(tmp_path / "c.npz", x=DATA)
    command = [sys.executable, "-m", "intaglio", "compile", "m.onnx", "--calibration", "c.npz", "-o", "m.program"]
    subprocess.run([*command, "--weight-bits", "5", "--quiet"], cwd=tmp_path, check=True)
    assert max(widths(tmp_path / "m.program")) <= 5


def test_a_missing_extra_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "intaglio_aleo", None)
    with pytest.raises(intaglio.IntaglioError, match=r"install intaglio\[aleo\]"):
        aleo.estimate(intaglio.compile(MODEL, calibration=DATA, weight_bits=8))
