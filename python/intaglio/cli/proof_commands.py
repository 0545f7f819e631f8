"""Commands about proofs: prove, verify, open, verify-opening."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import Annotated, Any

import typer

import intaglio
from intaglio.cli.options import AudienceText, CommitmentFile, InputArrays, Nonce, NoReceipts, Out, PassphraseFile
from intaglio.cli.shared import command
from intaglio.cli.terminal import REJECTED, Terminal
from intaglio.cli.values import (
    as_lines,
    as_lists,
    read_arrays,
    read_hex,
    read_levels,
    read_openings,
    read_passphrase,
    read_reuse,
    read_text,
)
from intaglio.errors import InvalidInput, Rejected
from intaglio.files import PUBLIC, read_file, require_writable, write_whole
from intaglio.policy import Policy, Visibility

LEVEL_HELP = "public, committed or private; name=word for one of several."
NO_RECEIPTS = "INTAGLIO_NO_RECEIPTS"
"""Set to anything, this does what `--no-receipts` does."""


def add_to(app: typer.Typer) -> None:
    """Adds these commands, in order."""
    for body in (prove, verify):
        command(app)(body)
    command(app, "open")(open_)
    command(app, "verify-opening")(verify_opening)


def prove(
    terminal: Terminal,
    secret: Annotated[Path, typer.Argument(help="The secret of a committed model.")],
    input: InputArrays,
    output: Out,
    input_visibility: Annotated[list[str] | None, typer.Option(help=LEVEL_HELP)] = None,
    output_visibility: Annotated[list[str] | None, typer.Option(help=LEVEL_HELP)] = None,
    input_commitment: Annotated[
        list[str] | None,
        typer.Option(help="[input=]FILE[:tensor]: openings of an earlier proof, whose commitment the input keeps."),
    ] = None,
    nonce: Nonce = None,
    audience: AudienceText = None,
    openings: Annotated[Path | None, typer.Option(help="Where to write what opens committed tensors.")] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Prove one run of a committed model."""
    require_writable(output, *([openings] if openings else []))
    passphrase = read_passphrase(passphrase_file)
    start = time.perf_counter()
    with terminal.meter("load") as tell:
        loaded = intaglio.Secret.load(secret, passphrase=passphrase)
        ports = loaded.interface
        seen = read_levels(input_visibility or ["private"], [port.name for port in ports.inputs])
        shown = read_levels(output_visibility or ["public"], [port.name for port in ports.outputs])
        if "committed" in (*seen.values(), *shown.values()) and openings is None:
            raise InvalidInput("a committed input or output needs --openings: without that file it can never be opened")
        arrays = read_arrays(input)
        reuse = read_reuse(input_commitment or [], [port.name for port in ports.inputs], passphrase)
        start = time.perf_counter()
        made = intaglio.prove(
            loaded,
            arrays,
            visibility=Visibility(input=seen, output=shown),
            nonce=read_hex(nonce),
            audience=audience,
            input_commitment=reuse,
            progress=tell,
        )
        seconds = time.perf_counter() - start
    if openings is not None and made.openings is not None:
        made.openings.save(openings)
    made.save(output)
    data = {
        "seconds": seconds,
        "proof_bytes": made.proof_bytes,
        "evidence_bytes": len(made.data),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "saturated": dict(made.saturated),
    }
    lines = [f"{output}: {len(made.data)} bytes, {seconds * 1e3:.1f} ms"]
    if made.saturated:
        lines.append(f"saturated values: {dict(made.saturated)}")
    terminal.result(data, lines)


def _load_commitment(path: Path, *, no_receipts: bool, rules: Policy | None = None) -> intaglio.Commitment:
    again = no_receipts or bool(os.environ.get(NO_RECEIPTS))
    max_work = (rules or Policy()).max_work
    return intaglio.Commitment.load(path, receipts=None if again else intaglio.Receipts(), max_work=max_work)


def verify(
    terminal: Terminal,
    evidence: Annotated[Path, typer.Argument(help="Evidence.")],
    commitment: CommitmentFile,
    nonce: Nonce = None,
    audience: AudienceText = None,
    policy: Annotated[Path | None, typer.Option(help="A policy in TOML.")] = None,
    no_receipts: NoReceipts = False,
) -> None:
    """Check evidence against a model commitment."""
    rules = None if policy is None else Policy.from_toml(read_text(policy))
    asked = read_hex(nonce)
    data = read_file(evidence)
    start = time.perf_counter()
    try:
        with terminal.meter("verify"):
            model = _load_commitment(commitment, no_receipts=no_receipts, rules=rules)
            start = time.perf_counter()
            found = intaglio.verify(data, commitment=model, nonce=asked, audience=audience, policy=rules)
    except Rejected as error:
        seconds = time.perf_counter() - start
        refused: dict[str, Any] = {"verified": False, "check": error.check, "reason": error.reason, "outputs": None}
        refused |= {"security_bits": None, "unproven_nodes": [], "seconds": seconds}
        terminal.result(refused, [f"REJECTED at {error.check}: {error.reason}"])
        raise typer.Exit(REJECTED) from error
    seconds = time.perf_counter() - start
    result = {
        "verified": True,
        "check": None,
        "reason": None,
        "outputs": as_lists(found.outputs),
        "security_bits": found.security_bits,
        "unproven_nodes": list(found.unproven_nodes),
        "seconds": seconds,
    }
    lines = [
        f"verified: model {found.model} was run as committed",
        *as_lines(found.outputs),
        f"{found.security_bits} bits of security, {seconds * 1e3:.1f} ms",
        "not proven: that the model is accurate, fair or well trained",
    ]
    terminal.result(result, lines)


def open_(
    terminal: Terminal,
    openings: Annotated[Path, typer.Argument(help="What opens the committed tensors of a proof.")],
    name: Annotated[str, typer.Option(help="Which input or output.")],
    output: Out,
    element: Annotated[list[int] | None, typer.Option(help="Row-major index; all elements if left out.")] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show elements of a committed input or output."""
    require_writable(output)
    with terminal.meter("open"):
        loaded = read_openings(openings, read_passphrase(passphrase_file))
        opening = intaglio.open_commitment(loaded, name, elements=element or [])
    write_whole(output, opening, mode=PUBLIC)
    terminal.result({"opening_bytes": len(opening)}, [f"{output}: {len(opening)} bytes"])


def verify_opening(
    terminal: Terminal,
    opening: Annotated[Path, typer.Argument(help="An opening.")],
    evidence: Annotated[Path, typer.Option(help="The evidence that carries the commitment.")],
    commitment: CommitmentFile,
    nonce: Nonce = None,
    audience: AudienceText = None,
    no_receipts: NoReceipts = False,
) -> None:
    """Check an opening against verified evidence."""
    asked = read_hex(nonce)
    data, shown = read_file(evidence), read_file(opening)
    try:
        with terminal.meter("verify"):
            model = _load_commitment(commitment, no_receipts=no_receipts)
            found = intaglio.verify(data, commitment=model, nonce=asked, audience=audience)
            opened = intaglio.verify_opening(shown, {**found.input_commitment, **found.output_commitment})
    except Rejected as error:
        terminal.result(
            {"verified": False, "check": error.check, "reason": error.reason, "name": None, "elements": None},
            [f"REJECTED at {error.check}: {error.reason}"],
        )
        raise typer.Exit(REJECTED) from error
    elements = {str(index): value for index, value in opened.elements.items()}
    lines = [f"verified: {opened.name}", *(f"  [{index}] = {value:g}" for index, value in elements.items())]
    terminal.result({"verified": True, "check": None, "reason": None, "name": opened.name, "elements": elements}, lines)
