"""Beyond one process: samples on disk, other engines, other runtimes."""

from zsl.scale.blocks import by_blocks as by_blocks
