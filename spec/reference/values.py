"""The declared type of a value, derived from public declarations alone; never from the cells of weights or inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import prod

from errors import ProgramError
from tensors import Shape, Tensor

ACCUMULATOR_LIMIT = 2**52
MAX_CELLS = 2**26
MAX_RANK = 8

Range = tuple[int, int]


class Class(Enum):
    """What a value is for the proof."""

    TENSOR = "tensor"
    ACCUMULATOR = "accumulator"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Layout:
    """Axes, each padded to a power of two on its own."""

    axes: Shape

    @staticmethod
    def flat(shape: Shape) -> Layout:
        """One axis for all cells."""
        return Layout((prod(shape),))

    @staticmethod
    def separate(shape: Shape) -> Layout:
        """Every dimension an axis."""
        return Layout(shape)

    @staticmethod
    def image(shape: Shape, groups: int = 1) -> Layout:
        """`[N][C][space]`, or `[N][groups][C/groups][space]` with more than one group."""
        channels = (shape[1],) if groups == 1 else (groups, shape[1] // groups)
        return Layout((shape[0], *channels, prod(shape[2:])))

    @property
    def num_vars(self) -> int:
        """Binary logarithm of the number of padded cells."""
        return sum((length - 1).bit_length() for length in self.axes)

    @property
    def is_padded(self) -> bool:
        """Whether some axis is no power of two."""
        return any(length & (length - 1) for length in self.axes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Shape, range `low … high` (both included), class and layout of a value.

    `padding` is the range of what honest cells beyond the tensor hold, if the layout has such cells.
    """

    shape: Shape
    low: int
    high: int
    kind: Class
    layout: Layout
    padding: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A committed parameter of `bits` signed bits."""

    name: str
    shape: Shape
    bits: int

    @property
    def range(self) -> Range:
        """The declared range; the weights themselves narrow nothing."""
        return -(2 ** (self.bits - 1)), 2 ** (self.bits - 1) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTable:
    """A public array: the output of key `x` is `outputs[x − first_key]`."""

    name: str
    first_key: int
    outputs: Sequence[int]

    @property
    def last_key(self) -> int:
        """The greatest key."""
        return self.first_key + len(self.outputs) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What an operator sees of the program around it: types of its inputs, and all parameters and tables."""

    inputs: Sequence[Value]
    parameters: Sequence[Parameter]
    tables: Sequence[FunctionTable]

    def any_input(self, position: int) -> Value:
        """An input of any class."""
        if position >= len(self.inputs):
            raise ProgramError("an input is missing")
        return self.inputs[position]

    def tensor(self, position: int) -> Value:
        """An input that is a tensor or a view of one."""
        value = self.any_input(position)
        if value.kind is Class.ACCUMULATOR:
            raise ProgramError("an accumulator must be requantised before it is used here")
        return value

    def parameter(self, index: int) -> Parameter:
        """A parameter that must exist."""
        if index >= len(self.parameters):
            raise ProgramError("a parameter does not exist")
        return self.parameters[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """What an operator computes from: cells of its inputs, of all parameters, all tables, and its own output's type."""

    inputs: Sequence[Tensor]
    parameters: Sequence[Tensor]
    tables: Sequence[FunctionTable]
    out: Value


def tensor(shape: Shape, layout: Layout, range_: Range, kind: Class = Class.TENSOR) -> Value:
    """A tensor, or a view: padding holds what the relation makes of it, or 0."""
    low, high = range_
    return Value(shape=shape, low=low, high=high, kind=kind, layout=layout, padding=(min(low, 0), max(high, 0)))


def with_zero(value: Value) -> Range:
    """The hull of a range and zero: what a cell of a wired tensor holds, padding included."""
    return min(value.low, 0), max(value.high, 0)


def product_range(a: Range, b: Range) -> Range:
    """The hull of all products and zero."""
    corners = [x * y for x in a for y in b]
    return min(0, *corners), max(0, *corners)


def sum_range(a: Range, b: Range) -> Range:
    """The range of a sum of two."""
    return a[0] + b[0], a[1] + b[1]


def accumulator(shape: Shape, layout: Layout, range_: Range, padding: Range) -> Value:
    """An accumulator, if its range stays within 2^52 on both sides. In padding all that is wired or multiplied is 0."""
    low, high = range_
    if low < -ACCUMULATOR_LIMIT or high > ACCUMULATOR_LIMIT:
        raise ProgramError("the accumulator may exceed 2^52")
    return Value(shape=shape, low=low, high=high, kind=Class.ACCUMULATOR, layout=layout, padding=padding)


def shape_fits(shape: Shape) -> bool:
    """At most eight axes, none empty, at most 2^26 cells."""
    return len(shape) <= MAX_RANK and all(length > 0 for length in shape) and prod(shape) <= MAX_CELLS
