"""Verifying evidence against a checked model (`protocol.md` §12)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from argument.curve import in_subgroup
from argument.verification import Bound, check
from commitment import Model
from errors import SpecificationError
from lower.boundary import BOUNDARY_WIDTH_VARS, Level
from lower.cells import vars_for
from rejection import RejectionError, Stage
from statement import Boundary, Statement, read_evidence

MIN_SECURITY_BITS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the verifier asked for, and what it demands."""

    nonce: bytes | None = None
    audience: str | None = None
    min_security_bits: int = MIN_SECURITY_BITS


@dataclass(frozen=True, slots=True)
class Verified:
    """What accepted evidence established."""

    statement: Statement
    security_bits: int


def boundary_rows(cells: int) -> int:
    """Rows of a committed tensor."""
    return 1 << max(vars_for(cells) - BOUNDARY_WIDTH_VARS, 0)


def verify(data: bytes, model: Model, request: Request) -> Verified:
    """Checks evidence.

    Raises:
        RejectionError: with the stage.
    """
    try:
        statement, proof = read_evidence(data)
    except SpecificationError as reason:
        raise RejectionError(Stage.DECODE, str(reason)) from reason
    if statement.nonce != request.nonce:
        raise RejectionError(Stage.STATEMENT, "another nonce than was asked for")
    if statement.audience != request.audience:
        raise RejectionError(Stage.STATEMENT, "another audience than was asked for")
    if statement.model != model.identity:
        raise RejectionError(Stage.MODEL, "the evidence is about another model")
    _check_boundaries(model, statement)
    plan = model.plan(statement.visibility)
    if plan.security_bits < request.min_security_bits:
        least = request.min_security_bits
        raise RejectionError(Stage.POLICY, f"{plan.security_bits} bits of soundness, {least} are demanded")
    sides = (*statement.inputs, *statement.outputs)
    publics = [b.cells for b in sides if b.level is Level.PUBLIC]
    imported = [model.rows, *(b.rows for b in sides if b.level is Level.COMMITTED)]
    check(plan, Bound(statement.context, publics, imported), proof)
    return Verified(statement, plan.security_bits)


def _check_boundaries(model: Model, statement: Statement) -> None:
    program = model.program
    if (len(statement.inputs), len(statement.outputs)) != (len(program.inputs), len(program.outputs)):
        raise RejectionError(Stage.STATEMENT, "other numbers of inputs or outputs than the program's")
    for given, boundary in zip(program.inputs, statement.inputs, strict=True):
        _check_boundary(given.name, prod(given.shape), boundary)
        if not all(given.low <= cell <= given.high for cell in boundary.cells):
            raise RejectionError(Stage.STATEMENT, f"'{given.name}' shows a cell outside its declared range")
    for output, boundary in zip(program.outputs, statement.outputs, strict=True):
        _check_boundary(output.name, prod(program.values[output.value].shape), boundary)


def _check_boundary(name: str, cells: int, boundary: Boundary) -> None:
    if boundary.level is Level.PUBLIC and len(boundary.cells) != cells:
        raise RejectionError(Stage.STATEMENT, f"'{name}' shows {len(boundary.cells)} cells, it has {cells}")
    if boundary.level is Level.COMMITTED and len(boundary.rows) != boundary_rows(cells):
        rows = boundary_rows(cells)
        raise RejectionError(Stage.STATEMENT, f"'{name}' commits to {len(boundary.rows)} rows, it has {rows}")
    if not all(map(in_subgroup, boundary.rows)):
        raise RejectionError(Stage.STATEMENT, f"'{name}' commits to a row with a part of small order")
