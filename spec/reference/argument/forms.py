"""What the verifier knows of hidden scalars: affine forms in pads, and points whose coordinates have names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from argument.field import HALF, MODULUS


class Form:
    """`constant + Σ coefficient·pad`."""

    __slots__ = ("constant", "pads")

    def __init__(self, constant: int = 0, pads: dict[int, int] | None = None) -> None:
        self.constant = constant % MODULUS
        self.pads = {} if pads is None else pads

    @staticmethod
    def sent(slot: int, message: int) -> Form:
        """The hidden scalar of a slot, `m − p`."""
        return Form(message, {slot: MODULUS - 1})

    def plus(self, weight: int, other: Form) -> Form:
        """`self + weight·other`."""
        total = Form(self.constant + weight * other.constant, dict(self.pads))
        for slot, coefficient in other.pads.items():
            total.pads[slot] = (total.pads.get(slot, 0) + weight * coefficient) % MODULUS
        return total

    def times(self, weight: int) -> Form:
        """`weight·self`."""
        return Form().plus(weight, self)


Product = tuple[int, Form, Form]
"""`coefficient·form·form`."""


@dataclass(frozen=True, slots=True)
class Equation:
    """`Σ products + form = 0`."""

    name: str
    products: list[Product]
    form: Form


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A value, and the name of the challenge or constant that it is. The same names make the same points."""

    name: str
    value: int = field(compare=False)


ZERO, ONE, HALVED = Coordinate("0", 0), Coordinate("1", 1), Coordinate("½", HALF)

Point = Sequence[Coordinate]


def values(point: Point) -> list[int]:
    """Without names."""
    return [coordinate.value for coordinate in point]


def names(point: Point) -> tuple[str, ...]:
    """Without values."""
    return tuple(coordinate.name for coordinate in point)


def last(point: Point, count: int) -> Point:
    """The last coordinates."""
    return point[len(point) - count :]
