"""Canonical bytes of a program (`format.md` §2), both ways, and the program's digest.

The decoder is strict: it reads to the last byte, checks each count against the bytes that are left, and accepts nothing
that the encoder would not write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from math import prod
from typing import TypeVar

from accumulators import Add, BatchMatMul, Conv, Divisor, MatMul, SumPool
from committed import ArgMax, Lookup, MaxPool, Requantise
from errors import DecodeError
from program import Input, Node, Operator, Output, Overflow, Program
from tensors import Tensor
from values import FunctionTable, Parameter
from views import Reshape, Transpose
from windows import Window

PROGRAM = b"INTAGLIO-PROGRAM"
COMPILED = b"INTAGLIO-COMPILE"
VERSION = 1
COMPILED_VERSION = 2
CHECKSUM = 32
DIVISORS = (Divisor.NONE, Divisor.WINDOW, Divisor.VALID)

T = TypeVar("T")


class Reader:
    """Walks bytes; every read is bounded by what is left."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fail(self, what: str) -> DecodeError:
        """The error at this place."""
        return DecodeError(f"byte {self._at}: {what}")

    def take(self, length: int) -> bytes:
        """The next bytes."""
        if length > len(self._data) - self._at:
            raise self.fail("the bytes end here")
        self._at += length
        return self._data[self._at - length : self._at]

    @property
    def at(self) -> int:
        """Offset of the next byte."""
        return self._at

    def end(self) -> None:
        """Refuses bytes that are left."""
        if self._at != len(self._data):
            raise self.fail("bytes after the end")

    def head(self, magic: bytes, version: int = VERSION) -> None:
        """Magic and version of a file."""
        if self.take(len(magic)) != magic:
            raise self.fail("this is another kind of file")
        if int.from_bytes(self.take(2), "little") != version:
            raise self.fail("another version")

    def u32(self) -> int:
        """Unsigned, four bytes."""
        return int.from_bytes(self.take(4), "little")

    def i64(self) -> int:
        """Signed, eight bytes."""
        return int.from_bytes(self.take(8), "little", signed=True)

    def i32(self) -> int:
        """A signed number of eight bytes that fits four."""
        number = self.i64()
        if not -(2**31) <= number < 2**31:
            raise self.fail("an exponent out of range")
        return number

    def below(self, bound: int) -> int:
        """One byte that is less than `bound`."""
        tag = self.take(1)[0]
        if tag >= bound:
            raise self.fail("an unknown tag")
        return tag

    def flag(self) -> bool:
        """One byte, 0 or 1."""
        return self.below(2) == 1

    def list(self, least: int, item: Callable[[], T]) -> list[T]:
        """A count, then items of at least `least` bytes each."""
        count = self.u32()
        if count * least > len(self._data) - self._at:
            raise self.fail("a count larger than the bytes that are left")
        return [item() for _ in range(count)]

    def blob(self) -> bytes:
        """Counted bytes."""
        return self.take(self.u32())

    def text(self) -> str:
        """Counted UTF-8."""
        raw = self.blob()
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.fail("a text that is not UTF-8") from error

    def sizes(self) -> tuple[int, ...]:
        """Counted lengths."""
        return tuple(self.list(4, self.u32))

    def optional(self) -> int | None:
        """A flag and, if set, an index."""
        return self.u32() if self.flag() else None


def decode(data: bytes) -> Program:
    """The program of these canonical bytes.

    Raises:
        DecodeError: they encode nothing.
        ProgramError: what they encode is no program.
    """
    r = Reader(data)
    r.head(PROGRAM)
    limb_bits = r.u32()
    overflow = Overflow.REFUSE if r.flag() else Overflow.SATURATE
    inputs = r.list(33, lambda: _read_input(r))
    parameters = r.list(12, lambda: Parameter(name=r.text(), shape=r.sizes(), bits=r.u32()))
    tables = r.list(16, lambda: _read_table(r))
    nodes = r.list(9, lambda: _read_node(r))
    outputs = r.list(17, lambda: Output(name=r.text(), value=r.u32(), exponent=r.i32(), integer=r.flag()))
    r.end()
    return Program(
        limb_bits=limb_bits,
        overflow=overflow,
        inputs=inputs,
        parameters=parameters,
        tables=tables,
        nodes=nodes,
        outputs=outputs,
    )


def decode_compiled(data: bytes) -> tuple[Program, list[Tensor], str]:
    """Program, weights and metadata of a compiled program's file.

    Raises:
        DecodeError: the bytes are no such file.
        ProgramError: what they encode is no program.
    """
    Reader(data).head(COMPILED, COMPILED_VERSION)
    if checksum(data[:-CHECKSUM]) != data[-CHECKSUM:]:
        raise DecodeError("the checksum does not fit")
    r = Reader(data[:-CHECKSUM])
    r.head(COMPILED, COMPILED_VERSION)
    program = decode(r.blob())
    weights = []
    for parameter in program.parameters:
        raw = r.take(8 * prod(parameter.shape))
        cells = [int.from_bytes(raw[at : at + 8], "little", signed=True) for at in range(0, len(raw), 8)]
        weights.append(Tensor(parameter.shape, cells))
    metadata = r.text()
    r.end()
    return program, weights, metadata


def checksum(data: bytes) -> bytes:
    """What stands at the end of a compiled program, of all bytes before it (`format.md` §1)."""
    return blake2b(data, digest_size=CHECKSUM, person=b"intaglio-file-v2").digest()


def digest(program: Program) -> bytes:
    """The identity of a program."""
    return blake2b(encode(program), digest_size=32, person=b"intaglio-program").digest()


def _read_input(r: Reader) -> Input:
    name, shape, exponent = r.text(), r.sizes(), r.i32()
    return Input(name=name, shape=shape, exponent=exponent, low=r.i64(), high=r.i64(), integer=r.flag())


def _read_table(r: Reader) -> FunctionTable:
    return FunctionTable(name=r.text(), first_key=r.i64(), outputs=tuple(r.list(8, r.i64)))


def _read_window(r: Reader) -> Window:
    kernel, strides, pads, dilations = r.sizes(), r.sizes(), r.sizes(), r.sizes()
    return Window(kernel=kernel, strides=strides, pads=pads, dilations=dilations, ceil=r.flag())


def _read_node(r: Reader) -> Node:
    name = r.text()
    inputs = tuple(r.list(4, r.u32))
    return Node(name=name, operator=_read_operator(r), inputs=inputs)


def _read_operator(r: Reader) -> Operator:
    readers: tuple[Callable[[], Operator], ...] = (
        lambda: Conv(weight=r.u32(), bias=r.optional(), groups=r.u32(), window=_read_window(r)),
        lambda: MatMul(weight=r.u32(), bias=r.optional()),
        BatchMatMul,
        lambda: Add(
            coefficients=tuple(r.list(8, r.i64)),
            parameters=tuple(r.list(12, lambda: (r.u32(), r.i64()))),
            constant=r.i64(),
        ),
        lambda: SumPool(window=_read_window(r), divisor=DIVISORS[r.below(3)], fraction_bits=r.u32()),
        lambda: Requantise(shift=r.u32(), low=r.i64(), high=r.i64()),
        lambda: Lookup(table=r.u32()),
        lambda: MaxPool(window=_read_window(r)),
        lambda: ArgMax(axis=r.u32(), keepdims=r.flag()),
        lambda: Reshape(shape=r.sizes()),
        lambda: Transpose(perm=r.sizes()),
    )
    return readers[r.below(len(readers))]()


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _i64(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)


def _list(items: Sequence[bytes]) -> bytes:
    return _u32(len(items)) + b"".join(items)


def _text(text: str) -> bytes:
    raw = text.encode("utf-8")
    return _u32(len(raw)) + raw


def _sizes(sizes: Sequence[int]) -> bytes:
    return _list([_u32(size) for size in sizes])


def _optional(index: int | None) -> bytes:
    return b"\0" if index is None else b"\1" + _u32(index)


def _window(w: Window) -> bytes:
    return _sizes(w.kernel) + _sizes(w.strides) + _sizes(w.pads) + _sizes(w.dilations) + bytes([w.ceil])


def encode(program: Program) -> bytes:
    """The canonical bytes of a program."""
    inputs = [
        _text(i.name) + _sizes(i.shape) + _i64(i.exponent) + _i64(i.low) + _i64(i.high) + bytes([i.integer])
        for i in program.inputs
    ]
    parameters = [_text(p.name) + _sizes(p.shape) + _u32(p.bits) for p in program.parameters]
    tables = [_text(t.name) + _i64(t.first_key) + _list([_i64(y) for y in t.outputs]) for t in program.tables]
    nodes = [_text(n.name) + _sizes(n.inputs) + _operator(n.operator) for n in program.nodes]
    outputs = [_text(o.name) + _u32(o.value) + _i64(o.exponent) + bytes([o.integer]) for o in program.outputs]
    head = PROGRAM + VERSION.to_bytes(2, "little") + _u32(program.limb_bits)
    parts = (inputs, parameters, tables, nodes, outputs)
    return head + bytes([program.overflow is Overflow.REFUSE]) + b"".join(map(_list, parts))


def _operator(operator: Operator) -> bytes:
    match operator:
        case Conv():
            own = _u32(operator.weight) + _optional(operator.bias) + _u32(operator.groups) + _window(operator.window)
            return b"\0" + own
        case MatMul():
            return b"\1" + _u32(operator.weight) + _optional(operator.bias)
        case BatchMatMul():
            return b"\2"
        case Add():
            coefficients = _list([_i64(c) for c in operator.coefficients])
            parameters = _list([_u32(index) + _i64(c) for index, c in operator.parameters])
            return b"\3" + coefficients + parameters + _i64(operator.constant)
        case SumPool():
            divisor = bytes([DIVISORS.index(operator.divisor)])
            return b"\4" + _window(operator.window) + divisor + _u32(operator.fraction_bits)
        case Requantise():
            return b"\5" + _u32(operator.shift) + _i64(operator.low) + _i64(operator.high)
        case Lookup():
            return b"\6" + _u32(operator.table)
        case MaxPool():
            return b"\7" + _window(operator.window)
        case ArgMax():
            return b"\x08" + _u32(operator.axis) + bytes([operator.keepdims])
        case Reshape():
            return b"\x09" + _sizes(operator.shape)
        case Transpose():
            return b"\x0a" + _sizes(operator.perm)
    raise TypeError(f"no operator of a program: {operator!r}")
