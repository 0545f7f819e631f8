"""Everything that can go wrong, under one base class."""

from __future__ import annotations

from dataclasses import dataclass


class IntaglioError(Exception):
    """Base of all failures of this package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that keeps a model from being compiled, said so that its author can fix it."""

    name: str
    """The node, in the names of the user's own model."""
    operator: str
    """Its operator."""
    opset: int
    """The opset that the model imports."""
    what: str
    """What is not supported about it."""
    remedy: str
    """A way out."""

    def __str__(self) -> str:
        return f"node {self.name!r} ({self.operator}, opset {self.opset}): {self.what}\n  way out: {self.remedy}"


class UnsupportedModel(IntaglioError):  # noqa: N818 - a promised name
    """The model has nodes that cannot be compiled. `nodes` names every one of them."""

    def __init__(self, nodes: tuple[Problem, ...]) -> None:
        self.nodes = nodes
        count = "1 node is" if len(nodes) == 1 else f"{len(nodes)} nodes are"
        super().__init__("\n".join([f"{count} not supported:", *(str(node) for node in nodes)]))


class InvalidInput(IntaglioError):  # noqa: N818 - a promised name
    """A value handed in has a wrong name, shape, type or value."""


_OUT_OF_RANGE = "a value leaves its range, and this program does not saturate; one that saturates counts where"


class OutOfRange(IntaglioError):  # noqa: N818 - a promised name
    """Under `overflow="refuse"` a value leaves its range; nothing was proven.

    One text for all: where a value left its range, and how far, says something about secrets, and a service may pass
    the text on.
    """

    def __init__(self, text: str = _OUT_OF_RANGE) -> None:
        super().__init__(text)


class Rejected(IntaglioError):  # noqa: N818 - a promised name
    """Evidence is refused.

    Attributes:
        check: the stage that refused: decode, statement, model, policy or closing.
        reason: why, in words.
    """

    def __init__(self, check: str, reason: str) -> None:
        self.check = check
        self.reason = reason
        super().__init__(f"{check}: {reason}")


class FormatError(IntaglioError):
    """A file is damaged, of another kind or version, or its passphrase is wrong."""


class ResourceLimit(IntaglioError):  # noqa: N818 - a promised name
    """A limit was hit: memory, size, or disk space."""


class NodeError(IntaglioError):
    """A node of a chain cannot be reached, is too slow, answers nonsense, or follows other rules."""
