"""Verifying one proof: statement and first message into the transcript, the schedule, the closing equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rejection import RejectionError, Stage

from argument.closing import Combined, holds
from argument.curve import Point
from argument.encoding import EncodingError, encode_point
from argument.generators import LABEL
from argument.party import Reading
from argument.plan import Plan
from argument.proof import Proof
from argument.schedule import run_schedule
from argument.system import Origin, Values
from argument.transcript import Transcript, digest, le64

PROTOCOL = b"intaglio-argument/1"


@dataclass(frozen=True, slots=True)
class Bound:
    """Everything public that a proof is bound to (`protocol.md` §5)."""

    context: bytes
    publics: Sequence[Sequence[int]]
    imported: Sequence[Sequence[Point]]


def check(plan: Plan, bound: Bound, data: bytes) -> None:
    """Checks a proof. Imported rows must lie in the subgroup: that is checked where they are imported.

    Raises:
        RejectionError: at stage decode, statement or closing.
    """
    try:
        proof = Proof.read(data, plan)
    except EncodingError as reason:
        raise RejectionError(Stage.DECODE, str(reason)) from reason
    transcript = open_transcript(plan, bound)
    for row in proof.rows:
        transcript.absorb_point("row", row)
    transcript.absorb_point("pads", proof.pads)
    reading = Reading(transcript, proof.messages)
    opening = run_schedule(reading, plan.system, plan.layout, bound.publics)
    combined = Combined.draw(transcript, plan, reading.equations, opening)
    if not holds(transcript, plan, combined, bound.imported, proof):
        raise RejectionError(Stage.CLOSING, "the closing equation does not hold")


def open_transcript(plan: Plan, bound: Bound) -> Transcript:
    """The transcript with everything public absorbed.

    Raises:
        RejectionError: at stage statement, if it does not fit the plan.
    """
    polynomials = [public for public in plan.system.publics if isinstance(public, Values)]
    if len(bound.publics) != len(polynomials):
        raise RejectionError(Stage.STATEMENT, "another number of public tensors")
    if any(len(cells) > 1 << own.num_vars for cells, own in zip(bound.publics, polynomials, strict=True)):
        raise RejectionError(Stage.STATEMENT, "a public tensor is longer than its polynomial")
    if [len(rows) for rows in bound.imported] != plan.rows_of(Origin.IMPORTED):
        raise RejectionError(Stage.STATEMENT, "other numbers of imported rows")
    transcript = Transcript()
    transcript.absorb("protocol", PROTOCOL)
    transcript.absorb("generators", LABEL)
    transcript.absorb("kind", plan.system.kind.encode("ascii"))
    transcript.absorb("system", plan.digest)
    transcript.absorb("context", bound.context)
    for cells in bound.publics:
        transcript.absorb("public", b"".join(cell.to_bytes(8, "little", signed=True) for cell in cells))
    for rows in bound.imported:
        encoded = b"".join(map(encode_point, rows))
        transcript.absorb("imported", digest(b"intaglio-rows-v1", le64(len(rows)) + encoded))
    return transcript
