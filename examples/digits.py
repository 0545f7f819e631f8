"""The handwritten digits that scikit-learn ships: 1797 grey images of 8x8 pixels, split once and for all."""

from dataclasses import dataclass

import numpy as np

# The second code is for set-ups that silence the first one globally.
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from examples.training.layers import FloatArray
from examples.training.losses import Labels

# Both belong to the checked-in model: another split would test it on images that it was trained on.
_TEST_SHARE, _SPLIT_SEED = 0.25, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Images for training and calibration, and images that neither has seen.

    The first axis counts samples; each sample has the shape `[1, 1, 8, 8]` of the model's input. Pixels lie in [0, 1].
    """

    calibration: FloatArray
    calibration_labels: Labels
    images: FloatArray
    labels: Labels


def load_split() -> Split:
    """The fixed split: 1347 images to train and calibrate on, 450 to test on, each class in proportion."""
    digits = load_digits()
    labels = np.asarray(digits.target, np.int64)
    # The set counts ink from 0 to 16 in each pixel.
    images = (np.asarray(digits.images) / 16).astype(np.float32).reshape(-1, 1, 1, 8, 8)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=_TEST_SHARE, random_state=_SPLIT_SEED, stratify=labels
    )
    return Split(calibration=images[train], calibration_labels=labels[train], images=images[test], labels=labels[test])
