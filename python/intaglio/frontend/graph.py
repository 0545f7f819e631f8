"""The float graph: what a frontend hands to the quantiser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """Name, shape and dtype of a model input or output, in the user's own world."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def is_integer(self) -> bool:
        """Whether values pass unchanged instead of being quantised."""
        return np.dtype(self.dtype).kind in "iub"


_SHAPE_ONLY = ("Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatNode:
    """One operation on named tensors; `inputs` may name constants, "" stands for an input left out.

    Attributes:
        more_outputs: what the node makes besides `output`.
    """

    name: str
    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any] = field(default_factory=dict)
    more_outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatGraph:
    """A model with static shapes and folded constants.

    Attributes:
        outputs: the tensors that are outputs.
        output_names: what the user's own model calls them; an `Identity` before an output makes the two differ.
        ranks: number of axes of each tensor for which it is known before the model has run.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...]
    nodes: tuple[FloatNode, ...]
    constants: dict[str, NDArray[Any]]
    ranks: dict[str, int]
    opset: int

    def consumers(self, tensor: str) -> list[FloatNode]:
        """The nodes that read a tensor, once for each reading."""
        return [node for node in self.nodes for name in node.inputs if name == tensor]

    def producer(self, tensor: str) -> FloatNode | None:
        """The node that makes a tensor; none for inputs and constants."""
        return next((node for node in self.nodes if node.output == tensor), None)

    def probabilities(self) -> frozenset[str]:
        """The outputs, by the user's names, that a sigmoid makes; what only changes the shape is looked through."""
        found = set()
        for tensor, name in zip(self.outputs, self.output_names, strict=True):
            node = self.producer(tensor)
            while node is not None and node.operator in _SHAPE_ONLY:
                node = self.producer(node.inputs[0])
            if node is not None and node.operator == "Sigmoid":
                found.add(name)
        return frozenset(found)

    def is_private_to(self, tensor: str, node: FloatNode) -> bool:
        """Whether `node` is the only reader of a tensor that is no output."""
        return tensor not in self.outputs and self.consumers(tensor) == [node]
