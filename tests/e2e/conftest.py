"""A folder in which the commands were run once, in order, each as a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import LENET, MODEL, run, write_arrays

NONCE, AUDIENCE = "00ff10", "the auditor"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole way on the small net: program, secrets, commitment, evidence with committed input and output."""
    folder = tmp_path_factory.mktemp("run")
    write_arrays(folder, shape=(1, 64))
    (folder / "passphrase").write_text("correct horse\nsecond line\n")
    for command in (
        f"compile {MODEL} --calibration calibration.npz -o model.program",
        "commit model.program -o model.secret --public model.commitment",
        "commit model.program -o locked.secret --public locked.commitment --passphrase-file passphrase",
        "prove model.secret --input one.npz -o plain.evidence",
        "prove model.secret --input one.npz --input-visibility committed --output-visibility committed "
        f"--nonce {NONCE} -o run.evidence --openings run.openings",
        "open run.openings --name logits --element 3 --element 5 -o element.opening",
        "open run.openings --name logits -o whole.opening",
    ):
        assert run(command, folder=folder).code == 0, command
    return folder


@pytest.fixture(scope="session")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A net whose proof takes long enough to be interrupted."""
    folder = tmp_path_factory.mktemp("lenet")
    write_arrays(folder, shape=(1, 1, 28, 28))
    for command in (
        f"compile {LENET} --calibration calibration.npz -o model.program",
        "commit model.program -o model.secret --public model.commitment",
    ):
        assert run(command, folder=folder).code == 0, command
    return folder
