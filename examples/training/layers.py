"""The layers of a feed-forward net: each maps a batch forward and its gradient back.

A batch is `[n, features]` or `[n, channels, height, width]` in float32. `forward` keeps what `backward` needs, so a
layer serves one batch at a time. `backward` takes dL/dy, stores dL/dw in each parameter and returns dL/dx. There are
no strides, groups or dilations here: the example nets use none.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@dataclass(slots=True)
class Parameter:
    """A trained array and the gradient of the last batch."""

    value: FloatArray
    gradient: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.gradient = np.zeros_like(self.value)


class Layer(Protocol):
    """What the training loop and the writer ask of a layer."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The trained arrays, in a fixed order."""
        ...

    def forward(self, x: FloatArray) -> FloatArray:
        """The layer's output for the batch `x`."""
        ...

    def backward(self, gradient: FloatArray) -> FloatArray:
        """dL/dx from dL/dy, for the batch of the last `forward`."""
        ...


class Dense:
    """`y = x·Wᵀ + b`, with `W` of shape `[outputs, inputs]`."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        self.weight = Parameter(he_normal((outputs, inputs), inputs, rng))
        self.bias = Parameter(np.zeros(outputs, np.float32))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.weight, self.bias

    def forward(self, x: FloatArray) -> FloatArray:
        self._x = x
        return x @ self.weight.value.T + self.bias.value

    def backward(self, gradient: FloatArray) -> FloatArray:
        self.weight.gradient = gradient.T @ self._x
        self.bias.gradient = gradient.sum(axis=0)
        return gradient @ self.weight.value


class Conv:
    """A square convolution of stride 1 with `pad` zeros on each side; `W` is `[out, in, kernel, kernel]`."""

    def __init__(self, channels: tuple[int, int], kernel: int, pad: int, rng: np.random.Generator) -> None:
        inputs, outputs = channels
        self.kernel, self.pad = kernel, pad
        self.weight = Parameter(he_normal((outputs, inputs, kernel, kernel), inputs * kernel * kernel, rng))
        self.bias = Parameter(np.zeros(outputs, np.float32))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.weight, self.bias

    def forward(self, x: FloatArray) -> FloatArray:
        sides = (self.pad, self.pad)
        padded = np.pad(x, ((0, 0), (0, 0), sides, sides))
        self._padded_shape = padded.shape
        windows = np.lib.stride_tricks.sliding_window_view(padded, (self.kernel, self.kernel), axis=(2, 3))
        n, channels, height, width = padded.shape[0], padded.shape[1], windows.shape[2], windows.shape[3]
        # One row for each output position, so that the convolution is one matrix product.
        self._rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, channels * self.kernel**2)
        product = self._rows @ self._matrix().T + self.bias.value
        return product.reshape(n, height, width, -1).transpose(0, 3, 1, 2)

    def backward(self, gradient: FloatArray) -> FloatArray:
        n, outputs, height, width = gradient.shape
        rows = gradient.transpose(0, 2, 3, 1).reshape(-1, outputs)
        self.weight.gradient = (rows.T @ self._rows).reshape(self.weight.value.shape)
        self.bias.gradient = rows.sum(axis=0)
        patches = (rows @ self._matrix()).reshape(n, height, width, -1, self.kernel, self.kernel)
        padded: FloatArray = np.zeros(self._padded_shape, np.float32)
        for i in range(self.kernel):
            for j in range(self.kernel):
                padded[:, :, i : i + height, j : j + width] += patches[..., i, j].transpose(0, 3, 1, 2)
        end_row, end_column = padded.shape[2] - self.pad, padded.shape[3] - self.pad
        return padded[:, :, self.pad : end_row, self.pad : end_column]

    def _matrix(self) -> FloatArray:
        return self.weight.value.reshape(len(self.weight.value), -1)


class ReLU:
    """`y = max(x, 0)`."""

    parameters: tuple[Parameter, ...] = ()

    def forward(self, x: FloatArray) -> FloatArray:
        self._positive = x > 0
        return np.asarray(np.maximum(x, np.float32(0)))

    def backward(self, gradient: FloatArray) -> FloatArray:
        return gradient * self._positive


class Sigmoid:
    """`y = 1 / (1 + e⁻ˣ)`."""

    parameters: tuple[Parameter, ...] = ()

    def forward(self, x: FloatArray) -> FloatArray:
        self._y: FloatArray = np.float32(1) / (np.float32(1) + np.exp(-x))
        return self._y

    def backward(self, gradient: FloatArray) -> FloatArray:
        return gradient * self._y * (np.float32(1) - self._y)


class MaxPool2:
    """The largest of each 2x2 block, stride 2; height and width must be even."""

    parameters: tuple[Parameter, ...] = ()

    def forward(self, x: FloatArray) -> FloatArray:
        n, channels, height, width = x.shape
        blocks = x.reshape(n, channels, height // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
        blocks = blocks.reshape(n, channels, height // 2, width // 2, 4)
        self._winner = blocks.argmax(axis=4, keepdims=True)
        return np.take_along_axis(blocks, self._winner, axis=4)[..., 0]

    def backward(self, gradient: FloatArray) -> FloatArray:
        n, channels, height, width = gradient.shape
        blocks = np.zeros((n, channels, height, width, 4), np.float32)
        np.put_along_axis(blocks, self._winner, gradient[..., None], axis=4)
        blocks = blocks.reshape(n, channels, height, width, 2, 2).transpose(0, 1, 2, 4, 3, 5)
        return blocks.reshape(n, channels, 2 * height, 2 * width)


class Flatten:
    """All axes but the batch's, in row-major order."""

    parameters: tuple[Parameter, ...] = ()

    def forward(self, x: FloatArray) -> FloatArray:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, gradient: FloatArray) -> FloatArray:
        return gradient.reshape(self._shape)


def he_normal(shape: tuple[int, ...], fan_in: int, rng: np.random.Generator) -> FloatArray:
    """Normal weights of variance `2 / fan_in`, which keeps a ReLU net's activations at one scale (He et al. 2015)."""
    return rng.normal(0.0, np.sqrt(2.0 / fan_in), shape).astype(np.float32)
