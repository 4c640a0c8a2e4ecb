"""Beyond one process: samples on disk, other engines, other runtimes."""

from zsl.scale.onnx.exporting import export as export
from zsl.scale.onnx.known import prototypes as prototypes

__all__ = ["export", "prototypes"]
