"""The command line as users meet it: real processes, in a folder."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "bench" / "nets" / "mlp-64-32-10.onnx"
INPUT = "image"
NONCE, AUDIENCE = "00ff10", "the auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1, self.out
        told = json.loads(self.out)
        assert isinstance(told, dict)
        return told


def words(command: str) -> list[str]:
    """The command as `python -m intaglio` takes it."""
    return [sys.executable, "-m", "intaglio", *shlex.split(command)]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of every command; one thread, so that tests do not fight for cores; no receipts in the user's own cache."""
    ours = {"OMP_NUM_THREADS": "1", "NO_COLOR": "1", "INTAGLIO_NO_RECEIPTS": "1"}
    return {**os.environ, **ours, **(extra or {})}


def run(
    command: str,
    *,
    folder: Path,
    before: Callable[[], object] | None = None,
    extra: Mapping[str, str] | None = None,
) -> Done:
    """Run one command to its end."""
    made = subprocess.run(
        words(command), cwd=folder, env=environment(extra), capture_output=True, text=True, timeout=60,
        preexec_fn=before, check=False,
    )  # fmt: skip
    assert "Traceback" not in made.stderr, made.stderr
    assert "panicked" not in made.stderr, made.stderr
    return Done(code=made.returncode, out=made.stdout, err=made.stderr)


def write_arrays(folder: Path, *, shape: tuple[int, ...]) -> None:
    """`calibration.npz` and `one.npz`, pixels in [0, 1]."""
    rng = np.random.default_rng(0)
    np.savez(folder / "calibration.npz", **{INPUT: rng.random((24, *shape), np.float32)})
    np.savez(folder / "one.npz", **{INPUT: rng.random(shape, np.float32)})
