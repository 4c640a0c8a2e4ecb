"""How frequent classes are: from a table, or estimated."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl.cli.reading._tables import CellOptions
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd


def as_prior(given: str | None, cells: CellOptions, estimator: Any, X: Any, among: Any) -> "pd.Series | None":
    """What ``--prior`` says of the classes chosen among, for samples X."""
    from zsl.semantics._csv import read_csv

    if given is None:
        return None
    if given == "estimate":
        found: pd.Series = estimator.estimate_prior(X, among)
        return found
    frame = read_csv(Path(given), 0, cells.separator, None, cells.decimal)
    if frame.shape[1] != 1:
        raise InvalidInputError(
            f"--prior {given} has {frame.shape[1] + 1} columns; wanted two, class and weight, below a header line."
        )
    return frame.iloc[:, 0]
