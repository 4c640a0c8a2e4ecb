"""Groups of options that say how files are read."""

from zsl.cli.reading._division import SplitOptions
from zsl.cli.reading._priors import as_prior
from zsl.cli.reading._samples import DataOptions
from zsl.cli.reading._tables import CellOptions, TableOptions

__all__ = ["CellOptions", "DataOptions", "SplitOptions", "TableOptions", "as_prior"]
