"""The whole way on a real model: compile, commit, prove, verify in another process, refuse what is false.

Run `make demo`. The model is `digits_cnn.onnx`, trained by `train_digits.py` on scikit-learn's handwritten digits.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import intaglio
import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from examples.digits import load_split

MODEL = Path(__file__).parent / "digits_cnn.onnx"
PROOFS = 10


def verify_elsewhere(evidence: Path, commitment: Path) -> dict[str, object]:
    """The verdict of a separate process that has the evidence and the model commitment, nothing else."""
    command = [sys.executable, "-m", "intaglio", "verify", str(evidence), "--commitment", str(commitment), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"the verifier said nothing: {done.stderr}")
    verdict: dict[str, object] = json.loads(done.stdout)
    return verdict


def agreement(model: intaglio.Model, images: np.ndarray) -> tuple[int, float]:
    """How many labels agree with onnxruntime, and the largest difference relative to the logits' range."""
    session = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    floats = np.stack([session.run(None, {"image": image})[0] for image in images])
    ours = np.stack([model.run(image)["logits"] for image in images])
    span = float(floats.max() - floats.min())
    return int(np.sum(floats.argmax(-1) == ours.argmax(-1))), float(np.abs(floats - ours).max() / span)


def main() -> None:
    """Run the demo; exits with 1 if anything is not as it must be."""
    console = Console()
    split = load_split()
    console.print(f"[bold]1[/] compile {MODEL.name} with {len(split.calibration)} calibration images")
    model = intaglio.compile(MODEL, calibration=split.calibration)
    estimate = model.estimate()
    agree, error = agreement(model, split.images)

    console.print("[bold]2[/] commit to the weights, perfectly hidden; the commitment is checked before it is used")
    start = time.perf_counter()
    secret, commitment = model.commit()
    commit_seconds = time.perf_counter() - start
    console.print(f"  model {commitment.id.hex()}")

    console.print(f"[bold]3[/] prove {PROOFS} images, weights and image private, logits public")
    proofs, prove_seconds = [], []
    for image in split.images[:PROOFS]:
        start = time.perf_counter()
        proofs.append(intaglio.prove(secret, image))
        prove_seconds.append(time.perf_counter() - start)
    verify_seconds = []
    for evidence in proofs:
        start = time.perf_counter()
        intaglio.verify(evidence, commitment=commitment)
        verify_seconds.append(time.perf_counter() - start)

    console.print("[bold]4[/] verify in a separate process that has only the evidence and the commitment")
    with tempfile.TemporaryDirectory() as folder:
        run, public, other = (
            Path(folder, "run.evidence"),
            Path(folder, "model.commitment"),
            Path(folder, "other.commitment"),
        )
        proofs[0].save(run)
        commitment.save(public)
        verdict = verify_elsewhere(run, public)
        console.print(f"  honest evidence: verified {verdict['verified']}, {verdict['security_bits']} bits")
        tampered = bytearray(proofs[0].to_bytes())
        tampered[-40] ^= 1
        run.write_bytes(bytes(tampered))
        bad = verify_elsewhere(run, public)
        console.print(f"  one bit of the proof changed: refused at {bad['check']}: {bad['reason']}")
        proofs[0].save(run)
        model.commit()[1].save(other)
        foreign = verify_elsewhere(run, other)
        console.print(
            f"  the same weights under another commitment: refused at {foreign['check']}: {foreign['reason']}"
        )

    table = Table(title="digits CNN, test split", show_header=False)
    rows = [
        ("labels that agree with onnxruntime", f"{agree} of {len(split.images)}"),
        ("largest error, relative to the logits' range", f"{error:.1e}"),
        ("prove", f"{statistics.median(prove_seconds) * 1e3:.1f} ms (estimate {estimate.prove_seconds * 1e3:.1f} ms)"),
        (
            "verify",
            f"{statistics.median(verify_seconds) * 1e3:.1f} ms (estimate {estimate.verify_seconds * 1e3:.1f} ms)",
        ),
        ("proof", f"{proofs[0].proof_bytes} bytes (estimate {estimate.proof_bytes})"),
        ("commit and check", f"{commit_seconds * 1e3:.0f} ms, {len(commitment.to_bytes())} bytes"),
        ("memory estimate of a proof", f"{estimate.memory_bytes / 2**20:.0f} MiB"),
        ("peak memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"),
    ]
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)
    console.print("Not proven: that the model is accurate, fair or well trained. Proven: it was run as committed.")
    as_expected = verdict["verified"] is True and bad["verified"] is False and foreign["check"] == "model"
    sys.exit(0 if as_expected and agree == len(split.images) else 1)


if __name__ == "__main__":
    main()
