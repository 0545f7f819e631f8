"""Openings of committed inputs and outputs (`format.md` §5, `protocol.md` §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from argument.curve import Point, in_subgroup
from argument.plan import Plan
from argument.verification import Bound, check
from commitment import Model
from errors import SpecificationError
from evidence import Verified, boundary_rows
from lower.boundary import Level
from lower.opening import opening_system
from program_bytes import Reader
from rejection import RejectionError, Stage
from tensors import Shape

OPENING = b"INTAGLIO-OPENING"
MAX_CELLS = 2**24


@dataclass(frozen=True, slots=True)
class Committed:
    """A committed input or output of verified evidence; name, shape and exponent are the checked model's."""

    name: str
    shape: Shape
    exponent: int
    rows: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Opened:
    """What an accepted opening shows: `(row-major index, integer)`."""

    committed: Committed
    elements: list[tuple[int, int]]


def committed_of(model: Model, verified: Verified) -> list[Committed]:
    """The committed inputs and outputs, in order."""
    program, statement = model.program, verified.statement
    named = [(given.name, given.shape, given.exponent) for given in program.inputs]
    named += [(output.name, program.values[output.value].shape, output.exponent) for output in program.outputs]
    sides = zip(named, (*statement.inputs, *statement.outputs), strict=True)
    return [Committed(*own, boundary.rows) for own, boundary in sides if boundary.level is Level.COMMITTED]


def opening_name(data: bytes) -> str:
    """Which tensor an opening says it is of.

    Raises:
        RejectionError: at stage decode.
    """
    return _read(data)[0].name


def verify_opening(data: bytes, committed: Committed) -> Opened:
    """Checks an opening.

    Raises:
        RejectionError: at stage decode, statement or closing.
    """
    told, elements, context, proof = _read(data)
    if (told.name, told.shape, told.exponent) != (committed.name, committed.shape, committed.exponent):
        raise RejectionError(Stage.STATEMENT, "the opening is of another tensor, shape or exponent than the commitment")
    count = prod(told.shape)
    if not 0 < count <= MAX_CELLS or len(committed.rows) != boundary_rows(count):
        raise RejectionError(Stage.STATEMENT, "the opening is of another shape than the commitment")
    indices = [index for index, _ in elements]
    if not indices or indices[-1] >= count or any(a >= b for a, b in pairwise(indices)):
        raise RejectionError(Stage.STATEMENT, "the shown elements must be distinct, in order, and inside the tensor")
    if not all(map(in_subgroup, committed.rows)):
        raise RejectionError(Stage.STATEMENT, "the commitment has a part of small order")
    shown, cells = [0] * count, [0] * count
    for index, value in elements:
        shown[index], cells[index] = 1, value
    check(Plan.of(opening_system(told.shape)), Bound(context, [shown, cells], [committed.rows]), proof)
    return Opened(committed, elements)


def _read(data: bytes) -> tuple[Committed, list[tuple[int, int]], bytes, bytes]:
    """Name, shape and exponent; elements; the statement's bytes; the proof."""
    try:
        r = Reader(data)
        r.head(OPENING)
        start = r.at
        told = Committed(r.text(), r.sizes(), r.i32(), [])
        elements = r.list(12, lambda: (r.u32(), r.i64()))
        context = data[start : r.at]
        proof = r.blob()
        r.end()
    except SpecificationError as reason:
        raise RejectionError(Stage.DECODE, str(reason)) from reason
    return told, elements, context, proof
