"""Laws that hold whatever the numbers are: they need no second implementation."""

from __future__ import annotations

from fractions import Fraction
from math import floor, prod
from typing import Any

from committed import Requantise
from hypothesis import assume, given
from hypothesis import strategies as st
from interpreter import run
from program import Input
from programs import Description, cells, described, kept, thorough
from quantisation import to_integers
from tensors import broadcast, ravel, unravel

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
wide = st.integers(-(2**52), 2**52)


def chain(
    nodes: list[dict[str, Any]],
    x: list[int],
    shape: tuple[int, ...],
    weights: dict[str, Any] | None = None,
    **parts: Any,
) -> list[int]:
    """Cells of the last node's value, each node reading the one before it."""
    numbered = [{"inputs": [index], **node} for index, node in enumerate(nodes)]
    description: Description = described(numbered, shape=list(shape), **parts)
    return run(description, weights or {}, {"x": x}).outputs["y"].cells


@thorough
@given(wide, st.integers(0, 40))
def test_rounding_is_to_the_nearest_and_up_from_the_middle(acc: int, shift: int) -> None:
    quotient = Requantise(shift=shift, low=-1, high=1).quotient(acc)
    # the one integer with acc/2^s − ½ < quotient ≤ acc/2^s + ½
    assert -Fraction(1, 2) < quotient - Fraction(acc, 2**shift) <= Fraction(1, 2)


@thorough
@given(wide, st.integers(1, 40), st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_the_relation_of_a_requantisation_has_the_kept_value_as_its_solution(
    acc: int, shift: int, low: int, high: int
) -> None:
    low, high = min(low, high), max(low, high) + 1
    operator = Requantise(shift=shift, low=low, high=high)
    quotient = operator.quotient(acc)
    v = min(max(quotient, low), high)
    upper, miss = max(quotient - high, 0), abs(quotient - v)
    assert quotient == v + 2 * upper - miss
    assert 0 <= acc + 2 ** (shift - 1) - 2**shift * quotient < 2**shift
    assert upper * (high - v) == 0
    assert (miss - upper) * (v - low) == 0


@thorough
@given(shapes, st.data())
def test_flat_indices_and_index_tuples_are_one_to_one(shape: tuple[int, ...], data: st.DataObject) -> None:
    flat = data.draw(st.integers(0, prod(shape) - 1))
    index = unravel(flat, shape)
    assert all(0 <= i < length for i, length in zip(index, shape, strict=True))
    assert ravel(index, shape) == flat
    assert [unravel(flat, shape) for flat in range(prod(shape))] == sorted(
        unravel(f, shape) for f in range(prod(shape))
    )


@thorough
@given(shapes, shapes)
def test_broadcasting_is_commutative_and_keeps_its_result(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    common = broadcast(a, b)
    assert common == broadcast(b, a)
    if common is not None:
        assert broadcast(common, a) == common == broadcast(b, common)


@thorough
@given(st.data())
def test_a_kernel_with_a_single_one_shifts_the_image(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.just(1), st.integers(1, 2), st.integers(1, 5), st.integers(1, 5)))
    _, channels, height, width = shape
    kernel = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    chosen = data.draw(st.tuples(st.integers(0, channels - 1), *(st.integers(0, k - 1) for k in kernel)))
    before = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    x = data.draw(cells(shape, -100, 100))
    weight = [0] * prod((channels, *kernel))
    weight[ravel(chosen, (channels, *kernel))] = 1
    node = {"op": "conv", "weight": 0, "groups": 1, "strides": [1, 1], "pads": [*before, 2, 2]}
    parameters = [{"name": "w", "shape": [1, channels, *kernel], "bits": 2}]
    made = chain([node, kept()], x, shape, {"w": weight}, parameters=parameters)
    rows, columns = height + before[0] + 3 - kernel[0], width + before[1] + 3 - kernel[1]
    expected = []
    for i in range(rows):
        for j in range(columns):
            at = (0, chosen[0], i + chosen[1] - before[0], j + chosen[2] - before[1])
            inside = 0 <= at[2] < height and 0 <= at[3] < width
            expected.append(x[ravel(at, shape)] if inside else 0)
    assert made == expected


@thorough
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_a_convolution_of_one_point_is_a_matrix_product(inner: int, outputs: int, data: st.DataObject) -> None:
    x = data.draw(cells((inner,), -100, 100))
    weights = {"w": data.draw(cells((outputs, inner), -128, 127)), "b": data.draw(cells((outputs,), -128, 127))}
    conv = {"op": "conv", "weight": 0, "bias": 1, "groups": 1, "strides": [1], "pads": [0, 0]}
    parts = [{"name": "b", "shape": [outputs], "bits": 8}]
    as_conv = [{"name": "w", "shape": [outputs, inner, 1], "bits": 8}, *parts]
    as_matrix = [{"name": "w", "shape": [outputs, inner], "bits": 8}, *parts]
    matmul = {"op": "matmul", "weight": 0, "bias": 1}
    assert chain([conv, kept()], x, (1, inner, 1), weights, parameters=as_conv) == chain(
        [matmul, kept()], x, (1, inner), weights, parameters=as_matrix
    )


@thorough
@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_groups_are_convolutions_side_by_side(groups: int, own: int, data: st.DataObject) -> None:
    length = data.draw(st.integers(2, 4))
    x = data.draw(cells((groups * own, length), -100, 100))
    weight = data.draw(cells((groups, own, 2), -128, 127))
    node = {"op": "conv", "weight": 0, "groups": groups, "strides": [1], "pads": [1, 1]}
    parameters = [{"name": "w", "shape": [groups, own, 2], "bits": 8}]
    together = chain([node, kept()], x, (1, groups * own, length), {"w": weight}, parameters=parameters)
    alone = []
    for group in range(groups):
        image = x[group * own * length : (group + 1) * own * length]
        kernel = weight[group * own * 2 : (group + 1) * own * 2]
        parameters = [{"name": "w", "shape": [1, own, 2], "bits": 8}]
        alone += chain([{**node, "groups": 1}, kept()], image, (1, own, length), {"w": kernel}, parameters=parameters)
    assert together == alone


@thorough
@given(st.data())
def test_pools_lie_between_the_least_and_the_greatest_cell(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.just(1), st.just(1), st.integers(2, 5), st.integers(2, 5)))
    x = data.draw(cells(shape, -100, 100))
    window = {"kernel": [2, 2], "strides": [2, 1], "pads": [1, 0, 0, 1], "ceil": data.draw(st.booleans())}
    maximum = chain([{"op": "max_pool", **window}], x, shape)
    assert set(maximum) <= set(x)
    negated = [{"op": "add", "coefficients": [-1]}, kept()]
    minimum = chain([*negated, {"op": "max_pool", **window}, *negated], x, shape)
    mean = {"op": "sum_pool", **window, "divisor": "valid", "fraction_bits": 16}
    for low, middle, high in zip(minimum, chain([mean, kept(shift=16)], x, shape), maximum, strict=True):
        assert low <= middle <= high


@thorough
@given(st.data())
def test_argmax_is_the_first_of_the_greatest_along_any_axis(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(2, 3), min_size=1, max_size=3).map(tuple))
    axis = data.draw(st.integers(0, len(shape) - 1))
    x = data.draw(cells(shape, -2, 2))
    made = chain([{"op": "argmax", "axis": axis, "keepdims": True}], x, shape)
    kept_shape = (*shape[:axis], 1, *shape[axis + 1 :])
    for flat, best in enumerate(made):
        at = unravel(flat, kept_shape)
        line = [x[ravel((*at[:axis], i, *at[axis + 1 :]), shape)] for i in range(shape[axis])]
        assert all(cell < line[best] for cell in line[:best])
        assert all(cell <= line[best] for cell in line[best:])


@thorough
@given(shapes, st.data())
def test_a_transpose_undone_is_nothing(shape: tuple[int, ...], data: st.DataObject) -> None:
    x = data.draw(cells(shape, -100, 100))
    perm = data.draw(st.permutations(range(len(shape))))
    inverse = [perm.index(axis) for axis in range(len(perm))]
    assert chain([{"op": "transpose", "perm": perm}, {"op": "transpose", "perm": inverse}], x, shape) == x


@thorough
@given(st.data())
def test_a_table_of_a_function_is_the_function(data: st.DataObject) -> None:
    x = data.draw(cells((4,), -20, 30))
    tables = [{"name": "f", "first_key": -20, "outputs": [key * key - 3 * key for key in range(-20, 31)]}]
    made = chain([{"op": "lookup", "table": 0}], x, (4,), tables=tables, range=(-20, 30))
    assert made == [key * key - 3 * key for key in x]


@thorough
@given(st.floats(min_value=-(2.0**20), max_value=2.0**20, width=32), st.integers(-20, 20))
def test_floats_of_single_precision_are_quantised_as_exact_numbers(x: float, exponent: int) -> None:
    product = Fraction(x) * Fraction(2) ** exponent
    # 24 bits and a half fit a double, unless the product is so small that it only matters just below the middle
    assume(product == 0 or abs(product) >= Fraction(1, 2**29))
    port = Input(name="x", shape=(1,), exponent=exponent, low=-32768, high=32767, integer=False)
    nearest = floor(product + Fraction(1, 2))
    expected = min(max(nearest, -32768), 32767)
    assert to_integers(port, [x]) == ([expected], int(expected != nearest))
