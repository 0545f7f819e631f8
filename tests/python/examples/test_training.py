"""The trainer: gradients against finite differences, the written model against onnxruntime."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pytest

from examples.training.adam import Adam
from examples.training.export import Signature, to_onnx
from examples.training.fit import Network, Recipe, accuracy, fit
from examples.training.layers import Conv, Dense, Flatten, FloatArray, Layer, MaxPool2, Parameter, ReLU, Sigmoid
from examples.training.losses import Loss, binary_cross_entropy, softmax_cross_entropy

_STEP = 1e-6


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


def _layers() -> list[tuple[str, Layer, tuple[int, ...]]]:
    rng = _rng()
    return [
        ("dense", Dense(5, 4, rng), (3, 5)),
        ("conv padded", Conv((2, 3), kernel=3, pad=1, rng=rng), (2, 2, 4, 6)),
        ("conv bare", Conv((2, 3), kernel=3, pad=0, rng=rng), (2, 2, 5, 4)),
        ("relu", ReLU(), (3, 7)),
        ("sigmoid", Sigmoid(), (3, 7)),
        ("max pool", MaxPool2(), (2, 3, 4, 6)),
        ("flatten", Flatten(), (2, 3, 2, 2)),
    ]


def _numeric(value: npt.NDArray[np.float64], objective: Callable[[], float]) -> npt.NDArray[np.float64]:
    """Central differences of `objective` in each element of `value`, which it reads in place."""
    gradient = np.zeros_like(value)
    for index in np.ndindex(value.shape):
        kept = value[index]
        value[index] = kept + _STEP
        above = objective()
        value[index] = kept - _STEP
        gradient[index] = (above - objective()) / (2 * _STEP)
        value[index] = kept
    return gradient


@pytest.mark.parametrize(("name", "layer", "shape"), _layers(), ids=lambda x: x if isinstance(x, str) else "")
def test_a_layers_gradients_are_its_finite_differences(name: str, layer: Layer, shape: tuple[int, ...]) -> None:
    # In float64, where differences are sharp; the layers themselves do not name a width.
    x = _rng().normal(size=shape)
    for parameter in layer.parameters:
        parameter.value = parameter.value.astype(np.float64)
    weights = _rng().normal(size=layer.forward(x).shape)

    def objective() -> float:
        return float((layer.forward(x) * weights).sum())

    objective()
    by_layer = layer.backward(weights)
    np.testing.assert_allclose(by_layer, _numeric(x, objective), rtol=1e-5, atol=1e-5)
    for parameter in layer.parameters:
        assert np.abs(parameter.gradient).max() > 0
        numeric = _numeric(parameter.value, objective)
        np.testing.assert_allclose(parameter.gradient, numeric, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("loss", "outputs", "labels"),
    [
        (softmax_cross_entropy, _rng().normal(size=(4, 3)), [0, 2, 1, 2]),
        (binary_cross_entropy, _rng().uniform(0.1, 0.9, size=(4, 1)), [0, 1, 1, 0]),
    ],
)
def test_a_losss_gradient_is_its_finite_difference(
    loss: Loss, outputs: npt.NDArray[np.float64], labels: list[int]
) -> None:
    classes = np.array(labels)
    gradient = loss(outputs, classes)[1]
    numeric = _numeric(outputs, lambda: loss(outputs, classes)[0])
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-6)


def test_softmax_cross_entropy_of_equal_logits_is_the_log_of_the_class_count() -> None:
    value, _ = softmax_cross_entropy(np.full((2, 10), 1000, np.float32), np.array([3, 7]))
    assert value == pytest.approx(np.log(10))


def test_adams_first_step_has_the_length_of_the_rate_in_every_coordinate() -> None:
    parameter = Parameter(np.zeros(3, np.float32))
    parameter.gradient = np.array([1e-3, -5, 200], np.float32)
    Adam([parameter]).step(0.1)
    np.testing.assert_allclose(parameter.value, [-0.1, 0.1, -0.1], rtol=1e-4)


def test_weight_decay_alone_shrinks_a_weight_by_rate_times_decay() -> None:
    parameter = Parameter(np.ones(1, np.float32))
    Adam([parameter], weight_decay=0.5).step(0.1)
    np.testing.assert_allclose(parameter.value, [0.95])


def _small_cnn() -> Network:
    rng = _rng()
    layers = (Conv((1, 3), 3, 1, rng), ReLU(), MaxPool2(), Conv((3, 2), 2, 0, rng), Flatten(), Dense(18, 1, rng))
    return Network((*layers, Sigmoid()))


_SIGNATURE = Signature(model="small", input="image", input_shape=(1, 1, 8, 8), output="probability")


def _run(model: bytes, images: FloatArray) -> FloatArray:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.concatenate([np.asarray(session.run(["probability"], {"image": image[None]})[0]) for image in images])


def _bright_halves() -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Noise, brighter in the upper or in the lower half: a task that a small net learns at once."""
    images = _rng().uniform(size=(128, 1, 8, 8)).astype(np.float32)
    labels = np.arange(128) % 2
    images[labels == 0, :, :4] += 1
    images[labels == 1, :, 4:] += 1
    return images, labels.astype(np.int64)


def test_the_written_model_computes_what_the_net_computes() -> None:
    images, labels = _bright_halves()
    network = _small_cnn()
    fit(network, images, labels, loss=binary_cross_entropy, recipe=Recipe(epochs=5))
    expected = network.forward(images)
    np.testing.assert_allclose(_run(to_onnx(network, _SIGNATURE), images), expected, rtol=1e-5, atol=1e-6)
    # Control: a model of other weights is told apart.
    network.parameters[0].value[0] += 0.5
    assert np.abs(_run(to_onnx(network, _SIGNATURE), images) - expected).max() > 1e-3


def test_training_twice_gives_the_same_file_and_another_seed_another() -> None:
    images, labels = _bright_halves()

    def train(seed: int) -> bytes:
        network = _small_cnn()
        fit(network, images, labels, loss=binary_cross_entropy, recipe=Recipe(epochs=2, seed=seed))
        return to_onnx(network, _SIGNATURE)

    assert train(0) == train(0)
    assert train(0) != train(1)


def test_training_learns() -> None:
    images, labels = _bright_halves()
    network = _small_cnn()
    before = accuracy(network, images, labels)
    history = fit(network, images, labels, loss=binary_cross_entropy, recipe=Recipe(epochs=30, learning_rate=1e-2))
    assert history[-1] < history[0] / 2
    assert accuracy(network, images, labels) > max(before, 0.95)


def test_a_layer_without_an_onnx_operator_is_named() -> None:
    class Mystery(ReLU):
        pass

    class Unknown:
        parameters: tuple[Parameter, ...] = ()

        def forward(self, x: FloatArray) -> FloatArray:
            return x

        def backward(self, gradient: FloatArray) -> FloatArray:
            return gradient

    assert to_onnx(Network((Mystery(), Flatten())), _SIGNATURE)
    with pytest.raises(TypeError, match="Unknown"):
        to_onnx(Network((Unknown(),)), _SIGNATURE)
