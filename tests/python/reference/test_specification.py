"""The tables of `spec/arithmetic.md` are true."""

from __future__ import annotations

from pathlib import Path

import pytest
from accumulators import Divisor, SumPool
from committed import Requantise
from program import Input
from quantisation import to_integers
from windows import Window

TEXT = (Path(__file__).parents[3] / "spec" / "arithmetic.md").read_text(encoding="utf-8")


def rows(head: str) -> list[list[float]]:
    """The numbers of the table with this head."""
    _, _, rest = TEXT.partition(f"\n{head}\n")
    table = rest.partition("\n\n")[0].splitlines()[1:]
    assert table, f"no table {head!r}"
    return [
        [float(cell) if "." in cell or "e" in cell else int(cell) for cell in line.split("|")[1:-1]] for line in table
    ]


@pytest.mark.parametrize(("x", "exponent", "low", "high", "expected"), rows("| x | e | lo | hi | X |"))
def test_quantising(x: float, exponent: int, low: int, high: int, expected: int) -> None:
    given = Input(name="x", shape=(1,), exponent=exponent, low=low, high=high, integer=False)
    assert to_integers(given, [x])[0] == [expected]


@pytest.mark.parametrize(
    ("acc", "shift", "low", "high", "quotient", "expected"), rows("| acc | shift | lo | hi | quot | kept |")
)
def test_requantising(acc: int, shift: int, low: int, high: int, quotient: int, expected: int) -> None:
    operator = Requantise(shift=shift, low=low, high=high)
    assert operator.quotient(acc) == quotient
    assert min(max(quotient, low), high) == expected


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "before", "after", "dilation", "ceil", "expected"),
    rows("| n | k | t | p | p′ | d | ceil | out |"),
)
def test_counting_windows(
    length: int, kernel: int, stride: int, before: int, after: int, dilation: int, ceil: int, expected: int
) -> None:
    window = Window(kernel=(kernel,), strides=(stride,), pads=(before, after), dilations=(dilation,), ceil=bool(ceil))
    assert window.out_shape((length,)) == (expected,)


@pytest.mark.parametrize(("bits", "count", "expected"), rows("| f | divisor count v | μ |"))
def test_the_weight_of_a_mean(bits: int, count: int, expected: int) -> None:
    window = Window(kernel=(count,), strides=(1,), pads=(0, 0), dilations=(1,))
    for divisor in (Divisor.WINDOW, Divisor.VALID):
        assert SumPool(window=window, divisor=divisor, fraction_bits=bits).mu(count) == expected
