"""Committed outputs of the core, opened for the chain under public bounds: nothing else of them is told."""

from __future__ import annotations

import math
from collections.abc import Sequence

from intaglio.aleo.circuit import MODULUS, CircuitEvidence, Context, context_element
from intaglio.aleo.native import native
from intaglio.errors import FormatError, InvalidInput, Rejected
from intaglio.proof import Openings, TensorCommitment

MAX_CELLS = 4
LOWEST, HIGHEST = -(1 << 15), (1 << 15) - 1

Bounds = Sequence[tuple[int, int]]


def prove_bounds(openings: Openings, name: str, *, bounds: Bounds, context: Context = b"") -> CircuitEvidence:
    """Prove that each cell of a committed tensor lies between two integers, as a proof that the chain verifies.

    Args:
        openings: of the proof whose output (or input) was committed.
        name: the tensor: at most four cells, each of 16 bits.
        bounds: lowest and highest integer of each cell, both included; `(-32768, 32767)` tells nothing.
        context: what the proof binds.

    Returns:
        evidence whose public values are one, the row's `group` value, the context, and both bounds of each cell.

    Raises:
        InvalidInput: a cell does not lie between its bounds, or the tensor is larger than a circuit opens.
        ResourceLimit: powers are missing.
    """
    pairs = [(int(low), int(high)) for low, high in bounds]
    proof, publics = native().prove_bounds(openings.data, name, pairs, context_element(context), openings.passphrase)
    return CircuitEvidence(public_values=tuple(publics), proof=proof)


def verify_bounds(
    evidence: CircuitEvidence,
    commitment: TensorCommitment,
    *,
    bounds: Bounds,
    context: Context = b"",
) -> None:
    """Check that the cells behind a verified commitment lie between bounds.

    Raises:
        Rejected: with the stage, statement or closing, and the reason.
        InvalidInput: bounds that no such proof has.
    """
    if len(bounds) != math.prod(commitment.shape) or len(commitment.groups) != 1:
        raise InvalidInput(f"bounds for {len(bounds)} cells, {commitment.name!r} has {math.prod(commitment.shape)}")
    cells = 1 << (len(bounds) - 1).bit_length()
    if cells > MAX_CELLS:
        raise InvalidInput(f"{commitment.name!r} has more than {MAX_CELLS} cells")
    told = [commitment.groups[0].removesuffix("group"), context_element(context)]
    for low, high in [*bounds, *[(LOWEST, HIGHEST)] * (cells - len(bounds))]:
        told += [str(low % MODULUS), str(high % MODULUS)]
    if list(evidence.public_values) != ["1", *told]:
        raise Rejected("statement", "the evidence is about another commitment, other bounds or another context")
    own = native()
    try:
        holds = own.verify(own.bounds_key(cells), ["1", *told], evidence.proof)
    except FormatError as error:
        raise Rejected("decode", str(error)) from error
    if not holds:
        raise Rejected("closing", "the proof does not hold for these bounds")
