"""Models as Aleo programs, from Python."""

from __future__ import annotations

from typing import Any

import intaglio
import intaglio_aleo
import numpy as np
import pytest
from intaglio import aleo

from examples.digits import load_split
from examples.training.export import Signature, to_onnx
from examples.training.fit import Network, Recipe, fit
from examples.training.layers import Dense, Flatten, ReLU
from examples.training.losses import softmax_cross_entropy


def evaluated(written: aleo.ProgramModel, inputs: Any) -> Any:
    """What the program gives, every assertion evaluated."""
    author = intaglio_aleo.Author()
    author.learn(written.source)
    assert author.functions(written.name)[0][1] == written.constraints
    account = aleo.Account.create()
    outputs = author.evaluate(account.private_key, (written.name, "run", [written.input(inputs)]))
    return written.output(outputs[0])


def test_a_program_computes_what_the_model_says(model: intaglio.Model, sample: Any) -> None:
    written = aleo.program(model, name="small_perceptron")
    assert written.fits
    assert written.source.startswith("program small_perceptron.aleo;")
    assert "fn run(private input:" in written.leo
    np.testing.assert_array_equal(evaluated(written, sample), model.run(sample)["y"])
    for wrong in ("", "[1u16]", "[a, b, c]", "5field"):
        with pytest.raises(intaglio.FormatError):
            written.output(wrong)
    with pytest.raises(intaglio.InvalidInput, match="lower case"):
        aleo.program(model, name="Small")
    with pytest.raises(intaglio.InvalidInput, match="'public' or 'private'"):
        aleo.program(model, name="small_perceptron", input="open")  # type: ignore[arg-type]


def test_a_trained_net_on_digits_is_a_program() -> None:
    split = load_split()
    rng = np.random.default_rng(0)
    network = Network((Flatten(), Dense(64, 48, rng), ReLU(), Dense(48, 10, rng)))
    recipe = Recipe(epochs=40, learning_rate=3e-3)
    fit(network, split.calibration[:, 0], split.calibration_labels, loss=softmax_cross_entropy, recipe=recipe)
    source = to_onnx(network, Signature(model="digits", input="image", input_shape=(1, 1, 8, 8), output="logits"))
    calibration = split.calibration[:512]
    model = intaglio.compile(source, calibration=calibration, activation_bits=8, weight_bits=5, overflow="refuse")
    assert model.fidelity.label_agreement is not None
    assert model.fidelity.label_agreement >= 0.98
    written = aleo.program(model, name="handwritten_digits", input="public")
    assert written.fits, written.constraints
    image = split.images[0]
    np.testing.assert_array_equal(evaluated(written, image), model.run(image)["logits"])


def test_a_net_that_needs_too_much_says_so() -> None:
    rng = np.random.default_rng(0)
    network = Network((Flatten(), Dense(64, 640, rng), ReLU(), Dense(640, 10, rng)))
    source = to_onnx(network, Signature(model="digits", input="image", input_shape=(1, 1, 8, 8), output="logits"))
    split = load_split()
    model = intaglio.compile(source, calibration=split.calibration[:64], activation_bits=8, weight_bits=8)
    with pytest.raises(intaglio.ResourceLimit, match=r"instructions: \d+, at most 65535, so \d+ too many: cut weights"):
        aleo.program(model, name="large_perceptron")
