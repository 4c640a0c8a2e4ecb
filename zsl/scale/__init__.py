"""Beyond one process: samples on disk, other engines, other runtimes."""

from zsl.scale._encode import encode
from zsl.scale._predict import predict
from zsl.scale._ray import on_ray
from zsl.scale.predictions import Predictions, open_predictions
from zsl.scale.workers import Encoder, Predictor

__all__ = ["Encoder", "Predictions", "Predictor", "encode", "on_ray", "open_predictions", "predict"]
