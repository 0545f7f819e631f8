"""A folder in which the commands were run once, in order, each as a process of its own."""

from __future__ import annotations

from pathlib import Path

import intaglio
import numpy as np
import pytest
from commands import INPUT, MODEL, NONCE, run, write_arrays
from onnx import TensorProto, helper, numpy_helper


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
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two convolutions of an image of 128x128: a proof that takes long enough to be interrupted."""
    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    shapes = {"first": (16, 3, 3, 3), "second": (16, 16, 3, 3)}
    weights = [numpy_helper.from_array(rng.normal(size=s).astype(np.float32), name) for name, s in shapes.items()]
    nodes = [
        helper.make_node("Conv", [INPUT, "first"], ["a"], pads=[1] * 4),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second"], ["c"], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    shape = (1, 3, 128, 128)
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 16, 128, 128))],
        weights,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    sample = rng.random(shape, np.float32)
    compiled = intaglio.compile(model.SerializeToString(), calibration=sample[None])
    secret, commitment = compiled.commit()
    secret.save(folder / "model.secret")
    commitment.save(folder / "model.commitment")
    np.savez(folder / "one.npz", **{INPUT: sample})
    return folder
