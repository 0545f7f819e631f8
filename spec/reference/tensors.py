"""Integer tensors in row-major order, and the index arithmetic on shapes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """Integers of one shape; `cells` holds them row-major."""

    shape: Shape
    cells: list[int]

    def __post_init__(self) -> None:
        if len(self.cells) != prod(self.shape):
            raise ValueError(f"{len(self.cells)} cells for shape {list(self.shape)}")


def unravel(flat: int, shape: Shape) -> Shape:
    """The index tuple of a flat index."""
    index = []
    for length in reversed(shape):
        index.append(flat % length)
        flat //= length
    return tuple(reversed(index))


def ravel(index: Shape, shape: Shape) -> int:
    """The flat index of an index tuple."""
    flat = 0
    for i, length in zip(index, shape, strict=True):
        flat = flat * length + i
    return flat


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape that both take after broadcasting, if there is one: shapes are aligned at their last axis, and an axis
    that is missing or of length one takes the other's length."""
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    if any(x != y and x != 1 and y != 1 for x, y in zip(a, b, strict=True)):
        return None
    return tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))


def broadcast_cell(index: Shape, shape: Shape) -> int:
    """The flat index of the cell of `shape` that cell `index` of a broadcast result reads."""
    own = index[len(index) - len(shape) :]
    return ravel(tuple(0 if length == 1 else i for i, length in zip(own, shape, strict=True)), shape)
