"""What all benchmarks share: command line, data, seeds, tables, time, memory, and what the machine can do."""

from benchmarks._harness.bench import Bench, Ratios, describe
from benchmarks._harness.command import run
from benchmarks._harness.data import (
    SETS,
    TWO_SETS,
    banking_texts,
    cifar_animals,
    cifar_text,
    cifar_texts,
    data_folder,
    encoded,
    few_shot_data,
)
from benchmarks._harness.growth import slope
from benchmarks._harness.machine import Machine, Work, measure, using_threads
from benchmarks._harness.seeds import estimator, fits
from benchmarks._harness.tables import Table, percent, spread
from benchmarks._harness.timing import Spread, Turns, alone, amount, fastest, peak_memory, three, timed, turns

__all__ = [
    "SETS",
    "TWO_SETS",
    "Bench",
    "Machine",
    "Ratios",
    "Spread",
    "Table",
    "Turns",
    "Work",
    "alone",
    "amount",
    "banking_texts",
    "cifar_animals",
    "cifar_text",
    "cifar_texts",
    "data_folder",
    "describe",
    "encoded",
    "estimator",
    "fastest",
    "few_shot_data",
    "fits",
    "measure",
    "peak_memory",
    "percent",
    "run",
    "slope",
    "spread",
    "three",
    "timed",
    "turns",
    "using_threads",
]
