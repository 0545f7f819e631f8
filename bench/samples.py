"""What the benchmark's nets read: the digits at the size that a net takes, and 30 tumour measurements."""

from dataclasses import dataclass

import numpy as np

# The second code is for set-ups that silence the first one globally.
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from examples.digits import load_split
from examples.training.layers import FloatArray
from examples.training.losses import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Inputs to calibrate on and inputs to prove; each sample has the model's input shape, its batch of 1 included."""

    calibration: FloatArray
    calibration_labels: Labels
    inputs: FloatArray
    labels: Labels


def digits(sample_shape: tuple[int, ...], side: int) -> Samples:
    """The digits scaled to `side` pixels, each sample of `sample_shape`."""
    split = load_split()

    def shaped(images: FloatArray) -> FloatArray:
        return enlarge(images, side).reshape(len(images), *sample_shape)

    return Samples(
        calibration=shaped(split.calibration),
        calibration_labels=split.calibration_labels,
        inputs=shaped(split.images),
        labels=split.labels,
    )


def enlarge(images: FloatArray, side: int) -> FloatArray:
    """Square images scaled to `side` pixels by bilinear interpolation between pixel centres."""
    matrix = _interpolation(images.shape[-1], side)
    return np.asarray(matrix @ images @ matrix.T, np.float32)


def _interpolation(source: int, target: int) -> FloatArray:
    """The `[target, source]` matrix whose row `i` weighs the two source pixels around target pixel `i`'s centre."""
    centre = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    # Hat functions: weight 1 at the pixel itself, falling to 0 at its neighbours.
    return np.asarray(np.maximum(0, 1 - np.abs(centre[:, None] - np.arange(source))), np.float32)


def breast_cancer() -> Samples:
    """The 30 tumour measurements that scikit-learn ships, standardised by the training part's mean and deviation."""
    source = load_breast_cancer()
    features, labels = np.asarray(source.data), np.asarray(source.target, np.int64)
    train_part, test_part = train_test_split(np.arange(len(labels)), test_size=0.25, random_state=0, stratify=labels)
    mean, deviation = features[train_part].mean(axis=0), features[train_part].std(axis=0)
    samples = ((features - mean) / deviation).astype(np.float32)[:, None, :]
    return Samples(
        calibration=samples[train_part],
        calibration_labels=labels[train_part],
        inputs=samples[test_part],
        labels=labels[test_part],
    )
