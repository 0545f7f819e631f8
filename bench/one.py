"""One row of the benchmark, in a process of its own so that its peak memory is its own.

`python -m bench.one NAME` prints a JSON object: medians over many proofs, zero-knowledge on, weights and input private,
saturation on, 16-bit activations.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import intaglio
import onnxruntime

from bench import nets

SECONDS = 4.0
"""Time for the proofs of one row."""


class Stages:
    """Time between progress reports, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        self._stage: str | None = None
        self._since = 0.0

    def __call__(self, stage: str, done: float) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self.seconds.setdefault(self._stage, []).append(now - self._since)
        self._stage = None if done >= 1.0 else stage
        self._since = now

    def per_proof(self, proofs: int) -> dict[str, float]:
        """Mean milliseconds of each stage."""
        return {stage: sum(times) / proofs * 1e3 for stage, times in self.seconds.items()}


def timed(work: Callable[[], Any], *, seconds: float = SECONDS, least: int = 5) -> tuple[float, Any, int]:
    """Median seconds of `work` after one warm-up, its last result, and how often it ran."""
    result = work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or (time.perf_counter() < end and len(times) < 300):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result, len(times) + 1


def side_by_side(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """Median seconds of both, in turns of 50 calls each: what else the machine does meets both alike."""
    both: tuple[list[float], list[float]] = ([], [])
    for _ in range(12):
        for work, times in zip((ours, theirs), both, strict=True):
            work()
            for _ in range(50):
                start = time.perf_counter()
                work()
                times.append(time.perf_counter() - start)
    return statistics.median(both[0]), statistics.median(both[1])


def row(name: str) -> dict[str, Any]:
    """Measure one net."""
    net = nets.load(name)
    image = net.samples.inputs[0]
    start = time.perf_counter()
    model = intaglio.compile(net.model, calibration=net.samples.calibration[:256])
    compile_s = time.perf_counter() - start
    start = time.perf_counter()
    secret, commitment = model.commit()
    commit_s = time.perf_counter() - start
    stages = Stages()
    prove_s, evidence, proofs = timed(lambda: intaglio.prove(secret, image, progress=stages))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    verify_s, _, _ = timed(lambda: intaglio.verify(evidence, commitment=commitment), seconds=1.5)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(net.model, options, providers=["CPUExecutionProvider"])
    name_in = session.get_inputs()[0].name
    run_s, float_s = side_by_side(lambda: model.run(image), lambda: session.run(None, {name_in: image}))
    return {
        "model": name,
        "parameters": net.parameters,
        "prove_s": prove_s,
        "verify_s": verify_s,
        "proof_bytes": evidence.proof_bytes,
        "peak_bytes": peak,
        "commit_s": commit_s,
        "compile_s": compile_s,
        "run_s": run_s,
        "onnxruntime_s": float_s,
        "estimate_prove_s": model.estimate().prove_seconds,
        "label_agreement": model.fidelity.label_agreement,
        "max_error": model.fidelity.max_error,
        "stages_ms": stages.per_proof(proofs),
    }


if __name__ == "__main__":
    print(json.dumps(row(sys.argv[1])))
