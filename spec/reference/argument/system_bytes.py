"""The digest of a system (`protocol.md` §3): every field in order, integers in 16 bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from argument.system import Affine, Factor, Inner, Mask, Operand, Read, Source, System, Table, Values
from argument.transcript import digest

T = TypeVar("T")


def system_digest(system: System) -> bytes:
    """32 bytes that name the system."""
    return digest(b"intaglio-system1", system_bytes(system))


def system_bytes(system: System) -> bytes:
    """What is hashed."""
    parts = [
        _text(system.kind) + _integer(system.column_vars),
        _list(system.groups, lambda g: _text(g.name) + _integer(g.origin.value) + _integer(g.width_vars)),
        _list(system.tensors, lambda t: _text(t.name) + _integer(t.num_vars) + _integer(t.group)),
        _list(system.sources, _source),
        _list(system.publics, _public),
        _list(system.tables, _table),
        _list(
            system.lookups,
            lambda c: _text(c.name) + _integers(c.table, c.num_vars) + _affine(c.key) + _list(c.outputs, _affine),
        ),
        _list(
            system.zerochecks,
            lambda c: _text(c.name) + _integer(c.num_vars) + _list(c.products, lambda p: b"".join(map(_affine, p))),
        ),
    ]
    return b"".join(parts)


def _integer(number: int) -> bytes:
    return number.to_bytes(16, "little", signed=True)


def _integers(*numbers: int) -> bytes:
    return b"".join(map(_integer, numbers))


def _list(items: Sequence[T], write: Callable[[T], bytes]) -> bytes:
    return _integer(len(items)) + b"".join(map(write, items))


def _text(text: str) -> bytes:
    data = text.encode("utf-8")
    return _integer(len(data)) + data


def _source(source: Source) -> bytes:
    head = _text(source.name) + _integer(source.num_vars)
    match source.kind:
        case Read(tensor, coords):
            return head + _integers(0, tensor) + _list(coords, lambda c: _integer(c if isinstance(c, int) else c.value))
        case Inner(summed, shared, left, right):
            return head + _integers(1, summed) + _list(shared, _integer) + _operand(left) + _operand(right)
        case wired:
            return head + _integers(2, wired.tensor) + _list(wired.factors, _factor)


def _operand(operand: Operand) -> bytes:
    return _integer(operand.source) + _list(operand.coords, lambda c: _integers(c[0].value, c[1]))


def _factor(factor: Factor) -> bytes:
    own = _list(factor.view, _integer) + _list(factor.tensor, _integer)
    if factor.entries is None:
        return own + _integer(0)
    return own + _integer(1) + _list(factor.entries, lambda entry: _integers(*entry))


def _public(public: Mask | Values) -> bytes:
    if isinstance(public, Mask):
        return _integer(0) + _list(public.axes, lambda axis: _integers(*axis))
    return _integer(1) + _text(public.name) + _integer(public.num_vars)


def _table(table: Table) -> bytes:
    head = _text(table.name) + _integers(table.first_key, table.length)
    columns = _list(table.outputs, lambda column: _list(column, _integer))
    return head + columns + _list(table.blocks, lambda b: _integers(b.first, b.num_vars, b.multiplicity))


def _affine(form: Affine) -> bytes:
    def terms(pairs: Sequence[tuple[int, int]]) -> bytes:
        return _list(pairs, lambda pair: _integers(*pair))

    return _integer(form.constant) + terms(form.terms) + terms(form.publics) + _integer(form.denominator_bits)
