"""Rounding and functions (`lowering.md` §6): requantise, lookup."""

from __future__ import annotations

from argument.system import Affine, Mask, public_form, source_form
from committed import Lookup, Requantise
from program import Overflow, Program

from lower.cells import mask_axes
from lower.lowering import Lowering


def lower_lookup(low: Lowering, node: int, op: Lookup) -> None:
    """(x, y) is a row of the table."""
    num_vars = low.program.values[low.out(node)].layout.num_vars
    x = low.system.whole(low.tensor_of(low.program.nodes[node].inputs[0]))
    tensor = low.column(f"{low.name(node)}, y", num_vars)
    y = low.system.whole(tensor)
    table = low.function_table(op.table)
    low.system.lookup(f"{low.name(node)}, (x, y)", table, num_vars, source_form(x), source_form(y))
    low.values.append(tensor)


def lower_requantise(low: Lowering, node: int, op: Requantise) -> None:
    """`acc + half = 2^shift·quot + rem`, `quot = kept + 2·upper − miss`, and what confines each."""
    name, system = low.name(node), low.system
    num_vars = low.program.values[low.out(node)].layout.num_vars
    acc = _accumulator(low, low.program.nodes[node].inputs[0])
    below, above = _reach(low.program, node, op)
    tensor = low.column(f"{name}, v", num_vars)
    kept = system.whole(tensor)
    upper = low.committed(f"{name}, d⁺", num_vars) if below and above else None
    limbs = [
        (bit, low.limb(f"{name}, m, bits {bit}..", num_vars, own))
        for bit, own in low.limbs(max(below, above).bit_length())
    ]
    miss = tuple((1 << bit, limb) for bit, limb in limbs)
    sign = -1 if below else 1
    quotient = [(sign * k, limb) for k, limb in miss] + [(1, kept)] + ([] if upper is None else [(2, upper)])
    half = 1 << op.shift - 1 if op.shift else 0
    remainder = Affine(acc.constant + half, acc.terms + tuple((-(k << op.shift), s) for k, s in quotient))
    low.top(f"{name}, r", num_vars, remainder, op.shift)
    if not _is_key_of_all(low.program, low.out(node), op):
        low.within(f"{name}, v", num_vars, Affine(-op.low, ((1, kept),)), op.high - op.low)
    to_high, to_low = Affine(op.high, ((-1, kept),)), Affine(-op.low, ((1, kept),))
    if upper is not None:
        system.zerocheck(f"{name}, upper", num_vars, (source_form(upper), to_high))
        system.zerocheck(f"{name}, lower", num_vars, (Affine(0, (*miss, (-1, upper))), to_low))
    elif above:
        system.zerocheck(f"{name}, upper", num_vars, (Affine(0, miss), to_high))
    elif below:
        system.zerocheck(f"{name}, lower", num_vars, (Affine(0, miss), to_low))
    outside = _outside(op, (below, above), upper, miss)
    if low.program.overflow is Overflow.REFUSE and outside is not None:
        mask = public_form(system.public(Mask(mask_axes(low.program.values[low.out(node)].layout))))
        system.zerocheck(f"{name}, in range", num_vars, (mask, outside))
    low.values.append(tensor)


def _outside(
    op: Requantise, reach: tuple[int, int], upper: int | None, miss: tuple[tuple[int, int], ...]
) -> Affine | None:
    """What vanishes on true cells where overflow is refused: the distance from the range, a ReLU's lower side apart."""
    if op.low == 0 and upper is not None:
        return source_form(upper)
    if op.low == 0 and not reach[1]:
        return None
    return Affine(0, miss) if miss else None


def _accumulator(low: Lowering, value: int) -> Affine:
    known = low.values[value]
    return known if isinstance(known, Affine) else source_form(low.system.whole(low.tensor_of(value)))


def _reach(program: Program, node: int, op: Requantise) -> tuple[int, int]:
    """How far the quotient can lie below and above the kept range."""
    x = program.values[program.nodes[node].inputs[0]]
    below = max(op.low - op.quotient(min(x.low, 0)), 0)
    above = max(op.quotient(max(x.high, 0)) - op.high, 0)
    if program.overflow is Overflow.SATURATE:
        return below, above
    # refused on true cells, but for a ReLU's lower side; padded cells keep as far as they can lie outside
    low, high = x.padding if x.layout.is_padded else (op.low << op.shift, op.low << op.shift)
    padded = max(op.low - op.quotient(low), 0), max(op.quotient(high) - op.high, 0)
    return below if op.low == 0 else padded[0], padded[1]


def _is_key_of_all(program: Program, value: int, op: Requantise) -> bool:
    """Whether a lookup reads the value in a table whose keys are exactly the kept range."""
    tables = (
        program.tables[node.operator.table]
        for node in program.nodes
        if isinstance(node.operator, Lookup) and node.inputs[0] == value
    )
    return any((table.first_key, table.last_key) == (op.low, op.high) for table in tables)
