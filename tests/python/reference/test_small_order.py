"""Points of small order on what a prover sends: invisible to both verifiers where it is ephemeral, refused where it is
kept. Mutations cannot show the first, since they change the challenges; so here the prover itself adds them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import intaglio
import pytest
from argument.curve import NEUTRAL, Point, add, affine, extended
from argument.encoding import encode_point
from intaglio import _core
from mutations import SMALL_ORDER
from opening import Committed, verify_opening
from opening_prover import EXPONENT, NAME, commit, prove
from rejection import RejectionError

CELLS = [5, -7, 2**40, 0]
BLIND = 123456789


def verdicts(opening: bytes, row: Point) -> tuple[str, str]:
    """Of the product, of the reference."""
    try:
        _core.verify_opening(opening, NAME, [len(CELLS)], EXPONENT, encode_point(row))
        product_says = "accepted"
    except intaglio.Rejected as error:
        product_says = error.check
    try:
        verify_opening(opening, Committed(NAME, (len(CELLS),), EXPONENT, [row]))
        reference_says = "accepted"
    except RejectionError as error:
        reference_says = error.stage.value
    return product_says, reference_says


def additions() -> Iterator[tuple[Point, Point]]:
    yield from product((NEUTRAL, *SMALL_ORDER), repeat=2)


@pytest.mark.parametrize(("on_pads", "on_mask"), list(additions()))
def test_on_ephemeral_points_it_changes_no_verdict(on_pads: Point, on_mask: Point) -> None:
    opening = prove(CELLS, BLIND, [0, 2], Random(1), on_pads, on_mask)
    assert verdicts(opening, commit(CELLS, BLIND)) == ("accepted", "accepted")
    # a control: another value of the element that is shown
    assert opening.count(bytes([5, *[0] * 7])) == 1
    lie = opening.replace(bytes([5, *[0] * 7]), bytes([6, *[0] * 7]))
    assert verdicts(lie, commit(CELLS, BLIND)) == ("closing", "closing")


@pytest.mark.parametrize("small", SMALL_ORDER)
def test_on_a_row_it_is_refused(small: Point) -> None:
    opening = prove(CELLS, BLIND, [0, 2], Random(1), NEUTRAL, NEUTRAL)
    moved = affine(add(extended(commit(CELLS, BLIND)), extended(small)))
    assert verdicts(opening, moved) == ("statement", "statement")
