"""Stage C (`protocol.md` §10): every claim on a tensor becomes one evaluation of one combination of rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from argument.claims import Claims
from argument.field import HALF, MODULUS, eq_at, eq_table
from argument.forms import HALVED, ONE, ZERO, Coordinate, Form, Point, last, names, values
from argument.layout import Layout, Place
from argument.party import Party, run_sum


@dataclass(frozen=True, slots=True)
class Opening:
    """The last equation: `⟨eq(point, ·), Σ coefficient·row⟩ + form = 0`."""

    coefficients: list[int]
    point: Point
    form: Form


@dataclass(slots=True)
class _Merged:
    """Claims with one column point: members are (weight, first row, row point)."""

    columns: list[Coordinate]
    members: list[tuple[int, int, Point]] = field(default_factory=list)
    value: Form = field(default_factory=Form)


def run_columns(party: Party, layout: Layout, claims: Claims) -> Opening:
    """Merge by ν, sum by δ, combine by μ."""
    column_vars = claims.system.column_vars
    merged = _merge(layout, claims, party.challenge("columns.nu").value)
    delta = party.challenge("columns.delta").value
    deltas = [pow(delta, k, MODULUS) for k in range(len(merged))]
    claim = Form()
    for weight, group in zip(deltas, merged, strict=True):
        claim = claim.plus(weight * pow(HALF, column_vars, MODULUS), group.value)
    members = sum(len(group.members) for group in merged)
    party.error("columns", members + 2 * len(merged) + 2 * column_vars)
    alpha, claim = run_sum(party, "columns", [HALVED] * column_vars, claim)
    end = claim.times(-1)
    sent = []
    for k, (weight, group) in enumerate(zip(deltas, merged, strict=True)):
        sent.append(party.send(f"columns.row.{k}"))
        end = end.plus(weight * eq_at(values(group.columns), values(alpha)), sent[-1])
    party.equation("columns", [], end)
    mu = party.challenge("columns.mu").value
    form = Form()
    for k, value in enumerate(sent):
        form = form.plus(-pow(mu, k, MODULUS), value)
    coefficients = [] if party.counts_only else _coefficients(layout.num_rows, merged, mu)
    return Opening(coefficients, alpha, form)


def _column_point(place: Place, column_vars: int, point: Point) -> list[Coordinate]:
    """Zeros for a narrow group, the bits of the block, the tensor's own column coordinates."""
    narrow = column_vars - place.column_vars - place.block_vars
    bits = [place.block >> i & 1 for i in reversed(range(place.block_vars))]
    return [*[ZERO] * narrow, *(ONE if bit else ZERO for bit in bits), *last(point, place.column_vars)]


def _merge(layout: Layout, claims: Claims, nu: int) -> list[_Merged]:
    merged: dict[tuple[str, ...], _Merged] = {}
    for claim in claims.tensors:
        place = layout.places[claim.tensor]
        columns = _column_point(place, claims.system.column_vars, claim.point)
        group = merged.setdefault(names(columns), _Merged(columns))
        weight = pow(nu, len(group.members), MODULUS)
        rows = claim.point[: len(claim.point) - place.column_vars]
        group.members.append((weight, place.first_row, rows))
        group.value = group.value.plus(weight, claim.form)
    return list(merged.values())


def _coefficients(num_rows: int, merged: list[_Merged], mu: int) -> list[int]:
    """`f_i = Σ_k μ^k·g_k(i)`."""
    coefficients = [0] * num_rows
    for k, group in enumerate(merged):
        for weight, first, point in group.members:
            for offset, eq in enumerate(eq_table(values(point))):
                coefficients[first + offset] += pow(mu, k, MODULUS) * weight % MODULUS * eq
    return [coefficient % MODULUS for coefficient in coefficients]
