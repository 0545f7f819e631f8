"""The scalar field, and the multilinear weights `eq`. Elements are plain integers; every function reduces its result.

A point is a list of coordinates, the first for the highest bit of an index (`notation.md`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MODULUS = 2111115437357092606062206234695386632838870926408408195193685246394721360383
HALF = pow(2, -1, MODULUS)

Vector = Sequence[int]


def product(factors: Iterable[int]) -> int:
    """Of scalars."""
    total = 1
    for factor in factors:
        total = total * factor % MODULUS
    return total


def dot(a: Iterable[int], b: Iterable[int]) -> int:
    """`Σ a_i·b_i` over the shorter of both."""
    return sum(x * y for x, y in zip(a, b, strict=False)) % MODULUS


def eq_at(a: Vector, b: Vector) -> int:
    """`Π (a_i·b_i + (1 − a_i)(1 − b_i))`."""
    return product(1 - x - y + 2 * x * y for x, y in zip(a, b, strict=True))


def eq_index(index: int, point: Vector) -> int:
    """`eq` of the bits of an index and a point."""
    last = len(point) - 1
    return product(x if index >> (last - i) & 1 else 1 - x for i, x in enumerate(point))


def eq_table(point: Vector) -> list[int]:
    """`eq(i, point)` for every index i."""
    table = [1]
    for x in point:
        ones = [weight * x % MODULUS for weight in table]
        table = [part for weight, one in zip(table, ones, strict=True) for part in ((weight - one) % MODULUS, one)]
    return table


def eq_below(length: int, point: Vector) -> int:
    """`Σ_{i < length} eq(i, point)`: for each bit that is set the indices that agree above it and are 0 there."""
    if length >> len(point):
        return 1
    total, agree = 0, 1
    for position, x in enumerate(point):
        if length >> (len(point) - 1 - position) & 1:
            total += agree * (1 - x)
            agree = agree * x % MODULUS
        else:
            agree = agree * (1 - x) % MODULUS
    return total % MODULUS
