"""How close the integer program is to the user's own model, said honestly. (Rule R8 of the quantisation study.)"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intaglio.errors import OutOfRange

if TYPE_CHECKING:
    # whoever verifies needs no onnxruntime
    from intaglio.quantise.calibrate import Calibration

Sample = dict[str, NDArray[Any]]
Outputs = dict[str, NDArray[Any]]
Labeller = Callable[[NDArray[Any]], NDArray[Any]]
Runner = Callable[[Sample], tuple[Outputs, list[tuple[str, int]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the user asks of the integer program, on held-out data.

    Attributes:
        label_agreement: least share of labels that agree; 0 asks for none.
        max_error: greatest error, relative to max − min of an output over the calibration set; `math.inf` allows any.
    """

    label_agreement: float = 0.999
    max_error: float = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class FidelityReport:
    """One part of the data: agreement with onnxruntime on the user's own file.

    Errors are relative to max − min of each output over the calibration set.
    """

    label_agreement: float | None
    label_interval: tuple[float, float] | None
    max_error: float
    p999_error: float
    mean_error: float
    samples: int
    saturated: dict[str, int]
    """Cells beyond their range, by node; keys of a function count where it is flat, too, and cost nothing there."""
    refused: int = 0
    """Samples that a program compiled with `overflow="refuse"` cannot take: no error is counted, no label agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """The report on calibration and held-out data."""

    calibration: FidelityReport
    held_out: FidelityReport | None
    met: bool
    """Whether the target is met; True if there was none."""
    limiting: tuple[str, ...]
    """At most five tensors: those that saturate most, then the outputs that miss the target by most."""

    @property
    def judged(self) -> FidelityReport:
        """The held-out part, or the calibration part if nothing was held out."""
        return self.held_out or self.calibration

    @property
    def label_agreement(self) -> float | None:
        """Share of labels that agree."""
        return self.judged.label_agreement

    @property
    def max_error(self) -> float:
        """Largest relative error."""
        return self.judged.max_error

    @property
    def mean_error(self) -> float:
        """Mean relative error."""
        return self.judged.mean_error

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data; `refused` only where there is any."""

        def plain(report: FidelityReport) -> dict[str, Any]:
            return {key: value for key, value in asdict(report).items() if key != "refused" or value}

        return {
            "calibration": plain(self.calibration),
            "held_out": None if self.held_out is None else plain(self.held_out),
            "met": self.met,
            "limiting": list(self.limiting),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Fidelity:
        """What `as_dict` wrote."""

        def report(part: dict[str, Any]) -> FidelityReport:
            interval = part["label_interval"]
            return FidelityReport(**{**part, "label_interval": None if interval is None else tuple(interval)})

        held = data["held_out"]
        return Fidelity(
            calibration=report(data["calibration"]),
            held_out=None if held is None else report(held),
            met=data["met"],
            limiting=tuple(data["limiting"]),
        )


def labeller(reference: Outputs, name: str, *, probabilities: frozenset[str]) -> Labeller | None:
    """What turns one output into labels, if it has any.

    Integers are labels; argmax over the last axis if it is longer than 1; one number that a sigmoid makes against ½.
    """
    first = np.asarray(reference[name])
    if first.dtype.kind in "iu":
        return lambda value: value
    if first.ndim and first.shape[-1] > 1:
        return lambda value: np.asarray(value.argmax(-1))
    if first.size == 1 and name in probabilities:
        return lambda value: np.asarray(value >= 0.5)
    return None


def agreement_interval(agree: int, count: int) -> tuple[float, float]:
    """95 % interval: Wilson's, and by the rule of three without a miss."""
    if count == 0:
        return (0.0, 1.0)
    if agree == count:
        return (max(0.0, 1.0 - 3.0 / count), 1.0)
    z, p = 1.96, agree / count
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return (max(0.0, centre - half), min(1.0, centre + half))


def judge(run: Runner, calibration: Calibration, target: Target | None, *, probabilities: frozenset[str]) -> Fidelity:
    """Run the integer program on all samples and compare. Without a target everything meets it.

    Args:
        run: the integer program.
        calibration: samples, and what onnxruntime says of them.
        target: what is asked for.
        probabilities: outputs that a sigmoid makes.
    """
    spans = _spans(calibration)
    first = calibration.references[0]
    found = {name: labeller(first, name, probabilities=probabilities) for name in spans}
    labellers = {name: made for name, made in found.items() if made is not None}
    fitted, worst = _report(run, calibration.fitted, calibration.references, spans, labellers)
    held = None
    if calibration.held_out:
        held, worst = _report(run, calibration.held_out, calibration.held_out_references, spans, labellers)
    judged = held or fitted
    met = target is None or _meets(judged, target)
    most = sorted(judged.saturated.items(), key=lambda item: -item[1])
    limiting = [name for name, count in most if count]
    if not met:
        by_error = sorted(worst.items(), key=lambda item: -item[1])
        limiting += [name for name, error in by_error if error > 0 and name not in limiting]
    return Fidelity(calibration=fitted, held_out=held, met=met, limiting=tuple(limiting[:5]))


def _meets(report: FidelityReport, target: Target) -> bool:
    agreed = 1.0 if report.label_agreement is None else report.label_agreement
    provable = 1.0 - report.refused / report.samples
    return min(agreed, provable) >= target.label_agreement and report.max_error <= target.max_error


def _spans(calibration: Calibration) -> dict[str, float]:
    spans = {}
    for name in calibration.references[0]:
        seen = np.concatenate([np.asarray(r[name], dtype=np.float64).reshape(-1) for r in calibration.references])
        spans[name] = float(seen.max() - seen.min()) or 1.0
    return spans


def _report(
    run: Runner,
    samples: Sequence[Sample],
    references: Sequence[Outputs],
    spans: dict[str, float],
    labellers: dict[str, Labeller],
) -> tuple[FidelityReport, dict[str, float]]:
    """The report, and the largest error of each output."""
    errors: dict[str, list[NDArray[np.float64]]] = {name: [] for name in spans}
    agree = total = refused = 0
    saturated: dict[str, int] = {}
    for sample, reference in zip(samples, references, strict=True):
        try:
            outputs, counts = run(sample)
        except OutOfRange:
            refused += 1
            total += sum(label(np.asarray(reference[name])).size for name, label in labellers.items())
            continue
        for name, count in counts:
            saturated[name] = saturated.get(name, 0) + count
        for name, expected in reference.items():
            ours = outputs[name]
            difference = np.abs(np.asarray(ours, dtype=np.float64) - np.asarray(expected, dtype=np.float64))
            errors[name].append(difference.reshape(-1) / spans[name])
            if name in labellers:
                theirs = labellers[name](np.asarray(expected))
                agree += int(np.sum(labellers[name](np.asarray(ours)) == theirs))
                total += theirs.size
    every = np.concatenate([np.zeros(0), *(part for parts in errors.values() for part in parts)])
    # all samples refused: nothing was compared, and nothing is claimed
    every = every if every.size else np.ones(1)
    report = FidelityReport(
        label_agreement=agree / total if total else None,
        label_interval=agreement_interval(agree, total) if total else None,
        max_error=float(every.max()),
        p999_error=float(np.quantile(every, 0.999)),
        mean_error=float(every.mean()),
        samples=len(samples),
        saturated={name: count for name, count in saturated.items() if count},
        refused=refused,
    )
    return report, {name: max((float(part.max()) for part in parts), default=1.0) for name, parts in errors.items()}
