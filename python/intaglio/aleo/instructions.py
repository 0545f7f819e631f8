"""Models as Aleo programs: one transaction infers, and other programs can call it. The weights are public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intaglio.aleo.native import native
from intaglio.aleo.values import parse
from intaglio.errors import FormatError, InvalidInput
from intaglio.model import Model

Seen = Literal["public", "private"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How cells are handed in or out: each less the least that it can be, as an unsigned word.

    Attributes:
        cells: how many.
        low: the least.
        bits: of a word.
    """

    cells: int
    low: int
    bits: int

    def encode(self, integers: NDArray[np.int64]) -> str:
        """Integers as the program takes them."""
        return "[" + ", ".join(f"{int(cell) - self.low}u{self.bits}" for cell in integers.ravel()) + "]"

    def decode(self, array: str) -> list[int]:
        """The integers of what the program gives.

        Raises:
            FormatError: no such array.
        """
        words = parse(array)
        suffix = f"u{self.bits}"
        if not isinstance(words, list) or len(words) != self.cells:
            raise FormatError(f"the program's output is no array of {self.cells} words")
        numbers = [word.removesuffix(suffix) if isinstance(word, str) else "" for word in words]
        if not all(number.isascii() and number.isdigit() for number in numbers):
            raise FormatError(f"the program's output is no array of words of {self.bits} bits")
        return [int(number) + self.low for number in numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramModel:
    """A model as a program with one function, `run`.

    Attributes:
        name: `….aleo`.
        source: its instructions, to deploy.
        leo: the same in Leo, to read.
        constraints: of `run`, as the chain counts them.
        fits: whether 2^16 powers prove it (16 384 constraints).
        instructions: of `run`.
        takes, gives: how cells are handed in and out.
    """

    name: str
    source: str
    leo: str
    constraints: int
    fits: bool
    instructions: int
    takes: Words
    gives: Words
    _model: Model

    def input(self, inputs: ArrayLike | Mapping[str, ArrayLike]) -> str:
        """An input as `run` takes it.

        Raises:
            InvalidInput: names, shapes, types or values that do not fit.
        """
        integers, _ = self._model._interface.quantise(inputs)
        return self.takes.encode(integers[0])

    def output(self, array: str) -> NDArray[Any]:
        """What `run` gives, as floats of the model's output.

        Raises:
            FormatError: nothing that it gives.
        """
        port = self._model.outputs[0]
        integers = np.array(self.gives.decode(array), dtype=np.int64).reshape(port.shape)
        return port.to_floats(integers)


def program(model: Model, *, name: str, input: Seen = "private", output: Seen = "public") -> ProgramModel:
    """Write a model as an Aleo program. Its weights stand in the text, for everybody to read.

    Args:
        model: dense, convolutional or average-pooling layers between ReLUs or clips; few bits make small programs
            (`intaglio.compile(…, activation_bits=4, weight_bits=4, overflow="refuse")`).
        name: of the program, without `.aleo`; shorter than ten letters costs extra.
        input, output: "public" or "private" in the transaction.

    Raises:
        ResourceLimit: an operator that is not written as instructions, or more than the chain takes, with the numbers.
        InvalidInput: a name that the chain does not take, or an unknown word.
    """
    for what, word in (("input", input), ("output", output)):
        if word not in ("public", "private"):
            raise InvalidInput(f"{what} is {word!r}: 'public' or 'private'")
    told = json.loads(native().write_program(model.to_bytes(), name, input == "public", output == "public"))
    ports = [Words(cells=cells, low=low, bits=bits) for cells, low, bits in (told["input"], told["output"])]
    return ProgramModel(
        name=f"{name}.aleo",
        source=told["source"],
        leo=told["leo"],
        constraints=told["constraints"],
        fits=told["constraints"] <= told["most_constraints"],
        instructions=told["instructions"],
        takes=ports[0],
        gives=ports[1],
        _model=model,
    )
