"""The checked-in model and the split it was trained on."""

import hashlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from examples.digits import load_split
from examples.train_digits import MODEL_PATH, SIGNATURE, build
from examples.training.fit import count_parameters
from examples.training.layers import FloatArray


def _logits(images: FloatArray) -> FloatArray:
    session = ort.InferenceSession(MODEL_PATH.read_bytes(), providers=["CPUExecutionProvider"])
    return np.concatenate([np.asarray(session.run(["logits"], {"image": image})[0]) for image in images])


def test_the_split_is_the_one_that_the_model_was_trained_on() -> None:
    split = load_split()
    digest = hashlib.sha256(split.images.tobytes() + split.labels.tobytes()).hexdigest()
    assert digest == "35dd0961baaaedb40454e3f7a5796f6b7cd16d99bded9fe797a67bbc2a59ac0b"


def test_no_image_is_both_for_training_and_for_testing() -> None:
    split = load_split()
    assert (len(split.calibration), len(split.images)) == (1347, 450)
    train = {image.tobytes() for image in split.calibration}
    assert not [i for i, image in enumerate(split.images) if image.tobytes() in train]


def test_images_have_the_models_input_shape_and_range() -> None:
    split = load_split()
    for images, labels in ((split.calibration, split.calibration_labels), (split.images, split.labels)):
        assert images.shape[1:] == SIGNATURE.input_shape
        assert images.dtype == np.float32
        assert (images.min(), images.max()) == (0, 1)
        # In proportion: no class is far from a tenth.
        assert np.abs(np.bincount(labels) / len(labels) - 0.1).max() < 0.01


def test_the_model_has_the_signature_and_the_layers_of_its_script() -> None:
    model = onnx.load(MODEL_PATH)
    onnx.checker.check_model(model, full_check=True)
    graph = model.graph
    assert [v.version for v in model.opset_import] == [17]
    assert [node.op_type for node in graph.node] == [
        *("Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm")
    ]
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in (*graph.input, *graph.output)}
    assert shapes == {"image": [1, 1, 8, 8], "logits": [1, 10]}
    sizes = [numpy_helper.to_array(tensor).size for tensor in graph.initializer]
    assert sum(sizes) == count_parameters(build().parameters) == 3658


def test_the_model_reads_more_than_98_in_100_unseen_digits() -> None:
    split = load_split()
    right = _logits(split.images).argmax(axis=1) == split.labels
    assert right.mean() > 0.98
    # Control: against labels of other images it does no better than chance.
    assert (_logits(split.images).argmax(axis=1) == np.roll(split.labels, 1)).mean() < 0.2
