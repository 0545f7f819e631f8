"""Commands about Aleo: compile, estimate, prove, verify circuits; a development chain."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import intaglio
from intaglio import aleo
from intaglio.cli.options import InputArrays, Out
from intaglio.cli.shared import command
from intaglio.cli.terminal import LIMIT, REJECTED, Terminal
from intaglio.cli.values import as_lines, as_lists, read_arrays, read_hex
from intaglio.errors import InvalidInput, Rejected
from intaglio.files import SECRET, read_file, require_writable, write_whole

Program = Annotated[Path, typer.Argument(help="A compiled model.")]
Weights = Annotated[str, typer.Option(help="baked or private")]
Inputs = Annotated[str, typer.Option(help="shown, hidden or committed in the statement")]
Context = Annotated[str | None, typer.Option(help="At most 31 bytes that the proof binds, hexadecimal.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group `aleo`."""
    group = typer.Typer(no_args_is_help=True, help="Models as circuits that the Aleo chain verifies.")
    for body in (compile, estimate, prove, verify, devnet):
        command(group)(body)
    app.add_typer(group, name="aleo")


def _weights(word: str) -> Literal["baked", "private"]:
    match word:
        case "baked" | "private":
            return word
        case _:
            raise InvalidInput(f"--weights {word!r}: baked or private")


def _inputs(word: str) -> Literal["shown", "hidden", "committed"]:
    match word:
        case "shown" | "hidden" | "committed":
            return word
        case _:
            raise InvalidInput(f"--inputs {word!r}: shown, hidden or committed")


def compile(
    terminal: Terminal,
    program: Program,
    output: Out,
    secret: Annotated[Path, typer.Option(help="Where to write what proves: weights and salt.")],
    weights: Weights = "baked",
    inputs: Inputs = "hidden",
) -> None:
    """Make the keys of a model's circuit."""
    require_writable(output, secret)
    start = time.perf_counter()
    with terminal.meter("compile") as tell:
        model = intaglio.load(program)
        tell("keys", 0.1)
        made, public = aleo.compile(model, weights=_weights(weights), inputs=_inputs(inputs))
    made.save(secret)
    public.save(output)
    data = {"model": public.model, "verifying_key": public.verifying_key.hex(), "seconds": time.perf_counter() - start}
    terminal.result(data, [f"{output}: model {public.model}"])


def estimate(terminal: Terminal, program: Program, weights: Weights = "baked", inputs: Inputs = "hidden") -> None:
    """What a model's circuit takes, before any key is made."""
    with terminal.meter("estimate"):
        told = aleo.estimate(intaglio.load(program), weights=_weights(weights), inputs=_inputs(inputs))
    a, b, c = told.non_zeros
    lines = [
        f"{told.constraints} constraints, {told.variables} variables, {a} / {b} / {c} non-zeros",
        f"needs 2^{told.powers_needed} powers, 2^{told.powers_available} are there",
        told.reason or "fits",
    ]
    terminal.result(asdict(told), lines)
    if not told.fits:
        raise typer.Exit(LIMIT)


def prove(
    terminal: Terminal,
    secret: Annotated[Path, typer.Argument(help="The secret of a circuit.")],
    input: InputArrays,
    output: Out,
    context: Context = None,
    input_salt: Annotated[Path | None, typer.Option(help="Where to write what opens a committed input.")] = None,
) -> None:
    """Prove one run for the chain."""
    require_writable(output, *([input_salt] if input_salt else []))
    bound = read_hex(context, "--context") or b""
    start = time.perf_counter()
    with terminal.meter("prove") as tell:
        loaded = aleo.CircuitSecret.load(secret)
        if loaded.inputs == "committed" and input_salt is None:
            raise InvalidInput("inputs are committed: say with --input-salt where to write what opens them")
        tell("keys and proof", 0.1)
        evidence = aleo.prove(loaded, read_arrays(input), context=bound)
    if evidence.input_salt is not None and input_salt is not None:
        write_whole(input_salt, evidence.input_salt, mode=SECRET)
    evidence.save(output)
    seconds = time.perf_counter() - start
    data = {"seconds": seconds, "proof_bytes": len(evidence.proof), "public_values": list(evidence.public_values)}
    terminal.result(data, [f"{output}: {len(evidence.proof)} bytes of proof in {seconds:.1f} s"])


def verify(
    terminal: Terminal,
    evidence: Annotated[Path, typer.Argument(help="Evidence of a circuit.")],
    circuit: Annotated[Path, typer.Option(help="The circuit that it must be about.")],
    context: Context = None,
) -> None:
    """Check a proof off chain."""
    public = aleo.Circuit.load(circuit)
    bound = read_hex(context, "--context") or b""
    data: dict[str, Any]
    try:
        verified = aleo.verify(read_file(evidence), circuit=public, context=bound)
    except Rejected as refusal:
        data = {"verified": False, "check": refusal.check, "reason": refusal.reason, "outputs": None}
        terminal.result(data, [f"REJECTED at {refusal.check}: {refusal.reason}"])
        raise typer.Exit(REJECTED) from refusal
    data = {
        "verified": True,
        "check": None,
        "reason": None,
        "outputs": as_lists(verified.outputs),
        "input_commitment": verified.input_commitment,
        "model": verified.model,
    }
    terminal.result(data, ["verified", *as_lines(verified.outputs)])


def devnet(
    terminal: Terminal,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 3030,
    block_seconds: Annotated[float, typer.Option(min=0.0, help="How long transactions wait for others.")] = 0.2,
) -> None:
    """Run a development chain with the routes of a node, until interrupted. Nothing on it is worth anything."""
    with aleo.DevNet(port=port, block_seconds=block_seconds) as net:
        own = net.account
        data = {"url": net.url, "network": "testnet", "address": own.address, "private_key": own.private_key}
        lines = [
            f"{net.url}/testnet: a chain in memory with our contracts; Ctrl-C ends it, and all that is on it",
            f"an account with funds, known to everybody: {own.private_key}",
        ]
        terminal.result(data, lines)
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
