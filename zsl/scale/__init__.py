"""Beyond one process: samples on disk, other engines, other runtimes."""

from zsl.scale._encode import encode
from zsl.scale._predict import predict
from zsl.scale._ray import on_ray
from zsl.scale.blocks import by_blocks
from zsl.scale.onnx.exporting import export
from zsl.scale.onnx.known import prototypes
from zsl.scale.predictions import Predictions, open_predictions
from zsl.scale.workers import Encoder, Predictor

__all__ = [
    "Encoder",
    "Predictions",
    "Predictor",
    "by_blocks",
    "encode",
    "export",
    "on_ray",
    "open_predictions",
    "predict",
    "prototypes",
]
