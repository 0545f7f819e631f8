"""Trained nets as circuits for Aleo, with 2^16 powers: `make aleo-bench` prints the table and writes `bench/aleo.json`.

Each runs in a process of its own, so that its peak of memory is its own.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import intaglio
import numpy as np
from intaglio import aleo
from rich.console import Console
from rich.table import Table

from bench import nets
from examples.digits import load_split
from examples.training.export import Signature, to_onnx
from examples.training.fit import Network, Recipe, fit
from examples.training.layers import Conv, Dense, Flatten, FloatArray, MaxPool2, ReLU
from examples.training.losses import softmax_cross_entropy

LATEST = Path(__file__).parent / "aleo.json"
_SIGNATURE = Signature(model="digits", input="image", input_shape=(1, 1, 8, 8), output="logits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained net that was compiled for a circuit, and images that it was not trained on."""

    model: intaglio.Model
    weights: Literal["baked", "private"]
    images: FloatArray


def _on_digits(build: Callable[[np.random.Generator], Network], weights: Literal["baked", "private"]) -> Trained:
    split = load_split()
    network = build(np.random.default_rng(0))
    recipe = Recipe(epochs=60, learning_rate=1e-2)
    fit(network, split.calibration[:, 0], split.calibration_labels, loss=softmax_cross_entropy, recipe=recipe)
    return _compiled(to_onnx(network, _SIGNATURE), split.calibration, split.images, weights)


def _compiled(source: bytes, calibration: FloatArray, images: FloatArray, weights: Any) -> Trained:
    model = intaglio.compile(source, calibration=calibration[:512], activation_bits=8, weight_bits=8, overflow="refuse")
    return Trained(model=model, weights=weights, images=images)


def _mlp_784() -> Trained:
    net = nets.load("mlp-784-128-10")
    return _compiled(net.model, net.samples.calibration, net.samples.inputs, "baked")


def _cnn(rng: np.random.Generator) -> Network:
    first = (Conv((1, 4), kernel=3, pad=1, rng=rng), ReLU(), MaxPool2())
    second = (Conv((4, 8), kernel=3, pad=1, rng=rng), ReLU(), MaxPool2())
    return Network((*first, *second, Flatten(), Dense(32, 10, rng)))


def _mlp_64(rng: np.random.Generator) -> Network:
    return Network((Flatten(), Dense(64, 16, rng), ReLU(), Dense(16, 10, rng)))


NETS: dict[str, Callable[[], Trained]] = {
    "mlp-784-128-10, baked": _mlp_784,
    "cnn 4@3x3, 8@3x3, 10, baked": lambda: _on_digits(_cnn, "baked"),
    "mlp-64-16-10, private": lambda: _on_digits(_mlp_64, "private"),
}


def row(name: str) -> dict[str, Any]:
    """Measure one net."""
    net = NETS[name]()
    told = aleo.estimate(net.model, weights=net.weights)
    start = time.perf_counter()
    secret, circuit = aleo.compile(net.model, weights=net.weights)
    set_up = time.perf_counter() - start
    start = time.perf_counter()
    evidence = aleo.prove(secret, net.images[0])
    prove = time.perf_counter() - start
    start = time.perf_counter()
    verified = aleo.verify(evidence, circuit=circuit)
    verify = time.perf_counter() - start
    exact = net.model.run_integers(net.images[0])["logits"]
    if not np.array_equal(verified.outputs_integer["logits"], exact):
        raise AssertionError(f"{name}: the circuit says something else than the integer program")
    fidelity = net.model.fidelity
    return {
        "model": name,
        "parameters": net.model.parameters,
        "constraints": told.constraints,
        "non_zeros": told.non_zeros,
        "powers": told.powers_needed,
        "set_up_s": set_up,
        "prove_s": prove,
        "verify_s": verify,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "label_agreement": fidelity.label_agreement,
        "max_error": fidelity.max_error,
    }


def main() -> None:
    """Every net in a process of its own."""
    rows = []
    for name in NETS:
        command = [sys.executable, "-m", "bench.aleo", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stderr)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    heads = (
        "net",
        "weights",
        "constraints",
        "non-zeros A/B/C",
        "powers",
        "set-up s",
        "prove s",
        "verify ms",
        "peak MiB",
    )
    table = Table(*heads, "labels", "error", title="circuits for Aleo")
    for r in rows:
        times = (
            f"{r['set_up_s']:.1f}",
            f"{r['prove_s']:.1f}",
            f"{1e3 * r['verify_s']:.0f}",
            str(r["peak_bytes"] >> 20),
        )
        sizes = (str(r["parameters"]), str(r["constraints"]), " / ".join(map(str, r["non_zeros"])), f"2^{r['powers']}")
        table.add_row(r["model"], *sizes, *times, f"{r['label_agreement']:.3f}", f"{r['max_error']:.3f}")
    Console(width=160).print(table)
    LATEST.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    print(json.dumps(row(sys.argv[1]))) if len(sys.argv) > 1 else main()
