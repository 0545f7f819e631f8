"""Adam (Kingma and Ba 2015, Algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019)."""

from collections.abc import Sequence

import numpy as np

from examples.training.layers import Parameter

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Steps parameters along their gradients, each scaled by its own running mean and variance.

    ```text
    m = β₁·m + (1−β₁)·g     v = β₂·v + (1−β₂)·g²
    w = w − rate·( (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε) + weight_decay·w )
    ```
    """

    def __init__(self, parameters: Sequence[Parameter], *, weight_decay: float = 0.0) -> None:
        self._parameters = tuple(parameters)
        self._mean = [np.zeros_like(p.value) for p in self._parameters]
        self._square = [np.zeros_like(p.value) for p in self._parameters]
        self._weight_decay = weight_decay
        self._steps = 0

    def step(self, rate: float) -> None:
        """Moves every parameter once, at the learning rate `rate`."""
        self._steps += 1
        mean_correction = 1 - _BETA1**self._steps
        square_correction = 1 - _BETA2**self._steps
        for parameter, mean, square in zip(self._parameters, self._mean, self._square, strict=True):
            gradient = parameter.gradient
            mean += (1 - _BETA1) * (gradient - mean)
            square += (1 - _BETA2) * (gradient * gradient - square)
            direction = (mean / mean_correction) / (np.sqrt(square / square_correction) + _EPSILON)
            parameter.value -= rate * (direction + self._weight_decay * parameter.value)
