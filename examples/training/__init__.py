"""A trainer for small nets in numpy alone: layers, losses, Adam, and an ONNX writer.

It exists so that every example and benchmark net can be made again on any machine, from this repository, without a
deep-learning framework. It is not part of the product.
"""
