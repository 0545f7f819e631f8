"""Stage B, second part (`protocol.md` §9): inner products, joined into runs where their points agree."""

from __future__ import annotations

from argument.claims import Claims, InnerClaim
from argument.field import HALF, MODULUS
from argument.forms import HALVED, Coordinate, Form, Point, last, names
from argument.party import Party, run_sum
from argument.system import Kind, Operand


def run_inner_products(party: Party, claims: Claims) -> None:
    """One sum a run; each product becomes two claims on its operands."""
    for index, (tau, members) in enumerate(_runs(claims.inner)):
        delta = party.challenge(f"inner.{index}.delta").value
        weights = [pow(delta, position, MODULUS) for position in range(len(members))]
        claim = Form()
        for weight, member in zip(weights, members, strict=True):
            claim = claim.plus(weight * pow(HALF, member.inner.summed, MODULUS), member.form)
        party.error("products", len(members) + 2 * len(tau))
        alpha, claim = run_sum(party, f"inner.{index}", tau, claim)
        products = []
        for position, (weight, member) in enumerate(zip(weights, members, strict=True)):
            own = last(alpha, len(_tau(member)))
            sides = []
            for side, operand in (("left", member.inner.left), ("right", member.inner.right)):
                form = party.send(f"inner.{index}.{position}.{side}", operand=True)
                claims.source(operand.source, _operand_point(operand, member, own), form)
                sides.append(form)
            products.append((weight, sides[0], sides[1]))
        party.equation(f"inner products {index}", products, claim.times(-1))


def _tau(claim: InnerClaim) -> list[Coordinate]:
    """The claimed point on shared variables, ½ on those that are summed."""
    return [*(claim.point[i] for i in claim.inner.shared), *[HALVED] * claim.inner.summed]


def _runs(open_claims: list[InnerClaim]) -> list[tuple[list[Coordinate], list[InnerClaim]]]:
    """Longest first; a claim joins the first run whose point ends like its own."""
    runs: list[tuple[list[Coordinate], list[InnerClaim]]] = []
    for claim in sorted(open_claims, key=lambda claim: -len(_tau(claim))):
        tau = _tau(claim)
        fitting = (members for own, members in runs if names(last(own, len(tau))) == names(tau))
        members = next(fitting, None)
        if members is None:
            runs.append((tau, [claim]))
        else:
            members.append(claim)
    return runs


def _operand_point(operand: Operand, claim: InnerClaim, end: Point) -> list[Coordinate]:
    shared = len(claim.inner.shared)
    at = {Kind.OUT: claim.point, Kind.SHARED: end[:shared], Kind.SUMMED: end[shared:]}
    return [at[kind][index] for kind, index in operand.coords]
