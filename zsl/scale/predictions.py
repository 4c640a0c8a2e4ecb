"""What a job of prediction left: files in the order of the samples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._files.json import read_json
from zsl._files.npy import read_npy
from zsl._files.parquet import read_parquet
from zsl._files.writing import put
from zsl.exceptions import InvalidInputError

LIST = "_predictions.json"


class Predictions:
    """Predictions in a folder of files, one block after the other; made by `predict` and `open_predictions`.

    ``predictions["label"]`` reads a column, iterating gives a table per block, and `table` reads everything. In a
    folder of Parquet files, ``pandas.read_parquet(folder)`` does so, too.

    Parameters
    ----------
    path : Path
        The folder.
    layout : {"parquet", "npy"}
        The form of its files.
    blocks : list of dict
        Rows and files of each block.
    """

    def __init__(self, path: Path, layout: str, blocks: list[dict[str, Any]]) -> None:
        self.path, self.layout, self._blocks = path, layout, blocks

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [str(name) for name in self._block(0)]

    def table(self) -> pd.DataFrame:
        """All rows as one table.

        Returns
        -------
        DataFrame
            One row per sample, in order: ``row``, its number in the data set; the file or text, where samples have one;
            the best class and its score or probability, and further ones.
        """
        return pd.concat(list(self), ignore_index=True)

    def verify(self) -> None:
        """Compare every file with the SHA-256 of what was written.

        Raises
        ------
        InvalidInputError
            If files are missing or differ; the error names them.
        """
        wrong = []
        for entry in (entry for block in self._blocks for entry in block["files"].values()):
            file = self.path / entry["file"]
            if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
                wrong.append(entry["file"])
        if wrong:
            raise InvalidInputError(f"{self.path} holds files that aren't as they were written: {', '.join(wrong)}.")

    def __len__(self) -> int:
        return sum(block["rows"] for block in self._blocks)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return map(self._block, range(len(self._blocks)))

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.columns:
            raise InvalidInputError(f"{self.path} has no column {name!r}; it has {', '.join(self.columns)}.")
        return np.concatenate([block[name].to_numpy() for block in self])

    def __repr__(self) -> str:
        return f"Predictions({len(self)} rows in {len(self._blocks)} blocks: {', '.join(self.columns)})"

    def _block(self, number: int) -> pd.DataFrame:
        files = self._blocks[number]["files"]
        if self.layout == "parquet":
            return read_parquet(self.path / files["rows"]["file"])
        return pd.DataFrame({name: read_npy(self.path / entry["file"]) for name, entry in files.items()})


def open_predictions(path: str | PathLike[str]) -> Predictions:
    """Open a folder that `predict` finished.

    Parameters
    ----------
    path : path
        The folder.

    Returns
    -------
    Predictions
        What is in it; files are read when they are asked for.

    Raises
    ------
    InvalidInputError
        If there is no list of files, or it isn't one of predictions.
    """
    place = Path(path) / LIST
    if not place.is_file():
        raise InvalidInputError(f"{path} has no {LIST}; wanted a folder that zsl.scale.predict finished.")
    content = read_json(place)
    if not isinstance(content, dict) or content.get("format") != "zsl-predictions" or not content.get("blocks"):
        raise InvalidInputError(f"{place} isn't a list of predictions.")
    return Predictions(Path(path), content["layout"], content["blocks"])


def finish(folder: Path, records: list[dict[str, Any]], layout: str) -> Predictions:
    """Write the list of files, last."""
    blocks = [{"rows": record["rows"], "files": record["files"]} for record in records]
    content = {"format": "zsl-predictions", "version": 1, "layout": layout, "blocks": blocks}
    put(folder / LIST, [json.dumps(content, indent=1).encode()])
    return open_predictions(folder)
