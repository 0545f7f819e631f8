"""Operators that make views: reshape, transpose. Cells of a tensor in another order; nothing is computed."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from errors import ProgramError
from tensors import Shape, Tensor, ravel, unravel
from values import Class, Declared, Layout, Operands, Value, tensor


def _view(x: Value, shape: Shape) -> Value:
    layout = Layout.image(shape) if len(shape) >= 4 else Layout.separate(shape)
    return tensor(shape, layout, (x.low, x.high), Class.VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape:
    """The same cells, row-major, in another shape."""

    name: ClassVar[str] = "reshape"
    takes: ClassVar[int | None] = 1
    shape: Shape

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def declare(self, declared: Declared) -> Value:
        """The new shape, with as many cells."""
        x = declared.tensor(0)
        if prod(self.shape) != prod(x.shape):
            raise ProgramError("the new shape has another number of cells")
        return _view(x, self.shape)

    def evaluate(self, operands: Operands) -> Tensor:
        """The same cells."""
        return Tensor(self.shape, operands.inputs[0].cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transpose:
    """Axis `i` of the output is axis `perm[i]` of the input."""

    name: ClassVar[str] = "transpose"
    takes: ClassVar[int | None] = 1
    perm: tuple[int, ...]

    def reads(self) -> list[int]:
        """No parameter."""
        return []

    def declare(self, declared: Declared) -> Value:
        """The axes of the input in the new order."""
        x = declared.tensor(0)
        if sorted(self.perm) != list(range(len(x.shape))):
            raise ProgramError("the permutation does not name every axis once")
        return _view(x, tuple(x.shape[p] for p in self.perm))

    def evaluate(self, operands: Operands) -> Tensor:
        """Each cell from where it was."""
        x, shape = operands.inputs[0], operands.out.shape
        cells = []
        for flat in range(prod(shape)):
            source = [0] * len(shape)
            for own, p in zip(unravel(flat, shape), self.perm, strict=True):
                source[p] = own
            cells.append(x.cells[ravel(tuple(source), x.shape)])
        return Tensor(shape, cells)
