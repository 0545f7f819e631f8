"""Function tables: as few keys as the error allows, and no dip of a function cut off."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from intaglio.quantise.functions import steep_keys
from numpy.typing import NDArray

Real = NDArray[np.float64]
EXPONENT = 8
KEYS = (-(2**15), 2**15 - 1)
TOLERANCE = 6e-4


def sigmoid(x: Real) -> Real:
    return 1 / (1 + np.exp(-x))


def gelu(x: Real) -> Real:
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


FUNCTIONS: dict[str, tuple[Callable[[Real], Real], int]] = {
    "sigmoid": (sigmoid, 12),
    "tanh": (np.tanh, 12),
    "a step far from zero": (lambda x: np.where(x > 100, 1.0, 0.0), 15),
    # no flat side to the right, so nearly all keys are steep
    "gelu": (gelu, 16),
    "relu": (lambda x: np.maximum(x, 0.0), 15),
    "identity": (lambda x: x, 16),
    "constant": (np.zeros_like, 1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_cut_off_is_flat(name: str) -> None:
    function, most_bits = FUNCTIONS[name]
    low, high = steep_keys(function, EXPONENT, KEYS, TOLERANCE)
    assert KEYS[0] <= low <= 0 <= high <= KEYS[1]
    size = high - low + 1
    assert size & (size - 1) == 0
    assert size <= 2**most_bits
    keys = np.arange(KEYS[0], KEYS[1] + 1)
    exact = function(np.ldexp(keys.astype(np.float64), -EXPONENT))
    kept = function(np.ldexp(np.clip(keys, low, high).astype(np.float64), -EXPONENT))
    assert np.abs(exact - kept).max() <= TOLERANCE


def test_a_dip_is_not_mistaken_for_a_flat_side() -> None:
    def dip(x: Real) -> Real:
        return np.where(np.abs(x + 50) < 1, -1.0, 0.0)

    low, _ = steep_keys(dip, EXPONENT, KEYS, TOLERANCE)
    assert low <= -51 * 2**EXPONENT
