"""Calibration: the ranges of every tensor over real samples, from onnxruntime on the user's own model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intaglio.errors import InvalidInput
from intaglio.frontend import OnnxModel, TensorSpec

Sample = dict[str, NDArray[Any]]

MIN_HELD_OUT = 6
"""With fewer samples nothing is held out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRange:
    """What calibration saw of one tensor."""

    shape: tuple[int, ...]
    low: float
    high: float
    rms: float

    @property
    def largest(self) -> float:
        """max|x|."""
        return max(abs(self.low), abs(self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Samples, split, and the ranges over the part that was not held out."""

    fitted: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    ranges: dict[str, TensorRange]
    references: tuple[dict[str, NDArray[Any]], ...]
    held_out_references: tuple[dict[str, NDArray[Any]], ...]

    @property
    def margin(self) -> float:
        """Head room over the largest value seen (R3)."""
        return 1.25 if len(self.fitted) >= 16 else 2.0


def samples(specs: tuple[TensorSpec, ...], data: ArrayLike | Mapping[str, ArrayLike]) -> tuple[Sample, ...]:
    """Calibration data as a list of samples.

    Args:
        specs: the model's inputs.
        data: an array for one input, or input name -> array; the first axis counts samples, each of exactly the shape
            that the model takes.

    Raises:
        InvalidInput: no sample, another shape, name or type, NaN or infinity.
    """
    named = dict(data) if isinstance(data, Mapping) else {specs[0].name: data}
    if not isinstance(data, Mapping) and len(specs) != 1:
        raise InvalidInput(f"the model has {len(specs)} inputs: give calibration data by name")
    expected = [spec.name for spec in specs]
    if sorted(named) != sorted(expected):
        raise InvalidInput(f"calibration data are for {sorted(named)}, the model's inputs are {sorted(expected)}")
    arrays = {spec.name: check_array(spec, named[spec.name], batched=True) for spec in specs}
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) != 1:
        raise InvalidInput(f"inputs have different numbers of calibration samples: {counts}")
    count = next(iter(counts.values()))
    if count == 0:
        raise InvalidInput("calibration data are empty: give at least one sample, better a hundred")
    return tuple({name: np.asarray(array[i]) for name, array in arrays.items()} for i in range(count))


def check_array(spec: TensorSpec, data: ArrayLike, *, batched: bool) -> NDArray[Any]:
    """An array for one input, in the model's dtype.

    Raises:
        InvalidInput: another shape or type, NaN or infinity.
    """
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise InvalidInput(f"input {spec.name!r}: {error}") from error
    shape = array.shape[1:] if batched and array.ndim else array.shape
    if tuple(shape) != spec.shape or (batched and array.ndim == 0):
        what = "each calibration sample" if batched else "it"
        raise InvalidInput(f"input {spec.name!r}: {what} must have shape {spec.shape}, not {tuple(shape)}")
    if spec.is_integer:
        if array.dtype.kind not in "iub":
            raise InvalidInput(f"input {spec.name!r} takes integers ({spec.dtype}), not {array.dtype}")
    elif array.dtype.kind not in "fiub":
        raise InvalidInput(f"input {spec.name!r} takes numbers ({spec.dtype}), not {array.dtype}")
    elif not np.isfinite(array).all():
        raise InvalidInput(f"input {spec.name!r} holds NaN or infinite values")
    return array.astype(spec.dtype)


def calibrate(model: OnnxModel, data: ArrayLike | Mapping[str, ArrayLike], *, max_samples: int = 512) -> Calibration:
    """Run the user's model on the calibration data and record every tensor's range.

    A third of the samples is held out of the ranges, to judge fidelity on; with fewer than six none is.
    """
    every = samples(model.inputs, data)
    kept = every[:: max(1, len(every) // max_samples)][:max_samples]
    held = kept[2::3] if len(kept) >= MIN_HELD_OUT else ()
    fitted = tuple(s for i, s in enumerate(kept) if i % 3 != 2) if held else kept
    session = model.session(show_all=True)
    names = [output.name for output in session.get_outputs()]
    ranges: dict[str, TensorRange] = {}
    squares: dict[str, tuple[float, int]] = {}
    references = []
    for sample in fitted:
        values: dict[str, Any] = dict(zip(names, session.run(names, sample), strict=True))
        references.append({name: np.asarray(values[name]) for name in model.outputs})
        for name, value in {**sample, **values}.items():
            _widen(ranges, squares, name, np.asarray(value))
    plain = model.session(show_all=False)
    outputs = list(model.outputs)
    held_references = tuple(dict(zip(outputs, plain.run(outputs, sample), strict=True)) for sample in held)
    final = {
        name: TensorRange(
            shape=r.shape, low=r.low, high=r.high, rms=float(np.sqrt(squares[name][0] / squares[name][1]))
        )
        for name, r in ranges.items()
    }
    return Calibration(
        fitted=fitted,
        held_out=held,
        ranges=final,
        references=tuple(references),
        held_out_references=held_references,
    )


def _widen(
    ranges: dict[str, TensorRange], squares: dict[str, tuple[float, int]], name: str, value: NDArray[Any]
) -> None:
    if value.dtype.kind not in "fiub" or value.size == 0:
        return
    real = value.astype(np.float64)
    if not np.isfinite(real).all():
        raise InvalidInput(f"tensor {name!r} becomes NaN or infinite on the calibration data")
    low, high = float(real.min()), float(real.max())
    total, count = squares.get(name, (0.0, 0))
    squares[name] = (total + float((real**2).sum()), count + real.size)
    if name in ranges:
        low, high = min(low, ranges[name].low), max(high, ranges[name].high)
    ranges[name] = TensorRange(shape=tuple(value.shape), low=low, high=high, rms=0.0)
