"""Laws of the reference's own field, curve, generators, encodings and transcript; values that came from elsewhere."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from argument.curve import (
    BASE,
    NEUTRAL,
    ZERO,
    D,
    Point,
    add,
    affine,
    combination,
    extended,
    in_subgroup,
    is_neutral,
    on_curve,
    times,
)
from argument.encoding import EncodingError, decode_point, decode_scalar, encode_point, encode_scalar
from argument.field import MODULUS, eq_at, eq_below, eq_index, eq_table
from argument.generators import BLINDS, PADS, PRODUCT, ROWS, SPARE, generator, square_root
from argument.transcript import Transcript
from hypothesis import given
from hypothesis import strategies as st
from mutations import SMALL_ORDER

scalars = st.integers(0, MODULUS - 1)
GENERATORS = [generator(family, 0) for family in (ROWS, PADS, SPARE, BLINDS, PRODUCT)]
points = st.tuples(scalars, st.sampled_from(GENERATORS)).map(lambda pair: affine(times(pair[0], extended(pair[1]))))


def test_the_formula_of_addition_is_complete() -> None:
    # −1 has a root and 3021 has none: Bernstein et al. 2008, Theorem 3.3, and Hisil et al. 2008, §3.1
    assert pow(BASE - 1, (BASE - 1) // 2, BASE) == 1
    assert pow(D, (BASE - 1) // 2, BASE) == BASE - 1


def test_the_order_of_the_subgroup_and_of_the_rest() -> None:
    assert all(is_neutral(times(MODULUS, extended(point))) for point in GENERATORS)
    assert [is_neutral(times(2, extended(point))) for point in SMALL_ORDER] == [True, False, False]
    assert all(on_curve(point) and is_neutral(times(4, extended(point))) for point in SMALL_ORDER)
    # the group has at most |𝕂| + 1 + 2·√|𝕂| elements (Hasse): its order is 4r and no multiple of that
    assert abs(4 * MODULUS - BASE - 1) ** 2 <= 4 * BASE < (4 * MODULUS) ** 2


@given(points, points, points)
def test_addition_is_that_of_a_commutative_group(a: Point, b: Point, c: Point) -> None:
    x, y, z = map(extended, (a, b, c))
    assert affine(add(x, y)) == affine(add(y, x))
    assert affine(add(add(x, y), z)) == affine(add(x, add(y, z)))
    assert affine(add(x, ZERO)) == a
    assert is_neutral(add(x, extended((-a[0] % BASE, a[1]))))
    assert on_curve(affine(add(x, y)))


@given(st.lists(st.tuples(scalars, points), max_size=5))
def test_a_combination_is_the_sum_of_its_terms(terms: list[tuple[int, Point]]) -> None:
    total = ZERO
    for scalar, point in terms:
        total = add(total, times(scalar, extended(point)))
    assert affine(combination(terms)) == affine(total)


@given(points, st.sampled_from(SMALL_ORDER))
def test_a_part_of_small_order_is_seen(point: Point, small: Point) -> None:
    assert in_subgroup(point)
    assert not in_subgroup(affine(add(extended(point), extended(small))))


@given(st.integers(0, BASE - 1))
def test_a_root_squares_to_its_square(x: int) -> None:
    root = square_root(x * x % BASE)
    assert root in (x, BASE - x)
    if x:
        # 3021 is no square
        assert square_root(D * x * x % BASE) is None


@given(points, scalars)
def test_encodings_are_canonical(point: Point, scalar: int) -> None:
    assert decode_point(encode_point(point)) == point
    assert decode_scalar(encode_scalar(scalar)) == scalar
    for other in ((point[0] + BASE, point[1]), (point[0], point[1] + BASE), (point[0], (point[1] + 1) % BASE)):
        with pytest.raises(EncodingError):
            decode_point(encode_point(other))
    with pytest.raises(EncodingError):
        decode_scalar(encode_scalar(scalar + MODULUS))
    assert decode_point(encode_point(NEUTRAL)) == NEUTRAL


@given(st.lists(scalars, max_size=5), st.data())
def test_weights(point: list[int], data: st.DataObject) -> None:
    table = eq_table(point)
    index = data.draw(st.integers(0, len(table) - 1))
    bits = [index >> i & 1 for i in reversed(range(len(point)))]
    assert table[index] == eq_index(index, point) == eq_at(bits, point)
    length = data.draw(st.integers(0, len(table)))
    assert eq_below(length, point) == sum(table[:length]) % MODULUS
    assert sum(table) % MODULUS == 1


def test_the_transcript_is_the_bytes_of_the_text() -> None:
    transcript = Transcript()
    transcript.absorb("label", b"bytes")
    said = bytes([5, *[0] * 7]) + b"label" + bytes([5, *[0] * 7]) + b"bytes"
    asked = bytes([9, *[0] * 7]) + b"challenge" + bytes([4, *[0] * 7]) + b"name"
    digest = blake2b(said + asked, person=b"intaglio-proof-1").digest()
    assert transcript.challenge("name") == int.from_bytes(digest, "little") % MODULUS
    assert transcript.challenge("name") != int.from_bytes(digest, "little") % MODULUS
