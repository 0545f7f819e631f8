"""From values of Aleo's type `group` back to committed rows: the way there is `TensorCommitment.groups`."""

from __future__ import annotations

from intaglio.aleo.native import native


def from_groups(literals: tuple[str, ...] | list[str]) -> bytes:
    """The rows behind group literals, as `TensorCommitment.rows` has them.

    Raises:
        InvalidInput: no literal, or none of a point of the subgroup.
    """
    own = native()
    return b"".join(own.from_group(literal) for literal in literals)
