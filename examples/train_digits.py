"""Trains the digits CNN and writes `examples/digits_cnn.onnx`: `python -m examples.train_digits` from the root.

```text
image [1,1,8,8] – Conv 8@3x3 – ReLU – MaxPool 2 – Conv 16@3x3 – ReLU – MaxPool 2 – Dense 32 – ReLU – Dense 10 logits
```
"""

from pathlib import Path

import numpy as np

from examples.digits import load_split
from examples.training.export import Signature, to_onnx
from examples.training.fit import Network, Recipe, accuracy, count_parameters, fit
from examples.training.layers import Conv, Dense, Flatten, MaxPool2, ReLU
from examples.training.losses import softmax_cross_entropy

MODEL_PATH = Path(__file__).parent / "digits_cnn.onnx"
SIGNATURE = Signature(model="digits_cnn", input="image", input_shape=(1, 1, 8, 8), output="logits")
# Chosen on slices of the training part; the test part was not looked at.
RECIPE = Recipe(epochs=80, learning_rate=1e-2)


def build(seed: int = 0) -> Network:
    """The untrained net."""
    rng = np.random.default_rng(seed)
    return Network(
        (
            Conv((1, 8), kernel=3, pad=1, rng=rng),
            ReLU(),
            MaxPool2(),
            Conv((8, 16), kernel=3, pad=1, rng=rng),
            ReLU(),
            MaxPool2(),
            Flatten(),
            Dense(64, 32, rng),
            ReLU(),
            Dense(32, 10, rng),
        )
    )


def main() -> None:
    """Trains, writes the model and prints its accuracy."""
    split = load_split()
    network = build()
    train_images = split.calibration[:, 0]
    fit(network, train_images, split.calibration_labels, loss=softmax_cross_entropy, recipe=RECIPE)
    model = to_onnx(network, SIGNATURE)
    MODEL_PATH.write_bytes(model)
    print(f"parameters      {count_parameters(network.parameters)}")
    print(f"train accuracy  {accuracy(network, train_images, split.calibration_labels):.4f}")
    print(f"test accuracy   {accuracy(network, split.images[:, 0], split.labels):.4f}  ({len(split.labels)} images)")
    print(f"wrote           {MODEL_PATH.name}, {len(model)} bytes")


if __name__ == "__main__":
    main()
