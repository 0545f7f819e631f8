"""Stage A (`protocol.md` §7): one fraction tree for all lookups, and its leaves."""

from __future__ import annotations

from argument.claims import Claims, Evaluations
from argument.field import MODULUS, dot, eq_index, eq_table
from argument.forms import Coordinate, Form, Point, last, values
from argument.layout import Layout, Leaf
from argument.party import Party, run_sum
from argument.system import Block, Table

Node = tuple[Form, Form, Form, Form]
"""`n0, n1, d0, d1`: numerators and denominators of both children."""


def run_lookups(party: Party, layout: Layout, claims: Claims) -> None:
    """From the root, whose fraction must be zero, to the leaves."""
    if not layout.leaves:
        return
    system = claims.system
    d = max([1, *(len(table.outputs) for table in system.tables)]) + 1
    party.error("lookups", d << layout.tree_vars)
    party.error("tree", 1 + (layout.tree_vars - 1) * (layout.tree_vars + 2))
    beta, gamma = party.challenge("lookup.beta").value, party.challenge("lookup.gamma").value
    n0, n1, d0, d1 = _children(party, 0)
    party.equation("lookup root", [(1, n0, d1), (1, n1, d0)], Form())
    rho = party.challenge("tree.0.rho")
    point = [rho]
    for j in range(1, layout.tree_vars):
        weight = party.challenge(f"tree.{j}.lambda").value
        claim = _line(rho, n0, n1).plus(weight, _line(rho, d0, d1))
        alpha, claim = run_sum(party, f"tree.{j}", point, claim)
        n0, n1, d0, d1 = _children(party, j)
        party.equation(f"lookup level {j}", [(1, d1, n0.plus(weight, d0)), (1, n1, d0)], claim.times(-1))
        rho = party.challenge(f"tree.{j}.rho")
        point = [rho, *alpha]
    leaves = _Leaves(party, claims, [pow(beta, i, MODULUS) for i in range(d + 1)], gamma, point)
    leaves.run(layout.leaves, _line(rho, n0, n1), _line(rho, d0, d1))


def _children(party: Party, level: int) -> Node:
    n0, n1, d0, d1 = (party.send(f"tree.{level}.{name}", operand=True) for name in ("n0", "n1", "d0", "d1"))
    return n0, n1, d0, d1


def _line(rho: Coordinate, at_zero: Form, at_one: Form) -> Form:
    return at_zero.times(1 - rho.value).plus(rho.value, at_one)


class _Leaves:
    """What stands at the leaf point, block by block."""

    def __init__(self, party: Party, claims: Claims, powers: list[int], gamma: int, point: Point) -> None:
        self._party = party
        self._claims = claims
        self._evaluations = Evaluations(party, claims, "leaf")
        self._powers = powers
        self._gamma = gamma
        self._point = point

    def run(self, leaves: list[Leaf], numerator: Form, denominator: Form) -> None:
        """Both equations: numerator and denominator against the sum over the blocks."""
        offset = covered = 0
        for leaf in leaves:
            n = leaf.num_vars
            low, high = last(self._point, n), self._point[: len(self._point) - n]
            weight = eq_index(offset >> n, values(high))
            offset += 1 << n
            covered += weight
            if leaf.block is None:
                numerator = numerator.plus(-weight, Form(1))
                denominator = denominator.plus(-weight, self._looked_up(leaf.index, low))
            else:
                multiplicity = self._party.send(f"leaf.tensor.{leaf.block.multiplicity}")
                self._claims.tensor(leaf.block.multiplicity, low, multiplicity)
                numerator = numerator.plus(weight, multiplicity)
                denominator = denominator.plus(-weight, Form(self._rows(leaf.index, leaf.block, low)))
        self._party.equation("leaf numerator", [], numerator)
        # padding leaves are 0 over 1
        self._party.equation("leaf denominator", [], denominator.plus(covered - 1, Form(1)))

    def _looked_up(self, index: int, low: Point) -> Form:
        """`γ − β^d·tag − key − Σ β^i·out_i` of a lookup."""
        lookup = self._claims.system.lookups[index]
        value = Form(self._gamma - self._powers[-1] * (lookup.table + 1))
        value = value.plus(-1, self._evaluations.affine(lookup.key, low))
        for power, form in zip(self._powers[1:], lookup.outputs, strict=False):
            value = value.plus(-power, self._evaluations.affine(form, low))
        return value

    def _rows(self, index: int, block: Block, low: Point) -> int:
        """The same for the rows of a block, weighted; the verifier computes it alone."""
        if self._party.counts_only:
            return 0
        table: Table = self._claims.system.tables[index]
        constant = self._gamma - self._powers[-1] * (index + 1)
        rows = range(block.first, block.first + (1 << block.num_vars))
        columns = list(zip(self._powers[1:], table.outputs, strict=False))
        fingerprints = (constant - table.first_key - row - sum(p * c[row] for p, c in columns) for row in rows)
        return dot(fingerprints, eq_table(values(low)))
