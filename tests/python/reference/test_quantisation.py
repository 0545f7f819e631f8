"""Floats to integers and back: what the reference says is what the product does."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from errors import InvalidInputError
from hypothesis import given
from hypothesis import strategies as st
from intaglio.tensors import Port
from program import Input, Output
from programs import thorough
from quantisation import to_integers, to_numbers

LOW, HIGH = -32768, 32767


def declared(exponent: int, *, integer: bool = False) -> Input:
    return Input(name="x", shape=(1,), exponent=exponent, low=LOW, high=HIGH, integer=integer)


def port(exponent: int) -> Port:
    return Port(name="x", shape=(1,), dtype="float32", exponent=exponent, low=LOW, high=HIGH)


@thorough
@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.floats(-40000, 40000),
        st.integers(-80000, 80000).map(lambda twice: twice / 2),
    ),
    st.integers(-64, 64),
)
def test_every_float_gives_the_same_integer(x: float, exponent: int) -> None:
    integers, saturated = port(exponent).to_integers(np.array([x]))
    assert to_integers(declared(exponent), [x]) == (integers.tolist(), saturated)


@thorough
@given(st.lists(st.floats(-3, 3, width=16), min_size=6, max_size=6), st.integers(-2, 16))
def test_the_same_numbers_in_any_array_give_the_same_integers(numbers: list[float], exponent: int) -> None:
    expected = to_integers(Input(name="x", shape=(6,), exponent=exponent, low=LOW, high=HIGH, integer=False), numbers)
    double = np.array(numbers)
    unaligned = np.frombuffer(b"-" + double.astype(np.float32).tobytes(), np.float32, offset=1)
    spread = np.zeros((6, 2), np.float32)
    spread[:, 1] = double
    plain = [double.astype(kind) for kind in (np.float16, np.float32, np.float64, np.longdouble, ">f4", ">f8")]
    for array in (*plain, unaligned, spread[:, 1], double[::-1].copy()[::-1]):
        port = Port(name="x", shape=(6,), dtype="float32", exponent=exponent, low=LOW, high=HIGH)
        integers, saturated = port.to_integers(array)
        assert (integers.tolist(), saturated) == expected


@thorough
@given(st.integers(-(2**40), 2**40), st.integers(-64, 64))
def test_every_integer_gives_the_same_float(y: int, exponent: int) -> None:
    output = Output(name="y", value=0, exponent=exponent, integer=False)
    assert to_numbers(output, [y]) == port(exponent).to_floats(np.array([y])).tolist()


@pytest.mark.parametrize("x", [nan, inf, -inf])
def test_what_is_no_number_is_refused(x: float) -> None:
    assert to_integers(declared(0), [1.0]) == ([1], 0)
    with pytest.raises(InvalidInputError, match="NaN"):
        to_integers(declared(0), [x])


@pytest.mark.parametrize("x", [HIGH + 1, LOW - 1, 1.0, True])
def test_integer_inputs_pass_unchanged_or_not_at_all(x: float) -> None:
    assert to_integers(declared(5, integer=True), [HIGH, LOW]) == ([HIGH, LOW], 0)
    with pytest.raises(InvalidInputError, match="integers"):
        to_integers(declared(5, integer=True), [x])


def test_integer_outputs_pass_unchanged() -> None:
    assert to_numbers(Output(name="y", value=0, exponent=5, integer=True), [3]) == [3]
    assert to_numbers(Output(name="y", value=0, exponent=5, integer=False), [3]) == [3 / 32]
