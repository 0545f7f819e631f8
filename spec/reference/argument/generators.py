"""The five families of generators, hashed to the curve (`protocol.md` §1)."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from itertools import count

from argument.curve import BASE, D, Point, affine, extended, is_neutral, times_cofactor

LABEL = b"intaglio-gen-v1"
ROWS, PADS, SPARE, BLINDS, PRODUCT = "G", "K", "S", "H", "Q"

TWO_ADICITY = ((BASE - 1) & -(BASE - 1)).bit_length() - 1
ODD_PART = BASE - 1 >> TWO_ADICITY
NON_SQUARE = next(n for n in count(2) if pow(n, (BASE - 1) // 2, BASE) == BASE - 1)
ROOT_OF_UNITY = pow(NON_SQUARE, ODD_PART, BASE)


@cache
def generator(family: str, index: int) -> Point:
    """Generator `index` of a family."""
    return next(point for attempt in count() if (point := _attempt(family, index, attempt)) is not None)


def _attempt(family: str, index: int, attempt: int) -> Point | None:
    hashed = family.encode() + index.to_bytes(8, "little") + attempt.to_bytes(4, "little")
    y = int.from_bytes(blake2b(hashed, person=LABEL).digest(), "little") % BASE
    below = (D * y * y + 1) % BASE
    root = square_root((y * y - 1) * pow(below, -1, BASE) % BASE) if below else None
    if root is None:
        return None
    point = times_cofactor(extended((root if root % 2 == 0 else BASE - root, y)))
    return None if is_neutral(point) else affine(point)


def square_root(square: int) -> int | None:
    """A root in the field of coordinates, if there is one (Tonelli–Shanks)."""
    if square == 0:
        return 0
    part = pow(square, (ODD_PART - 1) // 2, BASE)
    root, rest = square * part % BASE, square * part * part % BASE
    twist, order = ROOT_OF_UNITY, TWO_ADICITY
    # root² = square·rest, and rest has order 2^k with k < order
    while rest != 1:
        power, k = rest, 0
        while power != 1:
            power, k = power * power % BASE, k + 1
        if k >= order:
            return None
        step = pow(twist, 1 << (order - k - 1), BASE)
        twist, order = step * step % BASE, k
        root, rest = root * step % BASE, rest * twist % BASE
    return root
