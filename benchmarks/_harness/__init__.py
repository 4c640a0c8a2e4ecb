"""What all benchmarks share: command line, data, seeds, means with intervals, tables, time and memory."""

from benchmarks._harness.command import run
from benchmarks._harness.data import (
    SETS,
    TWO_SETS,
    cifar_animals,
    cifar_text,
    cifar_texts,
    data_folder,
    encoded,
    few_shot_data,
)
from benchmarks._harness.seeds import estimator, fits
from benchmarks._harness.tables import Table, percent, spread
from benchmarks._harness.timing import alone, fastest, peak_memory, timed

__all__ = [
    "SETS",
    "TWO_SETS",
    "Table",
    "alone",
    "cifar_animals",
    "cifar_text",
    "cifar_texts",
    "data_folder",
    "encoded",
    "estimator",
    "fastest",
    "few_shot_data",
    "fits",
    "peak_memory",
    "percent",
    "run",
    "spread",
    "timed",
]
