"""Who runs the schedule: a reader of a proof, or a counter that finds out what a proof is made of.

Both give the stages the same four things: challenges, hidden scalars, equations, and a place for error terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from argument.forms import Coordinate, Equation, Form, Product
from argument.transcript import Transcript


class Party(Protocol):
    """One side of the schedule."""

    counts_only: bool
    """Whether values are meaningless, so that public polynomials need not be evaluated."""

    def challenge(self, label: str) -> Coordinate:
        """A challenge, under its label."""

    def send(self, name: str, *, operand: bool = False) -> Form:
        """The hidden scalar of the next slot."""

    def equation(self, name: str, products: list[Product], form: Form) -> None:
        """An equation between hidden scalars."""

    def error(self, source: str, numerator: int) -> None:
        """A summand of the soundness error, over r (`security.md` §12)."""


class Counting:
    """Slots, equations and error terms of a system's proofs."""

    counts_only = True

    def __init__(self) -> None:
        self.operands: list[int] = []
        self.plain: list[int] = []
        self.equations = 0
        self.errors: Counter[str] = Counter()
        self._challenges = 0

    def challenge(self, label: str) -> Coordinate:
        """A placeholder."""
        self._challenges += 1
        return Coordinate(label, self._challenges + 2)

    def send(self, name: str, *, operand: bool = False) -> Form:
        """The next slot."""
        slot = len(self.operands) + len(self.plain)
        (self.operands if operand else self.plain).append(slot)
        return Form.sent(slot, 0)

    def equation(self, name: str, products: list[Product], form: Form) -> None:
        """Counts it."""
        self.equations += 1

    def error(self, source: str, numerator: int) -> None:
        """Adds it up."""
        self.errors[source] += numerator


class Reading:
    """The verifier: messages of a proof, challenges of the transcript."""

    counts_only = False

    def __init__(self, transcript: Transcript, messages: Sequence[int]) -> None:
        self.equations: list[Equation] = []
        self._transcript = transcript
        self._messages: Iterator[tuple[int, int]] = iter(enumerate(messages))

    def challenge(self, label: str) -> Coordinate:
        """Drawn from the transcript."""
        return Coordinate(label, self._transcript.challenge(label))

    def send(self, name: str, *, operand: bool = False) -> Form:
        """The next message, absorbed."""
        slot, message = next(self._messages)
        self._transcript.absorb_scalar(name, message)
        return Form.sent(slot, message)

    def equation(self, name: str, products: list[Product], form: Form) -> None:
        """Keeps it for the closing argument."""
        self.equations.append(Equation(name, products, form))

    def error(self, source: str, numerator: int) -> None:
        """Of no use here."""


def run_sum(party: Party, label: str, tau: Sequence[Coordinate], claim: Form) -> tuple[list[Coordinate], Form]:
    """`run(label, τ, c)` of `protocol.md` §6: the end point and the claim there."""
    point = []
    for k, t in enumerate(tau):
        linear, square = party.send(f"{label}.{k}.q1"), party.send(f"{label}.{k}.q2")
        alpha = party.challenge(f"{label}.{k}")
        claim = claim.plus(alpha.value - t.value, linear).plus(alpha.value**2 - t.value, square)
        point.append(alpha)
    return point, claim
