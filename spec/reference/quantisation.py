"""Between a user's floats and a program's integers. In float64, as IEEE 754 has it: each step is rounded."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, inf, isfinite, ldexp

from errors import InvalidInputError
from program import Input, Output


def to_integers(given: Input, numbers: Sequence[float]) -> tuple[list[int], int]:
    """`⌊x·2^e + ½⌋` of each number, kept within the input's range; and how many were not within it.

    Raises:
        InvalidInputError: NaN or infinity; for integer inputs a number that is no integer or out of range.
    """
    if given.integer:
        if not all(type(x) is int and given.low <= x <= given.high for x in numbers):
            raise InvalidInputError(f"input {given.name!r} takes integers from {given.low} to {given.high}")
        return [int(x) for x in numbers], 0
    integers = []
    for x in numbers:
        if not isfinite(x):
            raise InvalidInputError(f"input {given.name!r} holds NaN or infinite values")
        scaled = _scaled(float(x), given.exponent) + 0.5
        # an infinite product lies beyond the range like any other
        integers.append(floor(scaled) if isfinite(scaled) else (given.high + 1 if scaled > 0 else given.low - 1))
    kept = [min(max(x, given.low), given.high) for x in integers]
    return kept, sum(x != y for x, y in zip(integers, kept, strict=True))


def to_numbers(output: Output, integers: Sequence[int]) -> list[float] | list[int]:
    """`Y·2^−e` in float64; integer outputs as they are."""
    if output.integer:
        return list(integers)
    return [_scaled(float(y), -output.exponent) for y in integers]


def _scaled(x: float, exponent: int) -> float:
    try:
        return ldexp(x, exponent)
    except OverflowError:
        return inf if x > 0 else -inf
