"""The description of an integer program as it grows: values, parameters, tables, nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intaglio.quantise.scheme import bits_of

Description = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Integers:
    """A value of the program: where it is, what it stands for."""

    id: int
    exponent: int
    low: int
    high: int
    shape: tuple[int, ...]
    is_integer: bool = False


@dataclass(slots=True)
class Builder:
    """Collects a description. Values are numbered as they are made; inputs come first."""

    limb_bits: int
    overflow: str
    inputs: list[dict[str, Any]] = field(default_factory=list)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    weights: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def input(self, name: str, value: Integers) -> None:
        """Declare a model input."""
        self.inputs.append(
            {
                "name": name,
                "shape": list(value.shape),
                "exponent": value.exponent,
                "lo": value.low,
                "hi": value.high,
                "integer": value.is_integer,
            }
        )

    def parameter(self, name: str, values: NDArray[np.int64]) -> int:
        """Declare a committed parameter, as wide as its values need; returns its index."""
        unique = name if name not in self.weights else f"{name}#{len(self.parameters)}"
        self.weights[unique] = np.ascontiguousarray(values)
        self.parameters.append({"name": unique, "shape": list(values.shape), "bits": bits_of(values)})
        return len(self.parameters) - 1

    def table(self, name: str, first_key: int, outputs: NDArray[np.int64]) -> int:
        """Declare a public function table; one with the same rows is shared."""
        entry = {"name": name, "first_key": first_key, "outputs": [int(v) for v in outputs]}
        for index, known in enumerate(self.tables):
            if known["first_key"] == first_key and known["outputs"] == entry["outputs"]:
                return index
        self.tables.append(entry)
        return len(self.tables) - 1

    def node(self, name: str, op: str, inputs: list[int], **attributes: Any) -> int:
        """Append a node; returns the id of its value."""
        self.nodes.append({"name": name, "op": op, "inputs": inputs, **attributes})
        return len(self.inputs) + len(self.nodes) - 1

    def output(self, name: str, value: Integers) -> None:
        """Declare a model output."""
        self.outputs.append({"name": name, "value": value.id, "exponent": value.exponent, "integer": value.is_integer})

    def description(self) -> Description:
        """The description that the core reads."""
        return {
            "limb_bits": self.limb_bits,
            "overflow": self.overflow,
            "inputs": self.inputs,
            "parameters": self.parameters,
            "tables": self.tables,
            "nodes": self.nodes,
            "outputs": self.outputs,
        }
