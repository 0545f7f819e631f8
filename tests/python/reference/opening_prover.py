"""A prover of openings of one row, by brute force and from the text: it may add points of small order to what it sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from argument.closing import Combined
from argument.curve import Point, add, affine, combination, extended
from argument.encoding import encode_point, encode_scalar
from argument.field import HALF, MODULUS, dot, eq_at, eq_index, eq_table
from argument.forms import Coordinate, Equation, Form, Product
from argument.generators import BLINDS, PADS, ROWS, SPARE, generator
from argument.plan import Plan
from argument.schedule import run_schedule
from argument.transcript import Transcript
from argument.verification import Bound, open_transcript
from lower.opening import opening_system

Cells = Sequence[int]
NAME, EXPONENT = "row", 0


def commit(cells: Cells, blind: int) -> Point:
    """The boundary row of at most 256 cells."""
    terms = [(cell, generator(ROWS, i)) for i, cell in enumerate(cells)]
    return affine(combination([*terms, (blind, generator(BLINDS, 0))]))


def _at(cells: Cells, point: Cells) -> int:
    return dot(cells, eq_table(point))


def _round(values: Callable[[Cells], int], tau: Cells, before: Cells) -> tuple[int, int]:
    """`q1, q2` of `protocol.md` §6, from three values of the round polynomial."""
    later = tau[len(before) + 1 :]

    def q(x: int) -> int:
        rest = [[i >> j & 1 for j in reversed(range(len(later)))] for i in range(1 << len(later))]
        return sum(eq_index(i, later) * values([*before, x, *own]) for i, own in enumerate(rest)) % MODULUS

    square = (q(2) - 2 * q(1) + q(0)) * HALF % MODULUS
    return (q(1) - q(0) - square) % MODULUS, square


@dataclass
class Proving:
    """The prover's side of the schedule of an opening: hidden scalars are found by their names."""

    transcript: Transcript
    cells: Cells
    shown: Cells
    elements: Cells
    pads: Cells
    counts_only: bool = False
    messages: list[int] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    drawn: dict[str, int] = field(default_factory=dict)

    def challenge(self, label: str) -> Coordinate:
        self.drawn[label] = self.transcript.challenge(label)
        return Coordinate(label, self.drawn[label])

    def send(self, name: str, *, operand: bool = False) -> Form:
        assert not operand, "an opening has no products of hidden scalars"
        slot = len(self.messages)
        self.messages.append((self._hidden(name) + self.pads[slot]) % MODULUS)
        self.transcript.absorb_scalar(name, self.messages[slot])
        return Form.sent(slot, self.messages[slot])

    def equation(self, name: str, products: list[Product], form: Form) -> None:
        self.equations.append(Equation(name, products, form))

    def error(self, source: str, numerator: int) -> None:
        pass

    def _points(self, label: str) -> list[int]:
        known = []
        while (name := f"{label}.{len(known)}") in self.drawn:
            known.append(self.drawn[name])
        return known

    def _hidden(self, name: str) -> int:
        alpha, end = self._points("zerocheck"), self._points("columns")
        if name.startswith("zerocheck.source"):
            return _at(self.cells, alpha)
        if name.startswith("columns.row"):
            return _at(self.cells, end)
        if name.startswith("zerocheck"):

            def zero(z: Cells) -> int:
                return (_at(self.shown, z) * _at(self.cells, z) - _at(self.elements, z)) % MODULUS

            return _round(zero, self._points("zerocheck.tau"), alpha)[name.endswith("q2")]

        def column(z: Cells) -> int:
            return eq_at(alpha, z) * _at(self.cells, z) % MODULUS

        return _round(column, [HALF] * len(alpha), end)[name.endswith("q2")]


def prove(cells: Cells, blind: int, indices: Cells, rng: Random, on_pads: Point, on_mask: Point) -> bytes:
    """An opening of some elements. The last two points are added to P and to T before they are sent."""
    system = opening_system((len(cells),))
    plan = Plan.of(system)
    shown = [int(i in indices) for i in range(len(cells))]
    elements = [cell * s for cell, s in zip(cells, shown, strict=True)]
    told = _statement(cells, indices)
    row = commit(cells, blind)
    bound = Bound(told, [shown, elements], [[row]])
    pads = [rng.randrange(MODULUS) for _ in range(plan.num_slots)]
    spare, pads_blind, mask_blind, spare_mask = (rng.randrange(MODULUS) for _ in range(4))
    special = generator(SPARE, 0), generator(BLINDS, 0)
    on_slots = [generator(PADS, slot) for slot in range(plan.num_slots)]
    basis = [generator(ROWS, i) for i in range(plan.num_columns)] + on_slots

    def committed(cells: Cells, points: Cells | list[Point], spare: int, blind: int, moved: Point) -> Point:
        total = combination([*zip(cells, points, strict=True), *zip((spare, blind), special, strict=True)])
        return affine(add(total, extended(moved)))

    sent = committed(pads, on_slots, spare, pads_blind, on_pads)
    transcript = open_transcript(plan, bound)
    transcript.absorb_point("pads", sent)
    proving = Proving(transcript, cells, shown, elements, pads)
    opening = run_schedule(proving, system, plan.layout, bound.publics)
    combined = Combined.draw(transcript, plan, proving.equations, opening)
    secret = [combined.rows[0] * cell for cell in cells] + [combined.kappa * pad for pad in pads]
    linear = combined.columns + combined.slots
    mask = [rng.randrange(MODULUS) for _ in basis]
    masked = committed(mask, basis, spare_mask, mask_blind, on_mask)
    cross = [spare_mask, (dot(linear, mask) + combined.kappa * spare) % MODULUS]
    transcript.absorb_point("closing.mask", masked)
    for scalar in cross:
        transcript.absorb_scalar("closing.cross", scalar)
    e = transcript.challenge("closing.e")
    response = [(t + e * x) % MODULUS for t, x in zip(mask, secret, strict=True)]
    response_blind = (mask_blind + e * (combined.rows[0] * blind + combined.kappa * pads_blind)) % MODULUS
    response_spare = (spare_mask + e * combined.kappa * spare) % MODULUS
    scalars = [*cross, response_blind, response_spare, *response]
    parts = [encode_point(sent), *map(encode_scalar, proving.messages), encode_point(masked)]
    proof = b"".join([*parts, *map(encode_scalar, scalars)])
    return b"INTAGLIO-OPENING\1\0" + told + len(proof).to_bytes(4, "little") + proof


def _statement(cells: Cells, indices: Cells) -> bytes:
    def u32(number: int) -> bytes:
        return number.to_bytes(4, "little")

    told = u32(len(NAME)) + NAME.encode() + u32(1) + u32(len(cells)) + EXPONENT.to_bytes(8, "little", signed=True)
    shown = b"".join(u32(i) + cells[i].to_bytes(8, "little", signed=True) for i in indices)
    return told + u32(len(indices)) + shown
