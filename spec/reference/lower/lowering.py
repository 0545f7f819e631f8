"""What the operators share (`lowering.md` §2): tensors, range checks, reading values."""

from __future__ import annotations

from collections.abc import Iterable

from argument.system import Affine, Entry, Factor, Origin, System, Wired, source_form
from program import Program
from values import Layout

from lower.cells import behind, cell, num_cells, vars_of

MAX_ENTRIES = 2**21
MAX_TOTAL_ENTRIES = 2**23


class LoweringError(Exception):
    """The program has no system: a wiring is too large."""


class Lowering:
    """The state of one lowering; `values` are what each value of the program is: a tensor, a form, or nothing."""

    def __init__(self, program: Program, kind: str, column_vars: int) -> None:
        self.program = program
        self.system = System(kind, column_vars)
        self.model = self.system.group("model", Origin.IMPORTED, column_vars)
        self.witness = self.system.group("witness", Origin.WITNESS, column_vars)
        self.parameters = declare_parameters(self.system, program, self.model)
        self.values: list[int | Affine | None] = []
        self._ranges: dict[int, int] = {}
        self._functions: dict[int, int] = {}
        self._entries = 0

    def name(self, node: int | None) -> str:
        """`nm` of a node."""
        return "input" if node is None else f"{node}:{self.program.nodes[node].name}"

    def out(self, node: int) -> int:
        """The value that a node makes."""
        return len(self.program.inputs) + node

    def tensor_of(self, value: int) -> int:
        """The tensor of a value that is one."""
        tensor = self.values[value]
        assert isinstance(tensor, int), "the rules of programs"
        return tensor

    def column(self, name: str, num_vars: int) -> int:
        """A new witness tensor."""
        return self.system.tensor(name, num_vars, self.witness)

    def committed(self, name: str, num_vars: int) -> int:
        """A new witness tensor, as a source."""
        return self.system.whole(self.column(name, num_vars))

    # ── range checks

    def range_table(self, bits: int) -> int:
        """The table of 0 … 2^bits − 1."""
        if bits not in self._ranges:
            self._ranges[bits] = self.system.table(f"range {bits}", 0, 1 << bits, (), self.witness)
        return self._ranges[bits]

    def function_table(self, index: int) -> int:
        """A table of the program."""
        if index not in self._functions:
            own = self.program.tables[index]
            outputs = (own.outputs,)
            made = self.system.table(own.name, own.first_key, len(own.outputs), outputs, self.witness)
            self._functions[index] = made
        return self._functions[index]

    def limbs(self, bits: int) -> list[tuple[int, int]]:
        """`(lowest bit, bits)` of each limb."""
        width = self.program.limb_bits
        return [(low, min(width, bits - low)) for low in range(0, bits, width)]

    def limb(self, name: str, num_vars: int, bits: int) -> int:
        """A committed limb with its lookup, as a source."""
        limb = self.committed(name, num_vars)
        self.system.lookup(name, self.range_table(bits), num_vars, source_form(limb))
        return limb

    def low(self, name: str, num_vars: int, form: Affine, bits: int) -> None:
        """form in [0, 2^bits), the lowest limb not committed."""
        limbs = self.limbs(bits)
        for low, own in limbs[1:]:
            form = form.plus(-(1 << low), self.limb(f"{name}, bits {low}..", num_vars, own))
        table = self.range_table(limbs[0][1] if limbs else 0)
        self.system.lookup(name, table, num_vars, form)

    def top(self, name: str, num_vars: int, form: Affine, bits: int) -> None:
        """form in [0, 2^bits), the highest limb not committed."""
        limbs = self.limbs(bits)
        for low, own in limbs[:-1]:
            form = form.plus(-(1 << low), self.limb(f"{name}, bits {low}..", num_vars, own))
        last, own = limbs[-1] if limbs else (0, 0)
        form = Affine(form.constant, form.terms, form.publics, form.denominator_bits + last)
        self.system.lookup(name, self.range_table(own), num_vars, form)

    def within(self, name: str, num_vars: int, form: Affine, most: int) -> None:
        """form in [0, most]."""
        bits = most.bit_length()
        self.low(name, num_vars, form, bits)
        if most != (1 << bits) - 1:
            rest = Affine(most - form.constant, tuple((-k, source) for k, source in form.terms))
            self.low(f"{name}, other end", num_vars, rest, bits)

    # ── reading values

    def reserve(self, entries: int) -> None:
        """Takes entries out of the budget of wirings.

        Raises:
            LoweringError: there are too many.
        """
        self._entries += entries
        if entries > MAX_ENTRIES or self._entries > MAX_TOTAL_ENTRIES:
            raise LoweringError("a wiring with too many entries")

    def read(self, node: int | None, value: int, domain: Layout) -> int:
        """A value on a layout with as many true cells, zero on padding."""
        root, view = behind(self.program, value)
        own = self.program.values[root].layout
        if view is None and not own.is_padded and not domain.is_padded:
            return self.system.whole(self.tensor_of(root))
        if view is None and own == domain:
            factors = tuple(_true_cells(own, axis) for axis in range(len(own.axes)))
            name = f"{self.name(node)}, value {value}"
            return self.system.source(name, domain.num_vars, Wired(self.tensor_of(root), factors))
        self.reserve(num_cells(domain))
        cells = ((cell(domain, flat), flat, 1) for flat in range(num_cells(domain)))
        return self.wire(node, value, domain.num_vars, cells)

    def wire(self, node: int | None, value: int, num_vars: int, entries: Iterable[Entry]) -> int:
        """A wiring of `(cell, true cell of the value, weight)`."""
        root, view = behind(self.program, value)
        own = self.program.values[root].layout
        found = [(at, cell(own, view[flat] if view else flat), weight) for at, flat, weight in sorted(entries)]
        name = f"{self.name(node)}, wired value {value}"
        return self._sparse(name, num_vars, self.tensor_of(root), found)

    def wired(self, name: str, num_vars: int, tensor: int, entries: Iterable[Entry]) -> int:
        """A wiring of `(cell, padded cell of the tensor, weight)`."""
        return self._sparse(name, num_vars, tensor, sorted(entries))

    def _sparse(self, name: str, num_vars: int, tensor: int, entries: list[Entry]) -> int:
        own = self.system.tensors[tensor].num_vars
        factor = Factor(tuple(range(num_vars)), tuple(range(own)), entries)
        return self.system.source(name, num_vars, Wired(tensor, (factor,)))


def _true_cells(layout: Layout, axis: int) -> Factor:
    own, length = vars_of(layout, axis), layout.axes[axis]
    return Factor(own, own, [(i, i, 1) for i in range(length)] if length & (length - 1) else None)


def declare_parameters(system: System, program: Program, group: int) -> list[int]:
    """One tensor for each parameter."""
    layouts = [program.parameter_layout(index) for index in range(len(program.parameters))]
    named = zip(program.parameters, layouts, strict=True)
    return [system.tensor(own.name, layout.num_vars, group) for own, layout in named]
