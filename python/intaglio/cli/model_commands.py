"""Commands about models and files: compile, estimate, commit, inspect, run."""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer

import intaglio
from intaglio import _core
from intaglio.cli.options import InputArrays, Out, PassphraseFile
from intaglio.cli.shared import command
from intaglio.cli.terminal import LIMIT, UNSUPPORTED, Terminal
from intaglio.cli.values import as_lines, as_lists, read_arrays, read_passphrase, read_shapes, read_target
from intaglio.errors import InvalidInput, ResourceLimit
from intaglio.files import named, read_file, require_writable

Program = Annotated[Path, typer.Argument(help="A compiled program.")]
Share = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="Target on held-out data, 0 for none.")]
Error = Annotated[float | None, typer.Option(min=0.0, help="Target on held-out data, 0 for none.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands, in the order of a model's life."""
    for body in (compile, estimate, commit):
        command(app)(body)


def add_last(app: typer.Typer) -> None:
    """Adds what belongs to no step."""
    for body in (inspect, run):
        command(app)(body)


def _width(bits: int) -> Literal[8, 12, 16]:
    match bits:
        case 8 | 12 | 16:
            return bits
        case _:
            raise InvalidInput(f"--activation-bits {bits}: 8, 12 or 16")


def compile(
    terminal: Terminal,
    model: Annotated[Path, typer.Argument(help="An ONNX model.")],
    calibration: Annotated[Path, typer.Option(help="An .npz with real samples of each input.")],
    output: Out,
    shape: Annotated[list[str] | None, typer.Option(help="name=1,3,224,224 for symbolic axes.")] = None,
    label_agreement: Share = None,
    max_error: Error = None,
    overflow: Annotated[str, typer.Option(help="saturate or refuse")] = "saturate",
    activation_bits: Annotated[int, typer.Option(help="Width of activations: 8, 12 or 16.")] = 16,
    weight_bits: Annotated[int, typer.Option(help="Most bits of a weight: 4 to 31.")] = 31,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if the target is missed.")] = False,
) -> None:
    """Compile an ONNX model to an integer program."""
    if overflow not in ("saturate", "refuse"):
        raise InvalidInput(f"--overflow {overflow!r}: saturate or refuse")
    require_writable(output)
    with warnings.catch_warnings(record=True) as missed, terminal.meter("compile") as tell:
        warnings.simplefilter("always")
        made = intaglio.compile(
            model,
            calibration=read_arrays(calibration),
            shapes=read_shapes(shape or []),
            target=read_target(label_agreement, max_error, strict=strict),
            overflow="refuse" if overflow == "refuse" else "saturate",
            activation_bits=_width(activation_bits),
            weight_bits=weight_bits,
            progress=tell,
        )
    made.save(output)
    for warning in missed:
        print(f"warning: {warning.message}", file=sys.stderr)
    fidelity = made.fidelity
    data = {"fidelity": fidelity.as_dict(), "parameters": made.parameters, "nodes": made.nodes}
    part = "held-out" if fidelity.held_out else "calibration (nothing was held out: fewer than 6 samples)"
    agreement = "no labels" if fidelity.label_agreement is None else f"label agreement {fidelity.label_agreement:.4f}"
    lines = [
        f"{output}: {made.parameters} parameters",
        f"on {fidelity.judged.samples} {part} samples: {agreement}, largest error {fidelity.max_error:.2e}",
    ]
    terminal.result(data, lines)
    if strict and not fidelity.met:
        raise typer.Exit(UNSUPPORTED)


def estimate(terminal: Terminal, program: Program) -> None:
    """What a proof will cost, before anything is proven."""
    with terminal.meter("estimate"):
        model = intaglio.load(program)
        e = model.estimate()
    data = {
        "prove_seconds": e.prove_seconds,
        "verify_seconds": e.verify_seconds,
        "memory_bytes": e.memory_bytes,
        "proof_bytes": e.proof_bytes,
    }
    total = sum(e.by_node.values()) or 1
    lines = [
        f"prove {e.prove_seconds * 1e3:.1f} ms, verify {e.verify_seconds * 1e3:.1f} ms, "
        f"memory {e.memory_bytes / 2**20:.0f} MiB, proof {e.proof_bytes} bytes",
        *(f"  {count / total:6.1%}  {name}" for name, count in sorted(e.by_node.items(), key=lambda i: -i[1])[:8]),
    ]
    terminal.result(data, lines)
    try:
        model.check_memory()
    except ResourceLimit as error:
        # the figures are the result; that they are too large is told beside them
        print(f"ResourceLimit: {error}", file=sys.stderr)
        raise typer.Exit(LIMIT) from error


def commit(
    terminal: Terminal,
    program: Program,
    output: Out,
    public: Annotated[Path, typer.Option(help="Where to write the public commitment.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Commit to a model: a secret to prove with, and a public commitment."""
    require_writable(output, public)
    passphrase = read_passphrase(passphrase_file)
    start = time.perf_counter()
    with terminal.meter("commit") as tell:
        secret, commitment = intaglio.load(program).commit(passphrase, progress=tell)
    seconds = time.perf_counter() - start
    secret.save(output)
    commitment.save(public)
    data = {"id": commitment.id.hex(), "public_bytes": len(commitment.to_bytes()), "seconds": seconds}
    terminal.result(data, [f"model {commitment.id.hex()}", f"{public}: {data['public_bytes']} bytes, {seconds:.2f} s"])


def run(terminal: Terminal, program: Program, input: InputArrays) -> None:
    """Run the integer program without a proof."""
    with terminal.meter("run"):
        outputs = intaglio.load(program).run(read_arrays(input))
    terminal.result({"outputs": as_lists(outputs)}, as_lines(outputs))


def inspect(terminal: Terminal, file: Annotated[Path, typer.Argument(help="Any file of ours.")]) -> None:
    """What a file is and says; nothing secret."""
    with terminal.meter("inspect"), named(file):
        described = json.loads(_core.inspect(read_file(file)))
    terminal.result(described, [json.dumps(described, indent=2)])
