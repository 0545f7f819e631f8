"""Operators that make accumulators: conv, matmul, batch_matmul, add, sum_pool. Each has its type and its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import ClassVar

from errors import ProgramError
from tensors import Shape, Tensor, broadcast, broadcast_cell, unravel
from values import (
    Class,
    Declared,
    Layout,
    Operands,
    Range,
    Value,
    accumulator,
    product_range,
    sum_range,
    with_zero,
)
from windows import Window, image

COEFFICIENT_LIMIT = 2**40


def _terms(weight: Range, x: Range, count: int) -> Range:
    low, high = product_range(weight, x)
    return count * low, count * high


def _bias_range(declared: Declared, bias: int | None, length: int) -> Range:
    if bias is None:
        return 0, 0
    parameter = declared.parameter(bias)
    if parameter.shape != (length,):
        raise ProgramError("the bias must have one value for each output")
    return parameter.range


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv:
    """`acc[n,m,s] = Σ_{c,k} W[m,c,k]·x[n, g·C/G + c, s·stride + k·dilation − pad] + b[m]`, x zero outside."""

    name: ClassVar[str] = "conv"
    takes: ClassVar[int | None] = 1
    weight: int
    bias: int | None
    groups: int
    window: Window

    def reads(self) -> list[int]:
        """The parameters."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def declare(self, declared: Declared) -> Value:
        """Shape and range; the layout keeps groups apart."""
        x = declared.tensor(0)
        weight = declared.parameter(self.weight)
        batch, channels, space = image(x.shape)
        if len(weight.shape) < 2:
            raise ProgramError("weights must be [M, C/groups, kernel…]")
        outputs, own_channels = weight.shape[:2]
        if self.groups < 1 or channels % self.groups or outputs % self.groups:
            raise ProgramError("groups do not divide the channels")
        if channels // self.groups != own_channels or weight.shape[2:] != self.window.kernel:
            raise ProgramError("weights and input channels do not fit")
        shape = (batch, outputs, *self.window.out_shape(space))
        terms = _terms(weight.range, with_zero(x), own_channels * self.window.volume)
        bias = _bias_range(declared, self.bias, outputs)
        # along padded windows the bias stands, beyond the channels nothing does
        return accumulator(shape, Layout.image(shape, self.groups), sum_range(terms, bias), bias)

    def evaluate(self, operands: Operands) -> Tensor:
        """The sum, term by term."""
        x, weight = operands.inputs[0], operands.parameters[self.weight].cells
        bias = None if self.bias is None else operands.parameters[self.bias].cells
        batch, channels, space = image(x.shape)
        outputs, out_space = operands.out.shape[1], operands.out.shape[2:]
        own_channels, own_outputs = channels // self.groups, outputs // self.groups
        area, volume = prod(space), self.window.volume
        windows = self.window.taps(space, out_space)
        acc = []
        for n in range(batch):
            for m in range(outputs):
                first_channel = m // own_outputs * own_channels
                for taps in windows:
                    total = 0 if bias is None else bias[m]
                    for c in range(own_channels):
                        row = (m * own_channels + c) * volume
                        plane = (n * channels + first_channel + c) * area
                        for offset, cell in taps:
                            total += weight[row + offset] * x.cells[plane + cell]
                    acc.append(total)
        return Tensor(operands.out.shape, acc)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatMul:
    """`acc[…,o] = Σ_k W[o,k]·x[…,k] + b[o]`."""

    name: ClassVar[str] = "matmul"
    takes: ClassVar[int | None] = 1
    weight: int
    bias: int | None

    def reads(self) -> list[int]:
        """The parameters."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def declare(self, declared: Declared) -> Value:
        """Shape and range."""
        x = declared.tensor(0)
        weight = declared.parameter(self.weight)
        if not x.shape or len(weight.shape) != 2 or x.shape[-1] != weight.shape[1]:
            raise ProgramError("the last axis of the input is not the inner axis of the weights [O, K]")
        outputs, inner = weight.shape
        terms = _terms(weight.range, with_zero(x), inner)
        bias = _bias_range(declared, self.bias, outputs)
        shape = (*x.shape[:-1], outputs)
        return accumulator(shape, Layout.separate(shape), sum_range(terms, bias), bias)

    def evaluate(self, operands: Operands) -> Tensor:
        """The sum, term by term."""
        x, weight = operands.inputs[0], operands.parameters[self.weight]
        outputs, inner = weight.shape
        bias = [0] * outputs if self.bias is None else operands.parameters[self.bias].cells
        acc = []
        for row in range(prod(x.shape[:-1])):
            for o in range(outputs):
                terms = (weight.cells[o * inner + k] * x.cells[row * inner + k] for k in range(inner))
                acc.append(bias[o] + sum(terms))
        return Tensor(operands.out.shape, acc)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMatMul:
    """`acc[…,i,j] = Σ_k a[…,i,k]·b[…,k,j]`, leading axes equal."""

    name: ClassVar[str] = "batch_matmul"
    takes: ClassVar[int | None] = 2

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def declare(self, declared: Declared) -> Value:
        """Shape and range."""
        a, b = declared.tensor(0), declared.tensor(1)
        if len(a.shape) < 2 or len(b.shape) < 2 or a.shape[:-2] != b.shape[:-2] or a.shape[-1] != b.shape[-2]:
            raise ProgramError("inner or leading axes of the factors differ, or there are fewer than two")
        shape = (*a.shape[:-1], b.shape[-1])
        return accumulator(shape, Layout.separate(shape), _terms(with_zero(a), with_zero(b), a.shape[-1]), (0, 0))

    def evaluate(self, operands: Operands) -> Tensor:
        """The sum, term by term."""
        a, b = operands.inputs[0], operands.inputs[1]
        rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
        acc = []
        for lead in range(prod(a.shape[:-2])):
            for i in range(rows):
                for j in range(columns):
                    total = 0
                    for k in range(inner):
                        total += a.cells[(lead * rows + i) * inner + k] * b.cells[(lead * inner + k) * columns + j]
                    acc.append(total)
        return Tensor(operands.out.shape, acc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """`acc = Σ c_i·x_i + Σ c_j·p_j + constant`, broadcast to one shape. Takes up accumulators, too."""

    name: ClassVar[str] = "add"
    takes: ClassVar[int | None] = None
    coefficients: tuple[int, ...]
    parameters: tuple[tuple[int, int], ...]
    constant: int

    def reads(self) -> list[int]:
        """The parameters."""
        return [index for index, _ in self.parameters]

    def declare(self, declared: Declared) -> Value:
        """Shape, range, and the layout that accumulators among the inputs ask for."""
        if not declared.inputs or len(declared.inputs) != len(self.coefficients):
            raise ProgramError("one coefficient for each input, at least one input")
        parameters = [(declared.parameter(index), c) for index, c in self.parameters]
        if any(abs(c) >= COEFFICIENT_LIMIT for c in (*self.coefficients, self.constant, *(c for _, c in parameters))):
            raise ProgramError("a coefficient of more than 40 bits")
        shape: Shape = ()
        for own in (*(value.shape for value in declared.inputs), *(p.shape for p, _ in parameters)):
            common = broadcast(shape, own)
            if common is None:
                raise ProgramError("the shapes cannot be broadcast together")
            shape = common
        # tensors and parameters are wired from true cells; accumulators come with their padding
        total = padding = (self.constant, self.constant)
        for value, c in zip(declared.inputs, self.coefficients, strict=True):
            total = sum_range(total, product_range(with_zero(value), (c, c)))
            if value.kind is Class.ACCUMULATOR:
                padding = sum_range(padding, product_range(value.padding, (c, c)))
        for parameter, c in parameters:
            total = sum_range(total, product_range(parameter.range, (c, c)))
        return accumulator(shape, self._layout(declared, shape), total, padding)

    def _layout(self, declared: Declared, shape: Shape) -> Layout:
        waiting = [value for value in declared.inputs if value.kind is Class.ACCUMULATOR]
        if waiting:
            if any(value.shape != shape or value.layout != waiting[0].layout for value in waiting):
                raise ProgramError("accumulators that are added must have the output's shape and one layout")
            return waiting[0].layout
        for value in declared.inputs:
            if value.kind is Class.TENSOR and value.shape == shape:
                return value.layout
        return Layout.separate(shape)

    def evaluate(self, operands: Operands) -> Tensor:
        """The weighted sum, cell by cell."""
        terms = list(zip(operands.inputs, self.coefficients, strict=True))
        terms += [(operands.parameters[index], c) for index, c in self.parameters]
        shape = operands.out.shape
        acc = []
        for flat in range(prod(shape)):
            index = unravel(flat, shape)
            acc.append(self.constant + sum(c * x.cells[broadcast_cell(index, x.shape)] for x, c in terms))
        return Tensor(shape, acc)


class Divisor(Enum):
    """What a mean divides by."""

    NONE = "none"
    WINDOW = "window"
    VALID = "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumPool:
    """`acc = μ·Σ x` over the cells of each window inside the tensor; μ carries 2^k divided by their number."""

    name: ClassVar[str] = "sum_pool"
    takes: ClassVar[int | None] = 1
    window: Window
    divisor: Divisor
    fraction_bits: int

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def mu(self, inside: int) -> int:
        """μ of a window with so many cells inside: `⌊(2^k + ⌊c/2⌋)/c⌋`, and 1 for a sum."""
        if self.divisor is Divisor.NONE:
            return 1
        count = self.window.volume if self.divisor is Divisor.WINDOW else max(inside, 1)
        return ((1 << self.fraction_bits) + count // 2) // count

    def declare(self, declared: Declared) -> Value:
        """Shape and range: as if every cell of every window were inside and had the largest μ."""
        x = declared.tensor(0)
        batch, channels, space = image(x.shape)
        out = self.window.out_shape(space)
        if self.fraction_bits > 30 or (self.divisor is Divisor.NONE and self.fraction_bits != 0):
            raise ProgramError("a mean has at most 30 fraction bits, a sum has none")
        largest = max(self.mu(len(taps)) for taps in self.window.taps(space, out))
        low, high = with_zero(x)
        shape = (batch, channels, *out)
        factor = largest * self.window.volume
        return accumulator(shape, Layout.image(shape), (low * factor, high * factor), (0, 0))

    def evaluate(self, operands: Operands) -> Tensor:
        """The sum over each window, times its μ."""
        x = operands.inputs[0]
        batch, channels, space = image(x.shape)
        windows = self.window.taps(space, operands.out.shape[2:])
        acc = []
        for plane in range(batch * channels):
            for taps in windows:
                total = sum(x.cells[plane * prod(space) + cell] for _, cell in taps)
                acc.append(self.mu(len(taps)) * total)
        return Tensor(operands.out.shape, acc)
