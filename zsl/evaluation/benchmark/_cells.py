"""One cell of a benchmark: one method with one seed on one data set, and its record."""

import hashlib
import re
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from zsl.evaluation._fitted import fit_clone
from zsl.evaluation.benchmark._describe import describe, digest, machine, versions, zsl_version
from zsl.evaluation.benchmark._records import read_record, write_record
from zsl.evaluation.comparing.predictions import Predictions
from zsl.evaluation.gzsl import measure_gzsl
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True, eq=False)
class Cell:
    """What is to be run: an estimator whose semantics and seed are set, and a split, described by `about`."""

    method: str
    data: str
    seed: int | None
    estimator: Any
    split: GZSLSplit
    about: Mapping[str, Any]
    parameters: Any = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", describe(self.estimator))
        data = [(self.about[part] or {}).get("sha256") for part in ("split", "semantics")]
        object.__setattr__(self, "digest", digest([self.parameters, data, self.seed, zsl_version()]))

    @property
    def file_name(self) -> str:
        """Names for people first, of at most 60 bytes each, then the digest."""
        seed = "once" if self.seed is None else f"seed{self.seed}"
        parts = (re.sub(r"[^\w.+-]+", "_", name).encode()[:60] for name in (self.method, self.data))
        names = "--".join(part.decode(errors="ignore") for part in parts)
        return f"{names}--{seed}--{self.digest[:16]}.json"


def set_up(estimator: Any, split: GZSLSplit, seed: int | None) -> Any:
    """Clone with the class table of the split and the seed, wherever in the estimator they belong."""
    parameters = dict.fromkeys(random_states(estimator), seed) if seed is not None else {}
    return clone(estimator).set_params(**parameters, **{semantics_parameter(estimator): split.semantics})


def random_states(estimator: Any) -> list[str]:
    """Names of all parameters, nested ones too, that are a random state."""
    return [name for name in estimator.get_params() if name.rpartition("__")[-1] == "random_state"]


def semantics_parameter(estimator: Any) -> str:
    """Name of the parameter that takes the class table: of the estimator, its last step, or the one it searches."""
    own = estimator.get_params(deep=False)
    if "semantics" in own:
        return "semantics"
    if isinstance(estimator, Pipeline):
        name, inner = estimator.steps[-1]
    else:
        name, inner = "estimator", own.get("estimator")
    if not hasattr(inner, "get_params"):
        raise InvalidInputError(f"{type(estimator).__name__} has no parameter 'semantics'; wanted a zero-shot one.")
    return f"{name}__{semantics_parameter(inner)}"


def head_of_record(method: str, data: str, seed: int | None, error: Exception | None) -> dict[str, Any]:
    """The first part of every record, also of a cell whose data couldn't be loaded."""
    head: dict[str, Any] = {"method": method, "data": data, "seed": seed, "status": "done", "error": None}
    if error is not None:
        trace = "".join(traceback.format_exception(error))
        head |= {"status": "failed", "error": {"type": type(error).__name__, "message": str(error), "traceback": trace}}
    return head | {"versions": versions(), "machine": machine()}


Measured = tuple[dict[str, Any], Predictions | None]
"""The record of a cell, and what was predicted."""


def run_cell(cell: Cell, folder: Path | None, n_threads: int | None) -> Measured:
    """Fit and measure; an error becomes part of the record. With a folder, all is written there."""
    figures: dict[str, Any] = {}
    predictions, packed, error = None, None, None
    with _torch_threads(n_threads) as used, warnings.catch_warnings(record=True) as caught:
        try:
            fitted, seconds = fit_clone(cell.estimator, cell.split)
            result = measure_gzsl(fitted, cell.split)
            figures = describe({**result.to_dict(), "fit_seconds": seconds, "chosen": _chosen(fitted)})
            del figures["name"]
            predictions = result.predictions
            if predictions is not None:
                packed = predictions.packed()
                noted = {"sha256": hashlib.sha256(packed).hexdigest()}
                figures |= {"classes": predictions.by_class(), "predictions": noted}
        except Exception as failure:
            error = failure
    record = head_of_record(cell.method, cell.data, cell.seed, error) | dict(cell.about) | figures
    record |= {
        "estimator": cell.parameters,
        "digest": cell.digest,
        "torch_threads": used,
        "warnings": list(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)),
    }
    if folder is not None:
        write_record(folder / cell.file_name, record, packed)
    return record, predictions


def finished(cell: Cell, folder: Path | None, complete: bool) -> Measured | None:
    """The same cell from an earlier run, None if there is none that is done and, if so wanted, has predictions."""
    found = None if folder is None else read_record(folder / cell.file_name)
    if found is None or found[0].get("digest") != cell.digest or (complete and found[1] is None):
        return None
    record, predictions = found
    own = {"method": cell.method, "data": cell.data, "seed": cell.seed, "estimator": cell.parameters}
    return record | own | dict(cell.about), predictions


def _chosen(fitted: Any) -> dict[str, Any] | None:
    """Hyper-parameters that the estimator chose while fitting, None if it shows none."""
    while isinstance(fitted, Pipeline):
        fitted = fitted[-1]
    selection = getattr(fitted, "selection_", None)
    found = getattr(fitted, "best_params_", selection.get("params") if isinstance(selection, Mapping) else None)
    return None if found is None else {str(name): value for name, value in found.items()}


@contextmanager
def _torch_threads(wanted: int | None) -> Iterator[int]:
    """Limit torch's threads in this context, None for no limit; yields the number in use."""
    import torch

    before = torch.get_num_threads()
    try:
        if wanted is not None:
            torch.set_num_threads(wanted)
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
