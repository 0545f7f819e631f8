"""The commands."""

from __future__ import annotations

import resource
import sys
import time
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

import intaglio
from intaglio import _core
from intaglio.cli.terminal import DONE, UNSUPPORTED, USAGE, Terminal
from intaglio.cli.values import as_lines, as_lists, read_arrays, read_hex, read_passphrase, read_shapes
from intaglio.errors import InvalidInput, Rejected
from intaglio.files import PUBLIC, read_file, write_whole
from intaglio.policy import Level, Policy, Visibility
from intaglio.proof import Openings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Prove that a committed model, run on an input, gave an output; weights and input stay private.",
)


class Words(StrEnum):
    """Who sees an input or output."""

    public = "public"
    committed = "committed"
    private = "private"


Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
Threads = Annotated[int, typer.Option("--threads", min=0, help="Worker threads; 0 takes all cores.")]
Out = Annotated[Path, typer.Option("-o", "--output", help="Where to write.")]
PassphraseFile = Annotated[Path | None, typer.Option(help="File whose first line encrypts the secret.")]
Nonce = Annotated[str | None, typer.Option(help="The verifier's nonce, hexadecimal.")]
AudienceText = Annotated[str | None, typer.Option("--audience", help="Whom the evidence is for.")]

_state: dict[str, Terminal] = {"terminal": Terminal()}


def _start(as_json: bool, quiet: bool, threads: int) -> Terminal:
    terminal = Terminal(as_json=as_json, quiet=quiet)
    _state["terminal"] = terminal
    if threads:
        _core.set_threads(threads)
    return terminal


@app.command()
def compile(
    model: Annotated[Path, typer.Argument(help="An ONNX model.")],
    calibration: Annotated[Path, typer.Option(help="An .npz with real samples of each input.")],
    output: Out,
    shape: Annotated[list[str] | None, typer.Option(help="name=1,3,224,224 for symbolic axes.")] = None,
    label_agreement: Annotated[float, typer.Option(min=0.0, max=1.0, help="Target on held-out data.")] = 0.0,
    max_error: Annotated[float, typer.Option(min=0.0, help="Target on held-out data, 0 for none.")] = 0.0,
    overflow: Annotated[str, typer.Option(help="saturate or refuse")] = "saturate",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if the target is missed.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Compile an ONNX model to an integer program."""
    terminal = _start(as_json, quiet, threads)
    if overflow not in ("saturate", "refuse"):
        raise InvalidInput(f"--overflow {overflow!r}: saturate or refuse")
    target = intaglio.Fidelity(label_agreement=label_agreement, max_error=max_error or float("inf"))
    with warnings.catch_warnings(record=True) as missed:
        warnings.simplefilter("always")
        made = intaglio.compile(
            model,
            calibration=read_arrays(calibration),
            shapes=read_shapes(shape or []),
            target=target,
            overflow="refuse" if overflow == "refuse" else "saturate",
            progress=terminal.progress(),
        )
    made.save(output)
    for warning in missed:
        print(f"warning: {warning.message}", file=sys.stderr)
    fidelity = made.fidelity
    data = {
        "fidelity": {**fidelity.as_dict(), "met": fidelity.met, "limiting": list(fidelity.limiting)},
        "parameters": made.parameters,
        "nodes": made._metadata["nodes"],
    }
    part = "held-out" if fidelity.held_out else "calibration (nothing was held out: fewer than 6 samples)"
    agreement = "no labels" if fidelity.label_agreement is None else f"label agreement {fidelity.label_agreement:.4f}"
    lines = [
        f"{output}: {made.parameters} parameters",
        f"on {fidelity.judged.samples} {part} samples: {agreement}, largest error {fidelity.max_error:.2e}",
    ]
    terminal.result(data, lines)
    if strict and not fidelity.met:
        raise typer.Exit(UNSUPPORTED)


@app.command()
def estimate(
    program: Annotated[Path, typer.Argument(help="A compiled program.")],
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """What a proof will cost, before anything is proven."""
    terminal = _start(as_json, quiet, threads)
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
    model.check_memory()


@app.command()
def commit(
    program: Annotated[Path, typer.Argument(help="A compiled program.")],
    output: Out,
    public: Annotated[Path, typer.Option(help="Where to write the public commitment.")],
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Commit to a model: a secret to prove with, and a public commitment."""
    terminal = _start(as_json, quiet, threads)
    start = time.perf_counter()
    secret, commitment = intaglio.load(program).commit(progress=terminal.progress())
    seconds = time.perf_counter() - start
    secret.save(output, passphrase=read_passphrase(passphrase_file))
    commitment.save(public)
    data = {"id": commitment.id.hex(), "public_bytes": len(commitment.to_bytes()), "seconds": seconds}
    terminal.result(data, [f"model {commitment.id.hex()}", f"{public}: {data['public_bytes']} bytes, {seconds:.2f} s"])


@app.command()
def prove(
    secret: Annotated[Path, typer.Argument(help="The secret of a committed model.")],
    input: Annotated[Path, typer.Option(help="An .npz with one array for each input.")],
    output: Out,
    input_visibility: Annotated[Words, typer.Option()] = Words.private,
    output_visibility: Annotated[Words, typer.Option()] = Words.public,
    nonce: Nonce = None,
    audience: AudienceText = None,
    openings: Annotated[Path | None, typer.Option(help="Where to write what opens committed tensors.")] = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Prove one run of a committed model."""
    terminal = _start(as_json, quiet, threads)
    committed = Words.committed in (input_visibility, output_visibility)
    if committed and openings is None:
        raise InvalidInput("a committed input or output needs --openings: without that file it can never be opened")
    passphrase = read_passphrase(passphrase_file)
    loaded = intaglio.Secret.load(secret, passphrase=passphrase)
    seen: Level = input_visibility.value
    shown: Level = output_visibility.value
    start = time.perf_counter()
    made = intaglio.prove(
        loaded,
        read_arrays(input),
        visibility=Visibility(input=seen, output=shown),
        nonce=read_hex(nonce),
        audience=audience,
        passphrase=passphrase,
        progress=terminal.progress(),
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


@app.command()
def verify(
    evidence: Annotated[Path, typer.Argument(help="Evidence.")],
    commitment: Annotated[Path, typer.Option(help="The model commitment that it must be about.")],
    nonce: Nonce = None,
    audience: AudienceText = None,
    policy: Annotated[Path | None, typer.Option(help="A policy in TOML.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Check evidence against a model commitment."""
    terminal = _start(as_json, quiet, threads)
    rules = None if policy is None else Policy.from_toml(_text(policy))
    model = intaglio.Commitment.load(commitment)
    data = read_file(evidence)
    start = time.perf_counter()
    try:
        found = intaglio.verify(data, commitment=model, nonce=read_hex(nonce), audience=audience, policy=rules)
    except Rejected as error:
        seconds = time.perf_counter() - start
        refused: dict[str, Any] = {"verified": False, "check": error.check, "reason": error.reason, "outputs": None}
        refused |= {"security_bits": None, "unproven_nodes": [], "seconds": seconds}
        terminal.result(refused, [f"REJECTED at {error.check}: {error.reason}"])
        raise typer.Exit(1) from error
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


@app.command()
def run(
    program: Annotated[Path, typer.Argument(help="A compiled program.")],
    input: Annotated[Path, typer.Option(help="An .npz with one array for each input.")],
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Run the integer program without a proof."""
    terminal = _start(as_json, quiet, threads)
    outputs = intaglio.load(program).run(read_arrays(input))
    terminal.result({"outputs": as_lists(outputs)}, as_lines(outputs))


@app.command("open")
def open_(
    openings: Annotated[Path, typer.Argument(help="What opens the committed tensors of a proof.")],
    name: Annotated[str, typer.Option(help="Which input or output.")],
    output: Out,
    element: Annotated[list[int] | None, typer.Option(help="Row-major index; all elements if left out.")] = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Show elements of a committed input or output."""
    terminal = _start(as_json, quiet, threads)
    loaded = Openings.load(openings, passphrase=read_passphrase(passphrase_file))
    opening = intaglio.open_commitment(loaded, name, elements=element or [])
    write_whole(output, opening, mode=PUBLIC)
    terminal.result({"opening_bytes": len(opening)}, [f"{output}: {len(opening)} bytes"])


@app.command("verify-opening")
def verify_opening(
    opening: Annotated[Path, typer.Argument(help="An opening.")],
    evidence: Annotated[Path, typer.Option(help="The evidence that carries the commitment.")],
    commitment: Annotated[Path, typer.Option(help="The model commitment.")],
    nonce: Nonce = None,
    audience: AudienceText = None,
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """Check an opening against verified evidence."""
    terminal = _start(as_json, quiet, threads)
    model = intaglio.Commitment.load(commitment)
    data, shown = read_file(evidence), read_file(opening)
    try:
        found = intaglio.verify(data, commitment=model, nonce=read_hex(nonce), audience=audience)
        opened = intaglio.verify_opening(shown, {**found.input_commitment, **found.output_commitment})
    except Rejected as error:
        terminal.result(
            {"verified": False, "check": error.check, "reason": error.reason, "elements": None},
            [f"REJECTED at {error.check}: {error.reason}"],
        )
        raise typer.Exit(1) from error
    elements = {str(index): value for index, value in opened.elements.items()}
    lines = [f"verified: {opened.name}", *(f"  [{index}] = {value:g}" for index, value in elements.items())]
    terminal.result({"verified": True, "check": None, "reason": None, "name": opened.name, "elements": elements}, lines)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="Any file of ours.")],
    as_json: Json = False,
    quiet: Quiet = False,
    threads: Threads = 0,
) -> None:
    """What a file is and says; nothing secret."""
    import json

    terminal = _start(as_json, quiet, threads)
    described = json.loads(_core.inspect(read_file(file)))
    terminal.result(described, [json.dumps(described, indent=2)])


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is no text: {error}") from error


def main() -> None:
    """The console script: every failure becomes one line and an exit code."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else DONE)
    except Abort:
        sys.exit(_state["terminal"].failure(KeyboardInterrupt("interrupted")))
    except TyperException as error:
        print(f"usage: {error}", file=sys.stderr)
        sys.exit(USAGE)
    except (KeyboardInterrupt, intaglio.IntaglioError, MemoryError) as error:
        sys.exit(_state["terminal"].failure(error))
