"""The closing argument (`protocol.md` §11): all equations and the opening in one group equation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from argument.columns import Opening
from argument.curve import Point, combination, is_neutral, times_cofactor
from argument.field import MODULUS, dot, eq_table, product
from argument.forms import Equation, Form, values
from argument.generators import BLINDS, PADS, PRODUCT, ROWS, SPARE, generator
from argument.plan import Plan
from argument.proof import Proof
from argument.system import Origin
from argument.transcript import Transcript

Pads = dict[int, int]


@dataclass(frozen=True, slots=True)
class Combined:
    """`𝒬(p̂_op) + ⟨a, X⟩ + a₀ = 0`: `columns` and `slots` are a, `rows` the coefficients of the rows."""

    kappa: int
    quadratic: list[tuple[int, Pads, Pads]]
    columns: list[int]
    slots: list[int]
    constant: int
    rows: list[int]

    @staticmethod
    def draw(transcript: Transcript, plan: Plan, equations: Sequence[Equation], opening: Opening) -> Combined:
        """Draws η and κ."""
        eta, kappa = transcript.challenge("closing.eta"), transcript.challenge("closing.kappa")
        linear = [0] * plan.num_slots
        constant = 0
        quadratic = []

        def add(weight: int, form: Form) -> None:
            nonlocal constant
            constant += weight * form.constant
            for slot, coefficient in form.pads.items():
                linear[slot] += weight * coefficient

        weight = 1
        for equation in equations:
            add(weight, equation.form)
            for coefficient, left, right in equation.products:
                # (A₀ + A)(B₀ + B) = B₀·(A₀ + A) + A₀·B + A·B
                own = weight * coefficient % MODULUS
                add(own * right.constant, left)
                add(own * left.constant, Form(0, right.pads))
                if left.pads and right.pads:
                    quadratic.append((own, left.pads, right.pads))
            weight = weight * eta % MODULUS
        add(weight, opening.form)
        square = kappa * kappa % MODULUS
        return Combined(
            kappa=kappa,
            quadratic=quadratic,
            columns=[square * weight % MODULUS * chi % MODULUS for chi in eq_table(values(opening.point))],
            slots=[kappa * coefficient % MODULUS for coefficient in linear],
            constant=square * constant % MODULUS,
            rows=opening.coefficients,
        )


@dataclass(frozen=True, slots=True)
class _Challenges:
    e: int
    xi: int
    folds: list[int]

    @staticmethod
    def draw(transcript: Transcript, proof: Proof) -> _Challenges:
        transcript.absorb_point("closing.mask", proof.mask)
        for cross in proof.cross:
            transcript.absorb_scalar("closing.cross", cross)
        e = transcript.challenge("closing.e")
        transcript.absorb_scalar("closing.blind", proof.blind)
        for response in proof.operands:
            transcript.absorb_scalar("closing.operand", response)
        transcript.absorb_scalar("closing.sigma", proof.spare)
        xi = transcript.challenge("closing.xi")
        folds = []
        for index, pair in enumerate(proof.folds):
            for point in pair:
                transcript.absorb_point("closing.fold", point)
            folds.append(transcript.challenge(f"closing.fold.{index}"))
        return _Challenges(e, xi, folds)


def holds(
    transcript: Transcript, plan: Plan, combined: Combined, imported: Sequence[Sequence[Point]], proof: Proof
) -> bool:
    """Whether the verifier's equation, times the cofactor, gives the neutral element."""
    drawn = _Challenges.draw(transcript, proof)
    terms = [*_fixed_terms(plan, combined, proof, drawn), *_row_terms(plan, combined, imported, proof, drawn)]
    return is_neutral(times_cofactor(combination(terms)))


def _scalar(plan: Plan, combined: Combined, proof: Proof, e: int) -> int:
    """`v = u0 + e·u1 − Z_σ − 𝒬(Z_op) − e²·a₀ − e·⟨a_op, Z_op⟩`."""
    shown = dict(zip(plan.operands, proof.operands, strict=True))

    def at(pads: Pads) -> int:
        return sum(coefficient * shown[slot] for slot, coefficient in pads.items()) % MODULUS

    quadratic = sum(weight * at(left) * at(right) for weight, left, right in combined.quadratic)
    linear = sum(combined.slots[slot] * response for slot, response in shown.items())
    u0, u1 = proof.cross
    return (u0 + e * u1 - proof.spare - quadratic - e * e * combined.constant - e * linear) % MODULUS


def _unfolded(folds: list[int], tail: list[int]) -> list[int]:
    """`z`: the tail in every block, times the fold challenges whose half of the block is the lower one."""
    scales = [1]
    for psi in folds:
        scales = [part for scale in scales for part in (scale * psi % MODULUS, scale)]
    return [scale * z % MODULUS for scale in scales for z in tail]


def _fixed_terms(plan: Plan, combined: Combined, proof: Proof, drawn: _Challenges) -> Iterator[tuple[int, Point]]:
    """Everything on the generators."""
    response = _unfolded(drawn.folds, proof.tail)
    on_rows, on_plain = response[: plan.num_columns], response[plan.num_columns :]
    scale = product(drawn.folds)
    plain = list(zip(plan.plain, on_plain, strict=False))
    functional = dot(combined.columns, on_rows) + sum(combined.slots[slot] * z for slot, z in plain)
    on_product = drawn.xi * (drawn.e * functional - scale * _scalar(plan, combined, proof, drawn.e))
    yield from ((z, generator(ROWS, index)) for index, z in enumerate(on_rows))
    yield from ((z, generator(PADS, slot)) for slot, z in plain)
    for slot, z in zip(plan.operands, proof.operands, strict=True):
        yield scale * z, generator(PADS, slot)
    yield scale * proof.spare, generator(SPARE, 0)
    yield scale * proof.blind, generator(BLINDS, 0)
    yield on_product, generator(PRODUCT, 0)


def _row_terms(
    plan: Plan, combined: Combined, imported: Sequence[Sequence[Point]], proof: Proof, drawn: _Challenges
) -> Iterator[tuple[int, Point]]:
    """Rows in order of the groups, P, T, and every L and R."""
    scale = product(drawn.folds)
    witness, groups = iter(proof.rows), iter(imported)
    rows: list[Point] = []
    for group, count in zip(plan.system.groups, plan.layout.group_rows, strict=True):
        rows += next(groups) if group.origin is Origin.IMPORTED else [next(witness) for _ in range(count)]
    for coefficient, row in zip(combined.rows, rows, strict=True):
        yield -scale * drawn.e * coefficient, row
    yield -scale * drawn.e * combined.kappa, proof.pads
    yield -scale, proof.mask
    later = 1
    for psi, (left, right) in reversed(list(zip(drawn.folds, proof.folds, strict=True))):
        yield -later, left
        yield -later * psi * psi, right
        later = later * psi % MODULUS
