"""The curve −x² + y² = 1 + 3021·x²·y² of order 4r, in affine coordinates outside and extended ones inside.

Nothing here is constant-time: a verifier has no secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from argument.field import MODULUS

BASE = 8444461749428370424248824938781546531375899335154063827935233455917409239041
"""Number of elements of the field of coordinates."""
D = 3021

Point = tuple[int, int]
NEUTRAL: Point = (0, 1)

Extended = tuple[int, int, int, int]
"""`(X, Y, Z, T)` with x = X/Z, y = Y/Z, T = XY/Z."""
ZERO: Extended = (0, 1, 1, 0)

WINDOW = 6
WINDOWS = -(-MODULUS.bit_length() // WINDOW)


def on_curve(point: Point) -> bool:
    """Whether the coordinates satisfy the equation."""
    xx, yy = point[0] * point[0] % BASE, point[1] * point[1] % BASE
    return (yy - xx - 1 - D * xx * yy) % BASE == 0


def extended(point: Point) -> Extended:
    """The same point."""
    x, y = point
    return x, y, 1, x * y % BASE


def affine(point: Extended) -> Point:
    """The same point."""
    inverse = pow(point[2], -1, BASE)
    return point[0] * inverse % BASE, point[1] * inverse % BASE


def add(p: Extended, q: Extended) -> Extended:
    """The sum. The formula is complete: −1 is a square and 3021 is none, so no denominator vanishes."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % BASE
    b = (p[1] + p[0]) * (q[1] + q[0]) % BASE
    c = 2 * D * p[3] * q[3] % BASE
    d = 2 * p[2] * q[2] % BASE
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % BASE, g * h % BASE, f * g % BASE, e * h % BASE


def times_cofactor(point: Extended) -> Extended:
    """`[4]·point`."""
    twice = add(point, point)
    return add(twice, twice)


def is_neutral(point: Extended) -> bool:
    """Whether this is (0, 1)."""
    return point[0] == 0 and point[1] == point[2]


def times(scalar: int, point: Extended) -> Extended:
    """`[scalar]·point`, the scalar not reduced."""
    total = ZERO
    for bit in bin(scalar)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def in_subgroup(point: Point) -> bool:
    """Whether a point of the curve lies in the subgroup of order r."""
    return is_neutral(times(MODULUS, extended(point)))


def combination(terms: Iterable[tuple[int, Point]]) -> Extended:
    """`Σ [scalar]·point`, scalars reduced mod r: window by window, points with one digit added up in its bucket."""
    reduced = [(scalar % MODULUS, extended(point)) for scalar, point in terms]
    total = ZERO
    for window in reversed(range(WINDOWS)):
        for _ in range(WINDOW):
            total = add(total, total)
        buckets: list[Extended | None] = [None] * (1 << WINDOW)
        for scalar, point in reduced:
            digit = scalar >> window * WINDOW & (1 << WINDOW) - 1
            if digit:
                held = buckets[digit]
                buckets[digit] = point if held is None else add(held, point)
        total = add(total, _weighted(buckets))
    return total


def _weighted(buckets: Sequence[Extended | None]) -> Extended:
    """`Σ digit·bucket`."""
    running = total = ZERO
    for bucket in reversed(buckets[1:]):
        if bucket is not None:
            running = add(running, bucket)
        total = add(total, running)
    return total
