"""Claims that a scalar is the value of a source or tensor at a point, each kept until its stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from argument.field import HALF, MODULUS, dot, eq_below, eq_table, product
from argument.forms import HALVED, ONE, ZERO, Coordinate, Form, Point, values
from argument.party import Party
from argument.system import Affine, Fixed, Inner, Mask, Read, System, Wired


@dataclass(frozen=True, slots=True)
class InnerClaim:
    """The value of an inner product at a point."""

    inner: Inner
    point: Point
    form: Form


@dataclass(frozen=True, slots=True)
class WiredClaim:
    """The value of a wired view at a point."""

    wired: Wired
    point: Point
    form: Form


@dataclass(frozen=True, slots=True)
class TensorClaim:
    """The value of a committed tensor at a point."""

    tensor: int
    point: Point
    form: Form


FIXED = {Fixed.SUM: HALVED, Fixed.ZERO: ZERO, Fixed.ONE: ONE}


class Claims:
    """All open claims, each list in the order in which they arose, and the public tensors of the statement."""

    def __init__(self, system: System, publics: Sequence[Sequence[int]]) -> None:
        self.system = system
        self.inner: list[InnerClaim] = []
        self.wired: list[WiredClaim] = []
        self.tensors: list[TensorClaim] = []
        stated = iter(publics)
        self._publics = [() if isinstance(public, Mask) else next(stated, ()) for public in system.publics]

    def source(self, source: int, point: Point, form: Form) -> None:
        """A claim on a source; one on a read is a claim on its tensor at once."""
        kind = self.system.sources[source].kind
        if isinstance(kind, Inner):
            self.inner.append(InnerClaim(kind, point, form))
        elif isinstance(kind, Wired):
            self.wired.append(WiredClaim(kind, point, form))
        else:
            own, sums = _read_point(kind, point)
            self.tensor(kind.tensor, own, form.times(pow(HALF, sums, MODULUS)))

    def tensor(self, tensor: int, point: Point, form: Form) -> None:
        """A claim on a tensor."""
        self.tensors.append(TensorClaim(tensor, point, form))

    def public(self, index: int, point: Point) -> int:
        """A public polynomial at a point."""
        polynomial = self.system.publics[index]
        if isinstance(polynomial, Mask):
            rest, factors = values(point), []
            for n, length in polynomial.axes:
                factors.append(eq_below(length, rest[:n]))
                rest = rest[n:]
            return product(factors)
        return dot(self._publics[index], eq_table(values(point)))


def _read_point(read: Read, point: Point) -> tuple[list[Coordinate], int]:
    """A sum over a variable is twice the value at ½."""
    own = [point[coord] if isinstance(coord, int) else FIXED[coord] for coord in read.coords]
    return own, read.coords.count(Fixed.SUM)


class Evaluations:
    """Affine forms at points; each source is sent once in a stage."""

    def __init__(self, party: Party, claims: Claims, stage: str) -> None:
        self._party = party
        self._claims = claims
        self._stage = stage
        self._sent: dict[int, Form] = {}

    def affine(self, form: Affine, point: Point, is_operand: Callable[[int], bool] = lambda _: False) -> Form:
        """The value of a form."""
        value = Form(form.constant)
        if not self._party.counts_only:
            value = Form(form.constant + sum(k * self._claims.public(i, point) for k, i in form.publics))
        for coefficient, source in form.terms:
            if source not in self._sent:
                sent = self._party.send(f"{self._stage}.source.{source}", operand=is_operand(source))
                self._sent[source] = sent
                self._claims.source(source, point, sent)
            value = value.plus(coefficient, self._sent[source])
        return value.times(pow(HALF, form.denominator_bits, MODULUS)) if form.denominator_bits else value
