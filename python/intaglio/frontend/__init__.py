"""From a user's model to a float graph. The only place that knows ONNX."""

from intaglio.frontend.graph import FloatGraph, FloatNode, TensorSpec
from intaglio.frontend.onnx_model import OnnxModel

__all__ = ["FloatGraph", "FloatNode", "OnnxModel", "TensorSpec"]
