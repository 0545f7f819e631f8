"""Whether the Leo that `aleo.program` writes for readers is what its instructions are.

`python contracts/renderings.py COMPILER`: writes models as Leo, has them compiled, evaluates what came out and
compares it with the model. `make contracts-check` runs it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import intaglio
import intaglio_aleo
import numpy as np
from intaglio import aleo
from onnx import TensorProto, helper, numpy_helper

Shape = tuple[int, ...]


def perceptron() -> tuple[intaglio.Model, Any]:
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "v"], ["y"]),
    ]
    return compiled(nodes, {"w": (6, 5), "b": (5,), "v": (5, 3)}, (1, 6))


def convolution() -> tuple[intaglio.Model, Any]:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"], pads=[1] * 4),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("AveragePool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "v"], ["y"]),
    ]
    return compiled(nodes, {"w": (2, 1, 3, 3), "v": (8, 3)}, (1, 1, 4, 4))


def compiled(nodes: list[Any], weights: dict[str, Shape], shape: Shape) -> tuple[intaglio.Model, Any]:
    """A model of few bits, and samples for it."""
    rng = np.random.default_rng(0)
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 3))],
        [numpy_helper.from_array(rng.normal(size=s).astype(np.float32), name) for name, s in weights.items()],
    )
    source = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    samples = rng.random((64, *shape), np.float32)
    made = intaglio.compile(
        source.SerializeToString(), calibration=samples, activation_bits=8, weight_bits=5, overflow="refuse"
    )
    return made, samples[:5]


def main(compiler: str) -> None:
    """Raises what does not hold."""
    key = aleo.Account.create().private_key
    for make in (perceptron, convolution):
        model, samples = make()
        for seen in ("private", "public"):
            written = aleo.program(model, name=f"{make.__name__}_{seen}", input=seen)
            name = written.name.removesuffix(".aleo")
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / f"{name}.leo").write_text(written.leo)
                subprocess.run([compiler, folder, folder, name], check=True, stdout=subprocess.DEVNULL)
                source = (Path(folder) / written.name).read_text()
            author = intaglio_aleo.Author()
            author.learn(source)
            for sample in samples:
                (given,) = author.evaluate(key, (written.name, "run", [written.input(sample)]))
                np.testing.assert_array_equal(written.output(given), model.run(sample)["y"])
            print(f"{name}: {len(source)} bytes from Leo, {len(samples)} runs equal to the model's")


if __name__ == "__main__":
    main(sys.argv[1])
