"""Committed inputs and outputs of the core as values of Aleo's type `group`."""

from __future__ import annotations

from intaglio.aleo.native import native
from intaglio.errors import InvalidInput
from intaglio.proof import TensorCommitment

ROW_BYTES = 64


def to_groups(commitment: TensorCommitment) -> tuple[str, ...]:
    """The rows of a verified commitment as group literals, `"…group"`: x-coordinates of points of the subgroup.

    Raises:
        InvalidInput: a row is no point of the prime-order subgroup; of a verified commitment every row is one.
    """
    if not isinstance(commitment, TensorCommitment):
        raise InvalidInput(f"a commitment is wanted, not {type(commitment).__name__}")
    rows = commitment.rows
    own = native()
    return tuple(own.to_group(rows[at : at + ROW_BYTES]) for at in range(0, len(rows), ROW_BYTES))


def from_groups(literals: tuple[str, ...] | list[str]) -> bytes:
    """The rows behind group literals, as `TensorCommitment.rows` has them.

    Raises:
        InvalidInput: no literal, or none of a point of the subgroup.
    """
    own = native()
    return b"".join(own.from_group(literal) for literal in literals)
