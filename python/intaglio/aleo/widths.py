"""Integer programs narrow enough for a circuit: the widest that fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from numpy.typing import ArrayLike

from intaglio.aleo.circuit import Inputs, Weights, estimate
from intaglio.errors import ResourceLimit
from intaglio.model import Model, Progress, Source, compile
from intaglio.quantise.fidelity import Target

WIDTHS: tuple[tuple[Literal[8, 12, 16], int], ...] = ((16, 16), (12, 12), (8, 8), (8, 6), (8, 5), (8, 4))
"""Bits of activations and of weights, from exact to coarse."""


def narrow(
    source: Source,
    *,
    calibration: ArrayLike | Mapping[str, ArrayLike],
    weights: Weights = "baked",
    inputs: Inputs = "hidden",
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    target: Target | None = None,
    progress: Progress | None = None,
) -> Model:
    """Compile a float model at the widest of `WIDTHS` whose circuit fits the powers that are there.

    Where a file of powers is missing or damaged, that is a narrower one: `estimate` of this module says what is there.

    Args:
        source, calibration, shapes, target, progress: as in `intaglio.compile`, whose fidelity report the model has.
            Progress starts anew with each width.
        weights, inputs: as in `compile` of this module.

    Returns:
        a model with `overflow="refuse"`: inputs beyond the calibrated ranges raise `OutOfRange`.

    Raises:
        ResourceLimit: not even the coarsest fits, with its numbers.
        UnsupportedModel, FormatError, InvalidInput: as in `intaglio.compile`.
    """
    reason = ""
    for activation_bits, weight_bits in WIDTHS:
        model = compile(
            source,
            calibration=calibration,
            shapes=shapes,
            target=target,
            overflow="refuse",
            activation_bits=activation_bits,
            weight_bits=weight_bits,
            progress=progress,
        )
        try:
            told = estimate(model, weights=weights, inputs=inputs)
        except ResourceLimit as error:
            reason = str(error)
            continue
        if told.fits:
            return model
        reason = str(told.reason)
    raise ResourceLimit(f"with {activation_bits}-bit activations and {weight_bits}-bit weights {reason}")
