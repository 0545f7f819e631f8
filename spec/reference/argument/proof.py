"""The bytes of a proof (`protocol.md` §4): laid out by the plan alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from argument.curve import Point
from argument.encoding import POINT_BYTES, SCALAR_BYTES, EncodingError, decode_point, decode_scalar
from argument.plan import Plan
from argument.system import Origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Proof:
    """In the order of the bytes."""

    rows: list[Point]
    pads: Point
    messages: list[int]
    mask: Point
    cross: list[int]
    blind: int
    operands: list[int]
    spare: int
    folds: list[list[Point]]
    tail: list[int]

    @staticmethod
    def read(data: bytes, plan: Plan) -> Proof:
        """A proof of this plan.

        Raises:
            EncodingError: another length, or a scalar or point that is none.
        """
        witness_rows = sum(plan.rows_of(Origin.WITNESS))
        points = witness_rows + 2 + 2 * plan.folds
        scalars = plan.num_slots + 3 + len(plan.operands) + 1 + plan.tail
        expected = POINT_BYTES * points + SCALAR_BYTES * scalars
        if len(data) != expected:
            raise EncodingError(f"a proof of this program has {expected} bytes, these are {len(data)}")
        rest = memoryview(data)

        def many(count: int, length: int, decode: Callable[[bytes], T]) -> list[T]:
            nonlocal rest
            items = [decode(bytes(rest[at : at + length])) for at in range(0, count * length, length)]
            rest = rest[count * length :]
            return items

        def points_of(count: int) -> list[Point]:
            return many(count, POINT_BYTES, decode_point)

        def scalars_of(count: int) -> list[int]:
            return many(count, SCALAR_BYTES, decode_scalar)

        return Proof(
            rows=points_of(witness_rows),
            pads=points_of(1)[0],
            messages=scalars_of(plan.num_slots),
            mask=points_of(1)[0],
            cross=scalars_of(2),
            blind=scalars_of(1)[0],
            operands=scalars_of(len(plan.operands)),
            spare=scalars_of(1)[0],
            folds=[points_of(2) for _ in range(plan.folds)],
            tail=scalars_of(plan.tail),
        )
