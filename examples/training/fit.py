"""A net as a list of layers, and the loop that fits it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from examples.training.adam import Adam
from examples.training.layers import FloatArray, Layer, Parameter
from examples.training.losses import Labels, Loss


@dataclass(frozen=True, slots=True)
class Network:
    """Layers applied one after the other."""

    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every trained array, from the first layer to the last."""
        return tuple(p for layer in self.layers for p in layer.parameters)

    def forward(self, x: FloatArray) -> FloatArray:
        """The net's output for the batch `x`."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, gradient: FloatArray) -> None:
        """Fills in every parameter's gradient from dL/d(output) of the last `forward`."""
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How long and how fast to train."""

    epochs: int
    learning_rate: float = 3e-3
    batch_len: int = 64
    weight_decay: float = 0.01
    seed: int = 0


def fit(network: Network, inputs: FloatArray, labels: Labels, *, loss: Loss, recipe: Recipe) -> list[float]:
    """Trains `network` in place; the learning rate falls to zero along half a cosine.

    The same arguments on the same machine give the same weights, bit for bit. Another BLAS or another number of its
    threads sums in another order, and the weights then differ in their last bits.

    Returns:
        The mean loss of each epoch.
    """
    rng = np.random.default_rng(recipe.seed)
    adam = Adam(network.parameters, weight_decay=recipe.weight_decay)
    total_steps = recipe.epochs * -(-len(inputs) // recipe.batch_len)
    step, history = 0, []
    for _ in range(recipe.epochs):
        order = rng.permutation(len(inputs))
        losses = []
        for start in range(0, len(order), recipe.batch_len):
            batch = order[start : start + recipe.batch_len]
            value, gradient = loss(network.forward(inputs[batch]), labels[batch])
            network.backward(gradient)
            adam.step(recipe.learning_rate * 0.5 * (1 + np.cos(np.pi * step / total_steps)))
            losses.append(value)
            step += 1
        history.append(float(np.mean(losses)))
    return history


def predict(outputs: FloatArray) -> Labels:
    """The class of each row: the largest of several outputs, or whether a single probability is at least one half."""
    if outputs.shape[1] == 1:
        return np.asarray(outputs[:, 0] >= 0.5, np.int64)
    return np.asarray(outputs.argmax(axis=1), np.int64)


def accuracy(network: Network, inputs: FloatArray, labels: Labels) -> float:
    """The share of `inputs` that `network` puts into their class."""
    return float((predict(network.forward(inputs)) == labels).mean())


def count_parameters(parameters: Sequence[Parameter]) -> int:
    """How many numbers were trained."""
    return sum(p.value.size for p in parameters)
