"""Between the user's floats and the program's integers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intaglio import _core
from intaglio.errors import InvalidInput, OutOfRange

Overflow = Literal["saturate", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One input or output of a compiled model.

    Attributes:
        name: the user's name.
        shape: its shape.
        dtype: "float32" or the integer type of the user's own world.
        exponent: fraction bits: the integer X stands for X·2^-exponent.
        low, high: declared range of the integers, inputs only.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    exponent: int
    low: int | None = None
    high: int | None = None

    @property
    def is_integer(self) -> bool:
        """Whether values pass unchanged."""
        return self.dtype.startswith(("int", "uint"))

    def to_integers(self, value: ArrayLike) -> tuple[NDArray[np.int64], int]:
        """`⌊x·2^e + ½⌋`, saturated to the declared range; and how many values were.

        Raises:
            InvalidInput: another shape or type, NaN or infinity, an integer out of range.
        """
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise InvalidInput(f"input {self.name!r}: {error}") from error
        if array.shape != self.shape:
            raise InvalidInput(f"input {self.name!r} must have shape {self.shape}, not {array.shape}")
        if array.dtype.kind not in ("iub" if self.is_integer else "fiub"):
            raise InvalidInput(f"input {self.name!r} takes {self.dtype}, not {array.dtype}")
        assert self.low is not None
        assert self.high is not None
        if self.is_integer:
            # before the cast: a large unsigned value would wrap into the range
            if array.size and (int(array.min()) < self.low or int(array.max()) > self.high):
                raise InvalidInput(f"input {self.name!r} takes integers from {self.low} to {self.high}")
            return _dense(array.astype(np.int64)), 0
        # all but plain float32 as doubles: other precisions, integers, foreign byte orders, unaligned memory
        plain = array.dtype == np.float32 and array.flags.carray
        real = array if plain else array.astype(np.float64, order="C")
        made = _core.to_integers(real, self.exponent, self.low, self.high)
        if made is None:
            raise InvalidInput(f"input {self.name!r} holds NaN or infinite values")
        return made

    def to_floats(self, integers: NDArray[np.int64]) -> NDArray[Any]:
        """The values that the integers stand for, float64; integer outputs as they are."""
        if self.is_integer:
            return integers
        return np.ldexp(integers.astype(np.float64), -self.exponent)


def _dense(integers: NDArray[np.int64]) -> NDArray[np.int64]:
    # `ascontiguousarray` alone gives a scalar an axis
    return np.ascontiguousarray(integers).reshape(integers.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """Inputs and outputs of a compiled model."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    overflow: Overflow = "saturate"
    """What happens to a value beyond its range."""

    @staticmethod
    def from_json(text: str) -> Interface:
        """What the core says of a program."""
        data = json.loads(text)

        def port(entry: dict[str, Any]) -> Port:
            return Port(
                name=entry["name"],
                shape=tuple(entry["shape"]),
                dtype="int64" if entry["integer"] else "float32",
                exponent=entry["exponent"],
                low=entry.get("lo"),
                high=entry.get("hi"),
            )

        return Interface(
            inputs=tuple(map(port, data["inputs"])),
            outputs=tuple(map(port, data["outputs"])),
            overflow=data["overflow"],
        )

    def quantise(self, inputs: ArrayLike | Mapping[str, ArrayLike]) -> tuple[list[NDArray[np.int64]], dict[str, int]]:
        """The integers of all inputs, in order, and saturated values by name.

        Raises:
            InvalidInput: names, shapes, types or values that do not fit.
            OutOfRange: under `overflow="refuse"` a value is beyond the range of its input.
        """
        if isinstance(inputs, Mapping):
            named = dict(inputs)
        elif len(self.inputs) == 1:
            named = {self.inputs[0].name: inputs}
        else:
            raise InvalidInput(f"the model has {len(self.inputs)} inputs: give them by name")
        wanted = [port.name for port in self.inputs]
        if sorted(named) != sorted(wanted):
            raise InvalidInput(f"inputs {sorted(named)} were given, the model takes {sorted(wanted)}")
        integers, saturated = [], {}
        for port in self.inputs:
            values, count = port.to_integers(named[port.name])
            integers.append(values)
            if count:
                saturated[port.name] = count
        if saturated and self.overflow == "refuse":
            raise OutOfRange
        return integers, saturated
