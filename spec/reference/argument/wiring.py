"""Stage B, last part (`protocol.md` §9): one sum moves every claim on a wired view to its tensor."""

from __future__ import annotations

from argument.claims import Claims, WiredClaim
from argument.field import HALF, MODULUS, eq_at, eq_table, product
from argument.forms import HALVED, Form, Point, last, values
from argument.party import Party, run_sum
from argument.system import Factor


def run_wiring(party: Party, claims: Claims) -> None:
    """One claim for each tensor that is wired."""
    if not claims.wired:
        return
    delta = party.challenge("wiring.delta").value
    weighted = [(pow(delta, index, MODULUS), claim) for index, claim in enumerate(claims.wired)]
    targets = list(dict.fromkeys(claim.wired.tensor for claim in claims.wired))
    num_vars = {target: claims.system.tensors[target].num_vars for target in targets}
    total = Form()
    for weight, claim in weighted:
        total = total.plus(weight * pow(HALF, num_vars[claim.wired.tensor], MODULUS), claim.form)
    tau = [HALVED] * max(num_vars.values())
    party.error("products", len(weighted) + 2 * len(tau))
    alpha, total = run_sum(party, "wiring", tau, total)
    end = total.times(-1)
    for index, target in enumerate(targets):
        at = last(alpha, num_vars[target])
        public = 0
        if not party.counts_only:
            own = [(weight, claim) for weight, claim in weighted if claim.wired.tensor == target]
            public = sum(weight * _evaluate(claim, at) for weight, claim in own) % MODULUS
        form = party.send(f"wiring.target.{index}")
        claims.tensor(target, at, form)
        end = end.plus(public, form)
    party.equation("wiring", [], end)


def _evaluate(claim: WiredClaim, at: Point) -> int:
    """`A(z, b)`: the map at a point of the view and a point of the tensor."""
    return product(_factor(factor, claim.point, at) for factor in claim.wired.factors)


def _factor(factor: Factor, view_point: Point, tensor_point: Point) -> int:
    view = values([view_point[i] for i in factor.view])
    tensor = values([tensor_point[i] for i in factor.tensor])
    if factor.entries is None:
        return eq_at(view, tensor)
    rows, cells = eq_table(view), eq_table(tensor)
    return sum(weight * rows[row] * cells[cell] for row, cell, weight in factor.entries) % MODULUS
