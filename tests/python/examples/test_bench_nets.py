"""The benchmark's nets: what their names promise is what their files hold."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench import nets
from bench.samples import enlarge
from examples.training.fit import predict
from examples.training.layers import FloatArray

_PARAMETERS = {
    "logistic-30": 31,
    "mlp-64-32-10": 64 * 32 + 32 + 32 * 10 + 10,
    "mlp-784-128-10": 784 * 128 + 128 + 128 * 10 + 10,
    "lenet5": 61_706,
}


def _run(model: bytes, inputs: FloatArray) -> FloatArray:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([np.asarray(session.run(None, {name: sample})[0]) for sample in inputs])


@pytest.mark.parametrize("name", nets.names())
def test_a_net_has_its_parameters_and_runs_on_its_samples(name: str) -> None:
    net = nets.load(name)
    weights = [numpy_helper.to_array(t) for t in onnx.load_model_from_string(net.model).graph.initializer]
    assert sum(w.size for w in weights) == net.parameters == _PARAMETERS[name.removesuffix("-random")]
    assert all(np.isfinite(w).all() for w in weights)
    for part in (net.samples.calibration[:3], net.samples.inputs[:3]):
        assert np.isfinite(_run(net.model, part)).all()


@pytest.mark.parametrize("name", [name for name in nets.names() if not name.endswith("-random")])
def test_a_trained_net_is_right_on_unseen_samples(name: str) -> None:
    net = nets.load(name)
    assert (predict(_run(net.model, net.samples.inputs)) == net.samples.labels).mean() > 0.95


@pytest.mark.parametrize("name", [name for name in nets.names() if name.endswith("-random")])
def test_a_random_twin_is_dense_and_always_the_same(name: str) -> None:
    net = nets.load(name)
    weights = [numpy_helper.to_array(t) for t in onnx.load_model_from_string(net.model).graph.initializer]
    assert all((w != 0).all() for w in weights)
    assert net.model == nets.load(name).model
    assert net.model != nets.load(name.removesuffix("-random")).model


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    for name in ("resnet", "logistic-30-random"):
        with pytest.raises(KeyError, match="lenet5"):
            nets.load(name)


def test_a_net_too_large_to_check_in_is_made_on_demand(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_in, on_demand = tmp_path_factory.mktemp("nets"), tmp_path_factory.mktemp("build")
    monkeypatch.setattr(nets, "_CHECKED_IN", checked_in)
    monkeypatch.setattr(nets, "_MADE_ON_DEMAND", on_demand)
    large, small = nets.load("mlp-784-128-10"), nets.load("logistic-30")
    assert (on_demand / "mlp-784-128-10.onnx").read_bytes() == large.model
    assert (checked_in / "logistic-30.onnx").read_bytes() == small.model
    # The second time the file is read, not made: a changed file shows.
    (on_demand / "mlp-784-128-10.onnx").write_bytes(b"kept")
    assert nets.load("mlp-784-128-10").model == b"kept"


def test_enlarging_is_onnxs_linear_resize() -> None:
    images = np.random.default_rng(5).uniform(size=(2, 1, 8, 8)).astype(np.float32)
    resize = helper.make_node(
        "Resize", ["x", "", "", "sizes"], ["y"], mode="linear", coordinate_transformation_mode="half_pixel"
    )
    model = helper.make_model(
        helper.make_graph(
            [resize],
            "resize",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 1, 8, 8])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 1, 28, 28])],
            [numpy_helper.from_array(np.array([2, 1, 28, 28]), "sizes")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = np.asarray(session.run(None, {"x": images})[0])
    np.testing.assert_allclose(enlarge(images, 28), expected, atol=1e-6)
