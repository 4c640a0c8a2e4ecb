"""Beyond one process: samples on disk, other engines, other runtimes."""

from zsl.scale.blocks import by_blocks as by_blocks
from zsl.scale.onnx.exporting import export as export
from zsl.scale.onnx.known import prototypes as prototypes

__all__ = ["by_blocks", "export", "prototypes"]
