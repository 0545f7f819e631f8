"""The benchmark: `make bench`, or `python -m bench.run [NAME …]` for some rows.

Prints a table, the stages of each proof, the unit costs of the kernels, and writes `bench/latest.json`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import nets

LATEST = Path(__file__).parent / "latest.json"
COLUMNS = ("parameters", "prove ms", "verify ms", "proof bytes", "peak MiB", "commit ms", "compile s", "run / ort ms")


def measure(name: str) -> dict[str, Any]:
    """One row, measured in its own process."""
    done = subprocess.run([sys.executable, "-m", "bench.one", name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stderr}")
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def table(rows: list[dict[str, Any]]) -> Table:
    """The rows for people."""
    shown = Table("model", *COLUMNS)
    for row in rows:
        shown.add_row(
            row["model"],
            str(row["parameters"]),
            f"{row['prove_s'] * 1e3:.1f}",
            f"{row['verify_s'] * 1e3:.1f}",
            str(row["proof_bytes"]),
            f"{row['peak_bytes'] / 2**20:.0f}",
            f"{row['commit_s'] * 1e3:.0f}",
            f"{row['compile_s']:.2f}",
            f"{row['run_s'] * 1e3:.3f} / {row['onnxruntime_s'] * 1e3:.3f}",
        )
    return shown


def unit_costs() -> str:
    """Nanoseconds of each kernel on this machine."""
    command = ["cargo", "run", "--release", "--locked", "-q", "-p", "intaglio-algebra", "--features", "prove"]
    done = subprocess.run([*command, "--example", "unit_costs"], capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


def main(wanted: list[str]) -> None:
    """Measure the wanted rows, or all."""
    console = Console(width=140)
    rows = []
    for name in wanted or nets.names():
        console.print(f"{name} …")
        rows.append(measure(name))
    console.print(table(rows))
    for row in rows:
        stages = ", ".join(f"{stage} {ms:.1f}" for stage, ms in row["stages_ms"].items())
        console.print(f"{row['model']}: ms by stage: {stages}")
    if not wanted:
        console.print("unit costs of the kernels:")
        console.print(unit_costs())
        LATEST.write_text(json.dumps(rows, indent=1) + "\n")
        console.print(f"wrote {LATEST}")


if __name__ == "__main__":
    main(sys.argv[1:])
