"""Operators that make committed tensors: requantise, lookup, max_pool, argmax. Each has its type and its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from errors import ProgramError
from tensors import Shape, Tensor, ravel, unravel
from values import Class, Declared, Layout, Operands, Value, tensor, with_zero
from windows import Window, image

KEPT_LIMIT = 2**40
MAX_SHIFT = 40
MAX_POOLED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Requantise:
    """`q = ⌊(acc + 2^(s−1)) / 2^s⌋` (`acc` for s = 0), then `min(max(q, lo), hi)`. ReLU has lo = 0."""

    name: ClassVar[str] = "requantise"
    takes: ClassVar[int | None] = 1
    shift: int
    low: int
    high: int

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def declare(self, declared: Declared) -> Value:
        """The shape and layout of the input, the range that is kept."""
        x = declared.any_input(0)
        if x.kind is Class.VIEW:
            raise ProgramError("a view is not requantised: requantise the tensor behind it")
        if self.shift > MAX_SHIFT or not -KEPT_LIMIT <= self.low < self.high <= KEPT_LIMIT:
            raise ProgramError("a shift of at most 40 bits and lo < hi within 2^40")
        below = self.low - self.quotient(min(x.low, 0))
        above = self.quotient(max(x.high, 0)) - self.high
        if max(below, above, 0) << self.shift >= 1 << 61:
            raise ProgramError("the kept range lies too far from what its input can reach, for this shift")
        return tensor(x.shape, x.layout, (self.low, self.high))

    def quotient(self, acc: int) -> int:
        """Rounded to the nearest, half up, of negative numbers too."""
        if self.shift == 0:
            return acc
        return (acc + (1 << (self.shift - 1))) // (1 << self.shift)

    def beyond(self, acc: int) -> bool:
        """Whether the quotient leaves the range. A ReLU's lower side is its function and does not count."""
        quotient = self.quotient(acc)
        return quotient > self.high or (quotient < self.low and self.low != 0)

    def evaluate(self, operands: Operands) -> Tensor:
        """Round, then keep within the range."""
        x = operands.inputs[0]
        return Tensor(x.shape, [min(max(self.quotient(acc), self.low), self.high) for acc in x.cells])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """`y = table[x − first_key]`."""

    name: ClassVar[str] = "lookup"
    takes: ClassVar[int | None] = 1
    table: int

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def declare(self, declared: Declared) -> Value:
        """The shape and layout of the input, the range of the table's outputs."""
        x = declared.any_input(0)
        if self.table >= len(declared.tables):
            raise ProgramError("its table does not exist")
        table = declared.tables[self.table]
        if x.kind is not Class.TENSOR:
            raise ProgramError("only a committed tensor is looked up: put the look-up before reshapes")
        # padding may hold 0
        low, high = with_zero(x) if x.layout.is_padded else (x.low, x.high)
        if low < table.first_key or high > table.last_key:
            raise ProgramError("the input's declared range leaves the table's keys")
        return tensor(x.shape, x.layout, (min(table.outputs), max(table.outputs)))

    def evaluate(self, operands: Operands) -> Tensor:
        """The row of each key."""
        x, table = operands.inputs[0], operands.tables[self.table]
        return Tensor(x.shape, [table.outputs[key - table.first_key] for key in x.cells])


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool:
    """The maximum over the cells of each window inside the tensor."""

    name: ClassVar[str] = "max_pool"
    takes: ClassVar[int | None] = 1
    window: Window

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def declare(self, declared: Declared) -> Value:
        """Shape, and the range of the input. A window with no cell inside has no maximum."""
        x = declared.tensor(0)
        batch, channels, space = image(x.shape)
        out = self.window.out_shape(space)
        if not all(self.window.taps(space, out)):
            raise ProgramError("a window lies wholly in the padding")
        if self.window.volume > MAX_POOLED:
            raise ProgramError("a window of more than 256 cells")
        shape = (batch, channels, *out)
        return tensor(shape, Layout.image(shape), (x.low, x.high))

    def evaluate(self, operands: Operands) -> Tensor:
        """The maximum of each window."""
        x = operands.inputs[0]
        batch, channels, space = image(x.shape)
        windows = self.window.taps(space, operands.out.shape[2:])
        return Tensor(
            operands.out.shape,
            [
                max(x.cells[plane * prod(space) + cell] for _, cell in taps)
                for plane in range(batch * channels)
                for taps in windows
            ],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgMax:
    """The first index of the maximum along an axis."""

    name: ClassVar[str] = "argmax"
    takes: ClassVar[int | None] = 1
    axis: int
    keepdims: bool

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def _rows(self, shape: Shape) -> Shape:
        return shape[: self.axis] + shape[self.axis + 1 :]

    def declare(self, declared: Declared) -> Value:
        """The input's shape with the axis dropped, or kept with length one; the range of its indices."""
        x = declared.tensor(0)
        if self.axis >= len(x.shape):
            raise ProgramError("its axis does not exist")
        length = x.shape[self.axis]
        if length < 2:
            raise ProgramError("an axis of one cell has no maximum to choose")
        rows = self._rows(x.shape)
        shape = (*x.shape[: self.axis], 1, *x.shape[self.axis + 1 :]) if self.keepdims else rows
        return tensor(shape, Layout.separate(rows), (0, length - 1))

    def evaluate(self, operands: Operands) -> Tensor:
        """The first of the greatest."""
        x = operands.inputs[0]
        rows = self._rows(x.shape)
        indices = []
        for row in range(prod(rows)):
            at = unravel(row, rows)
            line = [x.cells[ravel((*at[: self.axis], i, *at[self.axis :]), x.shape)] for i in range(x.shape[self.axis])]
            indices.append(line.index(max(line)))
        return Tensor(operands.out.shape, indices)
