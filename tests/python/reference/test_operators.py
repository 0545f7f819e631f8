"""Every operator on tensors small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from errors import OperandError, OutOfRangeError
from interpreter import Result, run
from programs import described, kept


def outcome(
    nodes: list[dict[str, Any]], x: list[Any], *, shape: list[int], weights: dict[str, Any] | None = None, **parts: Any
) -> list[int]:
    """Cells of the last node's value."""
    return result(nodes, x, shape=shape, weights=weights, **parts).outputs["y"].cells


def result(
    nodes: list[dict[str, Any]], x: list[Any], *, shape: list[int], weights: dict[str, Any] | None = None, **parts: Any
) -> Result:
    nodes = [{"inputs": [index], **node} for index, node in enumerate(nodes)]
    return run(described(nodes, shape=shape, **parts), weights or {}, {"x": x})


WINDOW = {"strides": [1, 1], "pads": [0, 0, 0, 0], "dilations": [1, 1], "ceil": False}


def test_a_convolution_multiplies_window_by_window() -> None:
    node = {"op": "conv", "weight": 0, "bias": 1, "groups": 1, **WINDOW}
    parameters = [{"name": "w", "shape": [1, 1, 2, 2], "bits": 8}, {"name": "b", "shape": [1], "bits": 8}]
    x = [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]
    weights = {"w": [[[[1, 0], [0, -1]]]], "b": [10]}
    # 1 − 5, 2 − 6, 4 − 8, 5 − 9, all plus 10
    assert outcome([node, kept()], x, shape=[1, 1, 3, 3], weights=weights, parameters=parameters) == [6, 6, 6, 6]


def test_a_convolution_is_a_correlation_and_pads_with_zero() -> None:
    node = {"op": "conv", "weight": 0, "bias": None, "groups": 1, "strides": [1], "pads": [1, 0]}
    parameters = [{"name": "w", "shape": [1, 1, 2], "bits": 8}]
    # windows (0, 5), (5, 7): 3·0 + 2·5, 3·5 + 2·7
    assert outcome([node, kept()], [5, 7], shape=[1, 1, 2], weights={"w": [3, 2]}, parameters=parameters) == [10, 29]


def test_groups_see_their_own_channels_only() -> None:
    node = {"op": "conv", "weight": 0, "groups": 2, "strides": [1], "pads": [0, 0]}
    parameters = [{"name": "w", "shape": [4, 1, 1], "bits": 8}]
    weights = {"w": [1, 2, 3, 4]}
    assert outcome([node, kept()], [5, 7], shape=[1, 2, 1], weights=weights, parameters=parameters) == [5, 10, 21, 28]


def test_strides_and_dilations_choose_the_taps() -> None:
    node = {"op": "conv", "weight": 0, "groups": 1, "strides": [2], "pads": [0, 0], "dilations": [2]}
    parameters = [{"name": "w", "shape": [1, 1, 2], "bits": 8}]
    # cells 0 and 2, cells 2 and 4
    x = [1, 10, 20, 30, 40]
    assert outcome([node, kept()], x, shape=[1, 1, 5], weights={"w": [1, 2]}, parameters=parameters) == [41, 100]


def test_a_matrix_product_takes_rows_of_weights() -> None:
    node = {"op": "matmul", "weight": 0, "bias": 1}
    parameters = [{"name": "w", "shape": [2, 3], "bits": 8}, {"name": "b", "shape": [2], "bits": 8}]
    weights = {"w": [[1, 2, 3], [-1, 0, 1]], "b": [100, -100]}
    x = [[1, 1, 1], [2, 0, -2]]
    expected = [106, -100, 96, -104]
    assert outcome([node, kept()], x, shape=[2, 3], weights=weights, parameters=parameters) == expected


def test_a_product_of_activations_keeps_batches_apart() -> None:
    # x is [2, 1, 2]; its transpose [2, 2, 1]: squared lengths of two vectors
    nodes = [
        {"op": "transpose", "perm": [0, 2, 1]},
        {"op": "batch_matmul", "inputs": [0, 1]},
        kept(),
    ]
    assert outcome(nodes, [3, 4, 5, 12], shape=[2, 1, 2]) == [25, 169]


def test_an_addition_broadcasts_and_weighs() -> None:
    node = {"op": "add", "inputs": [0, 0], "coefficients": [2, -1], "parameters": [[0, 10]], "constant": 7}
    parameters = [{"name": "p", "shape": [2, 1], "bits": 8}]
    # x + 10·p + 7, p by row
    assert outcome([node, kept()], [1, 2, 3, 4], shape=[2, 2], weights={"p": [[1], [-1]]}, parameters=parameters) == [
        18,
        19,
        0,
        1,
    ]


def test_an_addition_takes_up_accumulators() -> None:
    twice = {"op": "add", "coefficients": [2], "inputs": [0]}
    both = {"op": "add", "coefficients": [10, 1], "inputs": [1, 0]}
    assert outcome([twice, both, kept()], [1, -2], shape=[2]) == [21, -42]


@pytest.mark.parametrize(
    ("divisor", "fraction_bits", "expected"),
    [
        ("none", 0, [1, 3, 2]),
        # ⌊(2^8 + 1)/2⌋ = 128 everywhere
        ("window", 8, [128, 384, 256]),
        # the outer windows have one true cell
        ("valid", 8, [256, 384, 512]),
    ],
)
def test_a_pooled_sum_counts_true_cells(divisor: str, fraction_bits: int, expected: list[int]) -> None:
    window = {"kernel": [2], "strides": [1], "pads": [1, 1]}
    node = {"op": "sum_pool", **window, "divisor": divisor, "fraction_bits": fraction_bits}
    assert outcome([node, kept()], [1, 2], shape=[1, 1, 2]) == expected


def test_a_mean_multiplies_by_a_rounded_reciprocal() -> None:
    node = {"op": "sum_pool", "kernel": [3], "strides": [1], "pads": [0, 0], "divisor": "window", "fraction_bits": 8}
    # 85/256 · 3 is not 1: ⌊(255 + 128)/256⌋ is
    assert outcome([node, kept()], [1, 1, 1], shape=[1, 1, 3]) == [255]
    assert outcome([node, kept(shift=8)], [1, 1, 1], shape=[1, 1, 3]) == [1]


def test_padding_is_no_candidate_for_a_maximum() -> None:
    node = {"op": "max_pool", "kernel": [2, 2], "strides": [1, 1], "pads": [1, 0, 0, 0]}
    assert outcome([node], [-5, -3, -7, -9], shape=[1, 1, 2, 2]) == [-3, -3]


def test_a_window_that_is_rounded_up_is_clipped() -> None:
    node = {"op": "max_pool", "kernel": [2], "strides": [2], "pads": [0, 0], "ceil": True}
    assert outcome([node], [1, 2, -3], shape=[1, 1, 3]) == [2, -3]


@pytest.mark.parametrize(("x", "expected"), [([3, 9, 9], [1]), ([4, 4, 4], [0]), ([-3, -2, -1], [2])])
def test_of_equal_cells_the_first_is_the_maximum(x: list[int], expected: list[int]) -> None:
    assert outcome([{"op": "argmax", "axis": 1, "keepdims": False}], x, shape=[1, 3]) == expected


def test_argmax_runs_along_its_axis() -> None:
    made = result([{"op": "argmax", "axis": 0, "keepdims": True}], [1, 9, 5, 2, 8, 7], shape=[2, 3])
    assert made.outputs["y"].shape == (1, 3)
    assert made.outputs["y"].cells == [1, 0, 1]


def test_a_table_is_read_from_its_first_key() -> None:
    tables = [{"name": "square", "first_key": -2, "outputs": [4, 1, 0, 1, 4]}]
    node = {"op": "lookup", "table": 0}
    assert outcome([node], [-2, -1, 0, 2], shape=[4], tables=tables, range=(-2, 2)) == [4, 1, 0, 4]


def test_a_transpose_moves_axes_and_a_reshape_does_not() -> None:
    nodes = [{"op": "transpose", "perm": [1, 0]}, {"op": "reshape", "shape": [6]}]
    assert outcome(nodes, [1, 2, 3, 4, 5, 6], shape=[2, 3]) == [1, 4, 2, 5, 3, 6]
    assert outcome(nodes[1:], [1, 2, 3, 4, 5, 6], shape=[2, 3]) != [1, 4, 2, 5, 3, 6]


def test_a_transpose_names_the_input_axis_of_each_output_axis() -> None:
    made = result([{"op": "transpose", "perm": [2, 0, 1]}], list(range(24)), shape=[2, 3, 4])
    assert made.outputs["y"].shape == (4, 2, 3)
    # y[1, 0, 2] = x[0, 2, 1]
    assert made.outputs["y"].cells[1 * 6 + 0 * 3 + 2] == 0 * 12 + 2 * 4 + 1


def test_saturated_cells_are_counted_but_not_those_below_a_relu() -> None:
    clip = result([kept(low=-10, high=10)], [-11, -10, 10, 11], shape=[4])
    assert (clip.outputs["y"].cells, clip.saturated[0].cells) == ([-10, -10, 10, 10], 2)
    relu = result([kept(low=0, high=10)], [-11, -10, 10, 11], shape=[4])
    assert (relu.outputs["y"].cells, relu.saturated[0].cells) == ([0, 0, 10, 10], 1)


def test_a_program_that_refuses_overflow_has_no_output_for_it() -> None:
    assert outcome([kept(low=-10, high=10)], [-10, 10], shape=[2], overflow="refuse") == [-10, 10]
    assert outcome([kept(low=0, high=10)], [-10, 10], shape=[2], overflow="refuse") == [0, 10]
    with pytest.raises(OutOfRangeError, match="1 cells"):
        outcome([kept(low=-10, high=10)], [-11, 10], shape=[2], overflow="refuse")


@pytest.mark.parametrize("x", [[1, 2, 3], [1, 101], [1, 2.0], [[1, 2], [3]], [True, 2]])
def test_operands_that_do_not_fit_are_refused(x: list[Any]) -> None:
    assert outcome([kept()], [1, 100], shape=[2]) == [1, 100]
    with pytest.raises(OperandError):
        outcome([kept()], x, shape=[2])


def test_weights_beyond_their_bits_are_refused() -> None:
    node = {"op": "matmul", "weight": 0}
    parameters = [{"name": "w", "shape": [1, 1], "bits": 4}]
    assert outcome([node, kept()], [1], shape=[1], weights={"w": [-8]}, parameters=parameters) == [-8]
    for weight in (-9, 8):
        with pytest.raises(OperandError):
            outcome([node, kept()], [1], shape=[1], weights={"w": [weight]}, parameters=parameters)
