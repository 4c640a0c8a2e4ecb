"""Fitted estimators as one ONNX graph, which runs without this package and without PyTorch."""
