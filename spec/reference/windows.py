"""Sliding windows over the spatial axes of `[N, C, space…]`: convolution and pooling share them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from errors import ProgramError
from tensors import Shape, ravel, unravel

MAX_TAPS = 2**22
LIMIT = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One number for each spatial axis in every list; `pads` has those before each axis, then those after each."""

    kernel: Shape
    strides: Shape
    pads: Shape
    dilations: Shape
    ceil: bool = False

    @property
    def volume(self) -> int:
        """Number of offsets of the kernel."""
        return prod(self.kernel)

    def out_shape(self, space: Shape) -> Shape:
        """How many windows there are along each axis."""
        rank = len(space)
        if not len(self.kernel) == len(self.strides) == len(self.dilations) == rank or len(self.pads) != 2 * rank:
            raise ProgramError("kernel, strides, pads and dilations must name every spatial axis")
        if any(not 0 < x < LIMIT for x in (*self.kernel, *self.strides, *self.dilations)):
            raise ProgramError("kernel, strides and dilations must be positive and below 2^20")
        if any(not 0 <= x < LIMIT for x in self.pads):
            raise ProgramError("pads must be below 2^20")
        out = tuple(self._count(axis, space[axis], self.pads[axis], self.pads[rank + axis]) for axis in range(rank))
        if prod(out) * self.volume > MAX_TAPS:
            raise ProgramError("more than 2^22 taps in one window operator")
        return out

    def _count(self, axis: int, length: int, before: int, after: int) -> int:
        stride = self.strides[axis]
        reach = self.dilations[axis] * (self.kernel[axis] - 1) + 1
        span = before + length + after - reach
        if span < 0:
            raise ProgramError("the window is larger than its padded input")
        if not self.ceil:
            return span // stride + 1
        count = -(-span // stride) + 1
        # a last window that would start behind the tensor is dropped
        return count - 1 if (count - 1) * stride >= before + length else count

    def taps(self, space: Shape, out: Shape) -> list[list[tuple[int, int]]]:
        """For each window, row-major: `(kernel offset, cell)` of each offset whose cell lies inside the tensor."""
        return [self._taps_of(unravel(window, out), space) for window in range(prod(out))]

    def _taps_of(self, window: Shape, space: Shape) -> list[tuple[int, int]]:
        taps = []
        for offset in range(self.volume):
            k = unravel(offset, self.kernel)
            position = tuple(
                window[axis] * self.strides[axis] + k[axis] * self.dilations[axis] - self.pads[axis]
                for axis in range(len(space))
            )
            if all(0 <= p < length for p, length in zip(position, space, strict=True)):
                taps.append((offset, ravel(position, space)))
        return taps


def image(shape: Shape) -> tuple[int, int, Shape]:
    """Batch, channels and space of an image: one to three spatial axes."""
    if not 3 <= len(shape) <= 5:
        raise ProgramError("the input must be [N, C, space…] with one to three spatial axes")
    return shape[0], shape[1], shape[2:]
