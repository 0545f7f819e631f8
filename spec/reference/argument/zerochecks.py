"""Stage B, first part (`protocol.md` §8): all zerochecks in one sum."""

from __future__ import annotations

from argument.claims import Claims, Evaluations
from argument.field import MODULUS
from argument.forms import Form, last
from argument.party import Party, run_sum
from argument.system import Zerocheck


def run_zerochecks(party: Party, claims: Claims) -> None:
    """`Σ_l ω^l Σ A·B` vanishes at a random point, and so everywhere."""
    checks = claims.system.zerochecks
    if not checks:
        return
    num_vars = max(check.num_vars for check in checks)
    party.error("zerochecks", len(checks) + 3 * num_vars)
    omega = party.challenge("zerocheck.omega").value
    tau = [party.challenge(f"zerocheck.tau.{i}") for i in range(num_vars)]
    alpha, claim = run_sum(party, "zerocheck", tau, Form())
    operands = _operands(checks)
    evaluations = Evaluations(party, claims, "zerocheck")
    products = []
    weight = 1
    for check in checks:
        point = last(alpha, check.num_vars)
        for a, b in check.products:
            left = evaluations.affine(a, point, operands.__contains__)
            right = evaluations.affine(b, point, operands.__contains__)
            products.append((weight, left, right))
        weight = weight * omega % MODULUS
    party.equation("zerocheck", products, claim.times(-1))


def _operands(checks: list[Zerocheck]) -> set[int]:
    """Sources that stand in some product whose other form has sources too."""
    both = [(a, b) for check in checks for a, b in check.products if a.terms and b.terms]
    return {source for a, b in both for _, source in (*a.terms, *b.terms)}
