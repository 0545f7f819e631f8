"""Verifies evidence with nothing but Python's standard library: the second verifier, from the command line.

From this folder:

    python -m verify run.evidence --commitment digits.commitment --nonce 00ff --audience buyer
    python -m verify run.evidence --commitment digits.commitment --opening image.opening
    python -m verify run.evidence --commitment digits.commitment --policy policy.toml --json

or `python spec/reference/verify.py …` from anywhere. Flags, JSON and exit codes are those of `intaglio verify`: 0
verified, 1 rejected, 2 usage or a file that cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ldexp, prod
from pathlib import Path
from typing import Any

from commitment import Model, check_model
from evidence import MIN_SECURITY_BITS, Request, Verified, verify
from lower.boundary import Level
from opening import committed_of, opening_name, verify_opening
from quantisation import to_numbers
from rejection import RejectionError, Stage
from tensors import Shape

VERIFIED, REJECTED, USAGE = 0, 1, 2
MODEL_ID = re.compile("[0-9a-fA-F]{64}")


class UsageError(Exception):
    """A flag or a file that means nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is demanded beyond truth."""

    min_security_bits: int = MIN_SECURITY_BITS
    require_public_outputs: bool = False
    models: tuple[str, ...] = ()

    @staticmethod
    def read(text: str) -> Policy:
        """From TOML.

        Raises:
            UsageError: no TOML, or keys or values that a policy does not have.
        """
        try:
            told = tomllib.loads(text)
            models = told.pop("models", [])
            # a budget of the product's; this verifier is slow anyway
            told.pop("max_work", None)
            policy = Policy(**told, models=tuple(models))
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise UsageError(f"policy: {error}") from error
        if type(policy.min_security_bits) is not int or type(policy.require_public_outputs) is not bool:
            raise UsageError("policy: min_security_bits is a number, require_public_outputs true or false")
        if not all(isinstance(model, str) and MODEL_ID.fullmatch(model) for model in policy.models):
            raise UsageError("policy: models is a list of model ids, each of 64 hexadecimal digits")
        return policy


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    asked = _parser().parse_args(arguments)
    start = time.perf_counter()
    try:
        report = {"verified": True, "check": None, "reason": None, **_run(asked)}
    except RejectionError as error:
        report = {"verified": False, "check": error.stage.value, "reason": error.reason, "outputs": None}
        report |= {"security_bits": None, "unproven_nodes": []}
    except (UsageError, OSError) as error:
        if asked.json:
            print(json.dumps({"error": type(error).__name__, "message": str(error), "nodes": []}))
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return USAGE
    report["seconds"] = time.perf_counter() - start
    print(json.dumps(report) if asked.json else "\n".join(_lines(report)))
    return VERIFIED if report["verified"] else REJECTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m verify", description="Check evidence against a model commitment.")
    parser.add_argument("evidence", type=Path)
    parser.add_argument("--commitment", type=Path, required=True, help="the model commitment that it must be about")
    parser.add_argument("--opening", type=Path, help="an opening of a committed input or output")
    parser.add_argument("--nonce", help="the verifier's nonce, hexadecimal")
    parser.add_argument("--audience", help="whom the evidence is for")
    parser.add_argument("--policy", type=Path, help="a policy in TOML")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _run(asked: argparse.Namespace) -> dict[str, Any]:
    """What was established."""
    try:
        nonce = None if asked.nonce is None else bytes.fromhex(asked.nonce)
        policy = Policy() if asked.policy is None else Policy.read(asked.policy.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"--nonce or --policy: {error}") from error
    commitment, evidence = asked.commitment.read_bytes(), asked.evidence.read_bytes()
    try:
        model = check_model(commitment)
    except RejectionError as error:
        if error.stage is Stage.DECODE:
            # whoever passes it takes it for a commitment: that is no verdict on the evidence
            raise UsageError(f"commitment: {error.reason}") from error
        raise
    if policy.models and model.identity.hex() not in {known.lower() for known in policy.models}:
        raise RejectionError(Stage.POLICY, "the model is not among those that the policy accepts")
    request = Request(nonce=nonce, audience=asked.audience, min_security_bits=policy.min_security_bits)
    verified = verify(evidence, model, request)
    if policy.require_public_outputs and any(b.level is not Level.PUBLIC for b in verified.statement.outputs):
        raise RejectionError(Stage.POLICY, "the policy demands public outputs")
    report = _report(model, verified)
    if asked.opening is not None:
        report |= _opened(model, verified, asked.opening.read_bytes())
    return report


def _report(model: Model, verified: Verified) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for output, boundary in zip(model.program.outputs, verified.statement.outputs, strict=True):
        shape = model.program.values[output.value].shape
        public = boundary.level is Level.PUBLIC
        outputs[output.name] = _nested(shape, to_numbers(output, boundary.cells)) if public else None
    return {
        "outputs": outputs,
        "security_bits": verified.security_bits,
        "unproven_nodes": [],
        "model": verified.statement.model.hex(),
        "statement": verified.statement.digest.hex(),
    }


def _opened(model: Model, verified: Verified, data: bytes) -> dict[str, Any]:
    """Elements of the tensor that the opening names."""
    name = opening_name(data)
    # an output before an input of the same name
    known = reversed(committed_of(model, verified))
    committed = next((own for own in known if own.name == name), None)
    if committed is None:
        raise RejectionError(Stage.STATEMENT, f"the evidence commits to no {name!r}")
    opened = verify_opening(data, committed)
    elements = {str(index): ldexp(value, -committed.exponent) for index, value in opened.elements}
    return {"name": name, "elements": elements}


def _nested(shape: Shape, cells: Sequence[Any]) -> Any:
    """Nested lists, row-major."""
    if not shape:
        return cells[0]
    step = prod(shape[1:])
    return [_nested(shape[1:], cells[at * step : (at + 1) * step]) for at in range(shape[0])]


def _lines(report: dict[str, Any]) -> list[str]:
    if not report["verified"]:
        return [f"REJECTED at {report['check']}: {report['reason']}"]
    outputs = [f"  {name}: {'not public' if told is None else told}" for name, told in report["outputs"].items()]
    elements = [f"  [{index}] = {value:g}" for index, value in report.get("elements", {}).items()]
    return [
        f"verified: model {report['model']} was run as committed",
        *outputs,
        *([f"opened: {report['name']}", *elements] if elements else []),
        f"{report['security_bits']} bits of security, {report['seconds'] * 1e3:.1f} ms",
        "not proven: that the model is accurate, fair or well trained",
    ]


if __name__ == "__main__":
    sys.exit(main())
