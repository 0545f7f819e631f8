"""The nets of the benchmark: four small models, trained, and two of them again with dense random weights.

A pruned or badly trained net could flatter a prover that skips zeros, hence the random twins: every weight and bias
drawn from a normal distribution. Trained weights lie in `bench/nets/`; a model too large to check in is trained when
first asked for and kept under `build/`. Random ones are drawn anew, always the same.

`python -m bench.nets` trains them all again and prints their accuracies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.samples import Samples, breast_cancer, digits
from examples.training.export import Signature, to_onnx
from examples.training.fit import Network, Recipe, accuracy, count_parameters, fit
from examples.training.layers import Conv, Dense, Flatten, MaxPool2, ReLU, Sigmoid
from examples.training.losses import Loss, binary_cross_entropy, softmax_cross_entropy

_CHECKED_IN = Path(__file__).parent / "nets"
_MADE_ON_DEMAND = Path(__file__).parent.parent / "build" / "bench-nets"
# Larger files are not checked in.
_CHECK_IN_LIMIT_BYTES = 400_000
_LENET_SIDE = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """One row of the benchmark."""

    name: str
    model: bytes
    parameters: int
    samples: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """How a net is built, fed and trained."""

    signature: Signature
    build: Callable[[np.random.Generator], Network]
    load_samples: Callable[[], Samples]
    loss: Loss
    recipe: Recipe


def names() -> tuple[str, ...]:
    """Every net's name: the trained ones, then the random twins."""
    return tuple(_DESIGNS) + tuple(f"{name}-random" for name in _RANDOM_TWINS)


def load(name: str) -> Net:
    """The net called `name`, from its file where there is one.

    Raises:
        KeyError: no net has that name.
    """
    base = name.removesuffix("-random")
    if name not in names():
        raise KeyError(f"no net is called {name!r}; there are {', '.join(names())}")
    design = _DESIGNS[base]
    parameters = count_parameters(design.build(np.random.default_rng(0)).parameters)
    model = _random_model(design) if name != base else _trained_model(base)
    return Net(name=name, model=model, parameters=parameters, samples=design.load_samples())


def train(name: str) -> tuple[bytes, float]:
    """Trains the net called `name` and writes its file; under a minute on one core.

    Returns:
        The ONNX model and its accuracy on the samples that it was not trained on.
    """
    design = _DESIGNS[name]
    samples = design.load_samples()
    network = design.build(np.random.default_rng(0))
    fit(network, samples.calibration[:, 0], samples.calibration_labels, loss=design.loss, recipe=design.recipe)
    model = to_onnx(network, design.signature)
    folder = _CHECKED_IN if len(model) < _CHECK_IN_LIMIT_BYTES else _MADE_ON_DEMAND
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(model)
    return model, accuracy(network, samples.inputs[:, 0], samples.labels)


def _trained_model(name: str) -> bytes:
    for folder in (_CHECKED_IN, _MADE_ON_DEMAND):
        path = folder / f"{name}.onnx"
        if path.exists():
            return path.read_bytes()
    return train(name)[0]


def _random_model(design: _Design) -> bytes:
    rng = np.random.default_rng(1)
    network = design.build(rng)
    for parameter in network.parameters:
        # Weights are random already; biases start at zero, and zeros would be cheaper than a real net's.
        if parameter.value.ndim == 1:
            parameter.value = rng.normal(0.0, 0.1, parameter.value.shape).astype(np.float32)
    return to_onnx(network, design.signature)


def _mlp(widths: tuple[int, ...]) -> Callable[[np.random.Generator], Network]:
    def build(rng: np.random.Generator) -> Network:
        layers: list[Dense | ReLU] = []
        for inputs, outputs in pairwise(widths):
            layers += [Dense(inputs, outputs, rng), ReLU()]
        return Network(tuple(layers[:-1]))

    return build


def _logistic(rng: np.random.Generator) -> Network:
    return Network((Dense(30, 1, rng), Sigmoid()))


def _lenet5(rng: np.random.Generator) -> Network:
    """LeNet-5 (LeCun et al. 1998) with ReLU and max pooling, as benchmarks use it today."""
    return Network(
        (
            Conv((1, 6), kernel=5, pad=2, rng=rng),
            ReLU(),
            MaxPool2(),
            Conv((6, 16), kernel=5, pad=0, rng=rng),
            ReLU(),
            MaxPool2(),
            Flatten(),
            Dense(400, 120, rng),
            ReLU(),
            Dense(120, 84, rng),
            ReLU(),
            Dense(84, 10, rng),
        )
    )


_DESIGNS = {
    "logistic-30": _Design(
        signature=Signature(model="logistic_30", input="features", input_shape=(1, 30), output="probability"),
        build=_logistic,
        load_samples=breast_cancer,
        loss=binary_cross_entropy,
        recipe=Recipe(epochs=60, learning_rate=1e-2),
    ),
    "mlp-64-32-10": _Design(
        signature=Signature(model="mlp_64_32_10", input="image", input_shape=(1, 64), output="logits"),
        build=_mlp((64, 32, 10)),
        load_samples=lambda: digits((1, 64), 8),
        loss=softmax_cross_entropy,
        recipe=Recipe(epochs=60, learning_rate=1e-2),
    ),
    "lenet5": _Design(
        signature=Signature(
            model="lenet5", input="image", input_shape=(1, 1, _LENET_SIDE, _LENET_SIDE), output="logits"
        ),
        build=_lenet5,
        load_samples=lambda: digits((1, 1, _LENET_SIDE, _LENET_SIDE), _LENET_SIDE),
        loss=softmax_cross_entropy,
        recipe=Recipe(epochs=8),
    ),
    "mlp-784-128-10": _Design(
        signature=Signature(model="mlp_784_128_10", input="image", input_shape=(1, 784), output="logits"),
        build=_mlp((784, 128, 10)),
        load_samples=lambda: digits((1, 784), _LENET_SIDE),
        loss=softmax_cross_entropy,
        recipe=Recipe(epochs=20),
    ),
}

_RANDOM_TWINS = ("mlp-64-32-10", "lenet5")


def main() -> None:
    """Trains every net again and prints what came out."""
    for name, design in _DESIGNS.items():
        model, test_accuracy = train(name)
        parameters = count_parameters(design.build(np.random.default_rng(0)).parameters)
        print(f"{name:16} {parameters:7} parameters  {len(model):7} bytes  test accuracy {test_accuracy:.4f}")


if __name__ == "__main__":
    main()
