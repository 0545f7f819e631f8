"""Where tensors and leaves stand (`protocol.md` §4): a function of the system alone."""

from __future__ import annotations

from dataclasses import dataclass

from argument.system import Block, Lookup, System


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor inside its group."""

    offset: int
    """Cells of the group before it."""
    first_row: int
    """Its first row, counted over all groups."""
    column_vars: int
    """How many of its last variables are column coordinates."""
    block_vars: int
    """Variables of a row of the group that say which of the row's blocks it is."""
    block: int
    """That block."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The leaves of one lookup, or of one block of a table."""

    num_vars: int
    index: int
    """Of the lookup, or of the table."""
    block: Block | None
    """None for a lookup."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of all tensors, rows of each group, leaves in order, and log2 of their number."""

    places: list[Place]
    group_rows: list[int]
    leaves: list[Leaf]
    tree_vars: int

    @staticmethod
    def of(system: System) -> Layout:
        """The layout of a system."""
        places, group_rows = _rows(system)
        leaves = _leaves(system)
        total = sum(1 << leaf.num_vars for leaf in leaves)
        return Layout(places, group_rows, leaves, max(1, (total - 1).bit_length()) if leaves else 0)

    @property
    def num_rows(self) -> int:
        """Of all groups."""
        return sum(self.group_rows)


def _rows(system: System) -> tuple[list[Place], list[int]]:
    places: dict[int, Place] = {}
    group_rows: list[int] = []
    for index, group in enumerate(system.groups):
        own = [i for i, tensor in enumerate(system.tensors) if tensor.group == index]
        offset = 0
        for i in sorted(own, key=lambda i: -system.tensors[i].num_vars):
            n = system.tensors[i].num_vars
            columns = min(n, group.width_vars)
            spare = group.width_vars - columns
            block = (offset >> n) & ((1 << spare) - 1)
            places[i] = Place(offset, sum(group_rows) + (offset >> group.width_vars), columns, spare, block)
            offset += 1 << n
        group_rows.append(-(-offset >> group.width_vars))
    return [places[i] for i in range(len(system.tensors))], group_rows


def _leaves(system: System) -> list[Leaf]:
    lookups: list[Lookup] = system.lookups
    leaves = [Leaf(lookup.num_vars, index, None) for index, lookup in enumerate(lookups)]
    if leaves:
        leaves += [Leaf(b.num_vars, index, b) for index, table in enumerate(system.tables) for b in table.blocks]
    return sorted(leaves, key=lambda leaf: -leaf.num_vars)
