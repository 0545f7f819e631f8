"""Losses: the mean over a batch, and its gradient with respect to the net's output."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from examples.training.layers import FloatArray

Labels = npt.NDArray[np.int64]
Loss = Callable[[FloatArray, Labels], tuple[float, FloatArray]]


def softmax_cross_entropy(logits: FloatArray, labels: Labels) -> tuple[float, FloatArray]:
    """`mean −log softmax(logits)[label]` for `[n, classes]` logits; its gradient is `(softmax − onehot) / n`."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(log_softmax)
    gradient[rows, labels] -= 1
    return float(-log_softmax[rows, labels].mean()), gradient / np.float32(len(labels))


def binary_cross_entropy(probability: FloatArray, labels: Labels) -> tuple[float, FloatArray]:
    """`−mean y·log p + (1−y)·log(1−p)` for `[n, 1]` probabilities `p` and labels `y` in {0, 1}."""
    # Clipped where float32 can no longer tell p from 0 or 1, so that the gradient stays finite.
    p = np.clip(probability, np.float32(1e-6), np.float32(1 - 1e-6))
    y = labels.astype(np.float32)[:, None]
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    gradient = (p - y) / (p * (1 - p)) / np.float32(len(labels))
    return float(loss), gradient.astype(np.float32, copy=False)
