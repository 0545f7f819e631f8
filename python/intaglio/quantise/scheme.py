"""The rules of fixed point: exponents, shifts, widths. (Rules R3 to R6 of the quantisation study.)"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

ACTIVATION_BITS = 16
MAX_WEIGHT_BITS = 31
MAX_ACCUMULATOR = 2.0**51


def signed(bits: int) -> tuple[int, int]:
    """Least and greatest integer of so many bits."""
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def unsigned(bits: int) -> tuple[int, int]:
    """The same from zero on: the sign bit stays unused, so that one table serves both."""
    return 0, 2 ** (bits - 1) - 1


def exponent_for(largest: float, *, bits: int, margin: float) -> int:
    """Fraction bits such that `margin·largest` fits `bits` signed bits: `−⌈log2(margin·largest / (2^(b−1) − 1))⌉`."""
    largest = largest or 1.0
    return max(-64, min(64, -math.ceil(math.log2(margin * largest / (2 ** (bits - 1) - 1)))))


def smallest_shift(limb_bits: int, least: int) -> int:
    """The smallest multiple of the limb width that is at least `least`."""
    return limb_bits * max(1, -(-least // limb_bits))


def to_integers(values: NDArray[Any], exponent: int) -> NDArray[np.int64]:
    """`⌊x·2^e + ½⌋` in float64; what is beyond every width stays beyond it."""
    scaled = np.floor(np.ldexp(values.astype(np.float64), exponent) + 0.5)
    return np.clip(scaled, -(2.0**62), 2.0**62).astype(np.int64)


def bits_of(integers: NDArray[np.int64]) -> int:
    """Signed bits that hold every value, at least two."""
    low, high = int(integers.min(initial=0)), int(integers.max(initial=0))
    return max(2, max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0) + 1)


def extra_limb(rms: float, terms: int, shift: int) -> bool:
    """Whether rounding the weights to this shift would cost more than half an output unit."""
    return math.sqrt(terms) * rms * 2.0**-shift / math.sqrt(12) > 0.5
