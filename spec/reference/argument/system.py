"""Systems of relations (`protocol.md` §3): what a proof can be about, as plain data, and how one is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

MAX_VARS = 28
MAX_TERMS = 2**12


class SystemLimitError(Exception):
    """A system that is too large."""


class Origin(Enum):
    """Where the rows of a group come from."""

    IMPORTED = 0
    WITNESS = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of 2^width_vars cells."""

    name: str
    origin: Origin
    width_vars: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A committed multilinear polynomial."""

    name: str
    num_vars: int
    group: int


class Fixed(Enum):
    """A coordinate of a read that is no variable; the number is its code in the digest."""

    SUM = -1
    ZERO = -2
    ONE = -3


Coord = int | Fixed


@dataclass(frozen=True, slots=True)
class Read:
    """A tensor at coordinates that are variables of the source, summed over, or fixed."""

    tensor: int
    coords: tuple[Coord, ...]


class Kind(Enum):
    """Which variables an operand of a product reads."""

    OUT = 0
    SUMMED = 1
    SHARED = 2


@dataclass(frozen=True, slots=True)
class Operand:
    """A source at variables of the product."""

    source: int
    coords: tuple[tuple[Kind, int], ...]


@dataclass(frozen=True, slots=True)
class Inner:
    """`acc(z) = Σ_b eq(z_shared, b) Σ_k left·right`."""

    summed: int
    shared: tuple[int, ...]
    left: Operand
    right: Operand


Entry = tuple[int, int, int]
"""View index, tensor index, weight."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A public map between some variables of a view and some of a tensor; without entries the identity."""

    view: tuple[int, ...]
    tensor: tuple[int, ...]
    entries: Sequence[Entry] | None


@dataclass(frozen=True, slots=True)
class Wired:
    """A public linear map of a tensor's cells, a product of factors."""

    tensor: int
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A polynomial that relations read."""

    name: str
    num_vars: int
    kind: Read | Inner | Wired


@dataclass(frozen=True, slots=True)
class Mask:
    """1 where each axis index is below its length: `(variables, length)` from the highest bits."""

    axes: tuple[tuple[int, int], ...]

    @property
    def num_vars(self) -> int:
        """Of all axes."""
        return sum(n for n, _ in self.axes)


@dataclass(frozen=True, slots=True)
class Values:
    """The next public tensor of the statement."""

    name: str
    num_vars: int


@dataclass(frozen=True, slots=True)
class Block:
    """2^num_vars rows of a table from `first`, and the tensor of their multiplicities."""

    first: int
    num_vars: int
    multiplicity: int


@dataclass(frozen=True, slots=True)
class Table:
    """`length` rows with keys from `first_key`, each column of outputs as long."""

    name: str
    first_key: int
    length: int
    outputs: tuple[Sequence[int], ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Affine:
    """`(constant + Σ k·source + Σ k·public) / 2^denominator_bits`; terms are `(coefficient, index)`."""

    constant: int = 0
    terms: tuple[tuple[int, int], ...] = ()
    publics: tuple[tuple[int, int], ...] = ()
    denominator_bits: int = 0

    def plus(self, coefficient: int, source: int) -> Affine:
        """With one more term."""
        terms = (*self.terms, (coefficient, source))
        return Affine(self.constant, terms, self.publics, self.denominator_bits)


def source_form(source: int) -> Affine:
    """A source as it is."""
    return Affine(0, ((1, source),))


def public_form(public: int) -> Affine:
    """A public polynomial as it is."""
    return Affine(0, (), ((1, public),))


@dataclass(frozen=True, slots=True)
class Lookup:
    """At every cell (key, outputs) is a row of the table."""

    name: str
    table: int
    num_vars: int
    key: Affine
    outputs: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class Zerocheck:
    """At every cell Σ A·B = 0."""

    name: str
    num_vars: int
    products: tuple[tuple[Affine, Affine], ...]


@dataclass(slots=True)
class System:
    """All relations of a proof. Parts are appended in order; a part's number is its index."""

    kind: str
    column_vars: int
    groups: list[Group] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    publics: list[Mask | Values] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    zerochecks: list[Zerocheck] = field(default_factory=list)
    _wholes: dict[int, int] = field(default_factory=dict)

    def group(self, name: str, origin: Origin, width_vars: int) -> int:
        """A new group."""
        self.groups.append(Group(name, origin, width_vars))
        return len(self.groups) - 1

    def tensor(self, name: str, num_vars: int, group: int) -> int:
        """A new tensor."""
        self.tensors.append(Tensor(name, num_vars, group))
        return len(self.tensors) - 1

    def source(self, name: str, num_vars: int, kind: Read | Inner | Wired) -> int:
        """A new source."""
        self.sources.append(Source(name, num_vars, kind))
        return len(self.sources) - 1

    def whole(self, tensor: int) -> int:
        """The source that reads a tensor as it is; made once."""
        if tensor not in self._wholes:
            own = self.tensors[tensor]
            kind = Read(tensor, tuple(range(own.num_vars)))
            known = (i for i, s in enumerate(self.sources) if s.num_vars == own.num_vars and s.kind == kind)
            found = next(known, None)
            self._wholes[tensor] = self.source(own.name, own.num_vars, kind) if found is None else found
        return self._wholes[tensor]

    def public(self, polynomial: Mask | Values) -> int:
        """A new public polynomial."""
        self.publics.append(polynomial)
        return len(self.publics) - 1

    def table(self, name: str, first_key: int, length: int, outputs: Sequence[Sequence[int]], group: int) -> int:
        """A new table, and a multiplicity tensor for each power of two of its length."""
        blocks: list[Block] = []
        first = 0
        for n in reversed(range(length.bit_length())):
            if length >> n & 1:
                blocks.append(Block(first, n, self.tensor(f"{name}.multiplicity.{len(blocks)}", n, group)))
                first += 1 << n
        self.tables.append(Table(name, first_key, length, tuple(outputs), tuple(blocks)))
        return len(self.tables) - 1

    def lookup(self, name: str, table: int, num_vars: int, key: Affine, *outputs: Affine) -> None:
        """A new lookup."""
        self.lookups.append(Lookup(name, table, num_vars, key, outputs))

    def zerocheck(self, name: str, num_vars: int, *products: tuple[Affine, Affine]) -> None:
        """A new zerocheck."""
        self.zerochecks.append(Zerocheck(name, num_vars, products))

    def check_size(self) -> None:
        """The limits of `protocol.md` §3.

        Raises:
            SystemLimitError: one is exceeded.
        """
        sized = [*self.tensors, *self.sources, *self.publics, *self.lookups, *self.zerochecks]
        if self.column_vars > MAX_VARS or any(part.num_vars > MAX_VARS for part in sized):
            raise SystemLimitError("more than 2^28 cells")
        forms = [form for lookup in self.lookups for form in (lookup.key, *lookup.outputs)]
        forms += [form for check in self.zerochecks for pair in check.products for form in pair]
        if any(len(form.terms) + len(form.publics) > MAX_TERMS or abs(form.constant) >> 100 for form in forms):
            raise SystemLimitError("more than 2^12 terms in one form, or a constant of more than 100 bits")
