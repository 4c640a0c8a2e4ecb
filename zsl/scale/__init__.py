"""Beyond one process: samples on disk, other engines, other runtimes."""
