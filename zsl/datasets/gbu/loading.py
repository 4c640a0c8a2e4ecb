"""The benchmarks of generalized zero-shot learning with their proposed splits."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.datasets import get_data_home

from zsl._files.archives import check_member, open_zip
from zsl._suggestions import did_you_mean
from zsl.datasets._download import compare_with_record, fetched
from zsl.datasets.gbu._checks import INDEX_SETS, PUBLISHED, Benchmark, class_names, gather
from zsl.datasets.gbu._mat import read_mat
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

GBU_URL = "https://datasets.d2.mpi-inf.mpg.de/xian/xlsa17.zip"
_ARCHIVE = "xlsa17.zip"
_CONTENT = {
    "res101.mat": ("features", "labels", "image_files"),
    "att_splits.mat": ("att", "original_att", "allclasses_names", *INDEX_SETS),
}


def load_gbu(
    name: str,
    root: str | PathLike[str] | None = None,
    *,
    attributes: Literal["att", "original_att"] = "att",
    strict: bool = True,
    download: bool = False,
    url: str = GBU_URL,
) -> GZSLSplit:
    """Load AWA1, AWA2, CUB, SUN, APY or FLO with the proposed split.

    The features are those of a ResNet-101, one row per image. The files are those of Y. Xian, C. H. Lampert, B. Schiele
    and Z. Akata, "Zero-Shot Learning: A Comprehensive Evaluation of the Good, the Bad and the Ugly", 2018,
    arXiv:1707.00600; those of FLO have the same form but other authors. The licences are those of the data sets.

    A folder such as ``AWA2``, in upper or lower case, holds ``res101.mat`` and ``att_splits.mat``, of MATLAB 5 or 7.3.
    It is searched for in `root`, ``root/data`` and ``root/xlsa17/data``.

    The data are checked first, and one error lists all problems: sizes that don't match, indices that start at 0, index
    sets that overlap or leave images out, classes that are both seen and unseen, values that aren't finite, and what
    `strict` refuses.

    The training images are those of ``trainval_loc``. The files' own ``train_loc`` and ``val_loc`` differ between
    copies and aren't read; tune on `zsl.evaluation.ClassKFold`.

    Parameters
    ----------
    name : {"AWA1", "AWA2", "CUB", "SUN", "APY", "FLO"}
        The data set, in upper or lower case.
    root : path or None, default=None
        The folder of the files. None means the folder ``xlsa17`` in the data folder of scikit-learn.
    attributes : {"att", "original_att"}, default="att"
        The class table: rows of length 1, or the original grades. In those of AWA1 and AWA2, -1 marks a missing grade
        and stays in the table.
    strict : bool, default=True
        Whether to refuse counts that differ from the published ones, missing class names, and images in a folder named
        like another class. Otherwise they are listed in a warning and in `info`.
    download : bool, default=False
        Whether to fetch a missing data set: the archive, kept as ``root/xlsa17.zip``, is some 900 MB and holds all of
        them except FLO. Its SHA-256 is recorded beside it at the first use and compared at every later one.
    url : str, default="https://datasets.d2.mpi-inf.mpg.de/xian/xlsa17.zip"
        The address of the archive.

    Returns
    -------
    GZSLSplit
        The split, without a support pool. Classes have the names in the file, or numbers from 1 in FLO. `info` holds
        "version", with a note on mismatches; "mismatches", a list of them; "split_sha256", of the three sorted index
        sets; "known_split", whether they equal those of a copy written in autumn 2019; and "written", the first line of
        ``att_splits.mat``. No count is known to differ between version 2.0 of the proposed split and the earlier one,
        so counts cannot identify the version.

    Raises
    ------
    InvalidInputError
        If a file is missing or can't be read, or a check fails.
    MissingExtraError
        If a file is of MATLAB 7.3 and h5py isn't installed, or pooch isn't and the archive has to be fetched.
    """
    chosen = str(name).upper()
    if chosen not in PUBLISHED:
        raise InvalidInputError(
            f"name={name!r}; wanted one of {', '.join(PUBLISHED)}." + did_you_mean(chosen, PUBLISHED)
        )
    if attributes not in ("att", "original_att"):
        raise InvalidInputError(f"attributes={attributes!r}; wanted 'att' or 'original_att'.")
    place = Path(get_data_home()) / "xlsa17" if root is None else Path(root)
    folder = _find(chosen, place)
    if folder is None and download:
        if not PUBLISHED[chosen].in_archive:
            raise InvalidInputError(f"download=True, but {url} doesn't hold {chosen}; put its files in {place}.")
        folder = _extract(_fetch(url, place), chosen, place)
    if folder is None:
        raise InvalidInputError(
            f"root={str(place)!r} has no folder {chosen} with {' and '.join(_CONTENT)}; also looked in data and "
            "xlsa17/data."
        )
    read = {file: read_mat(folder / file, names) for file, names in _CONTENT.items()}
    found = gather(read["res101.mat"] | read["att_splits.mat"], attributes, PUBLISHED[chosen])
    _judge(found, chosen, folder, strict)
    sets = b"".join(np.sort(found.index_sets[name]).astype("<i8").tobytes() for name in INDEX_SETS)
    fingerprint = hashlib.sha256(sets).hexdigest()
    info = {
        "source": "Xian et al. 2018, arXiv:1707.00600" if chosen != "FLO" else "files in the form of arXiv:1707.00600",
        "features": "res101",
        "attributes": attributes,
        "version": "proposed split" + (", published counts" if not found.mismatches else ", with mismatches"),
        "mismatches": tuple(found.mismatches),
        "split_sha256": fingerprint,
        "known_split": fingerprint == PUBLISHED[chosen].fingerprint,
        "written": read["att_splits.mat"]["__header__"],
    }
    return _split(found, chosen, info)


def _find(name: str, root: Path) -> Path | None:
    """The folder that holds both files of the data set."""
    for parent in (root, root / "data", root / "xlsa17" / "data"):
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            if folder.name.upper() == name and all((folder / file).is_file() for file in _CONTENT):
                return folder
    return None


def _judge(found: Benchmark, name: str, folder: Path, strict: bool) -> None:
    """Raise an error with all problems, or warn of those that are accepted."""
    wrong = found.faults + (found.mismatches if strict else [])
    if wrong:
        hint = "" if found.faults else " Pass strict=False to accept it."
        raise InvalidInputError(f"{folder} doesn't hold {name} as published: {'; '.join(wrong)}.{hint}")
    if found.mismatches:
        warnings.warn(f"{folder} differs from {name} as published: {'; '.join(found.mismatches)}.", stacklevel=3)


def _split(found: Benchmark, name: str, info: dict[str, Any]) -> GZSLSplit:
    classes = np.array(class_names(found, list(range(1, found.vectors.shape[1] + 1))))
    labels = classes[found.labels - 1]
    arrays: dict[str, Any] = {}
    for part, index_set in zip(("train", "test_seen", "test_unseen"), INDEX_SETS, strict=True):
        rows = found.index_sets[index_set] - 1
        arrays |= {f"X_{part}": found.features.T[rows], f"y_{part}": labels[rows]}
    return GZSLSplit(**arrays, semantics=Semantics(found.vectors.T, classes=classes), name=name, info=info)


def _fetch(url: str, root: Path) -> Path:
    """The archive under the root, fetched if it isn't there; its publisher gives no check sum."""
    archive = root / _ARCHIVE
    if not archive.is_file():
        root.mkdir(parents=True, exist_ok=True)
        fetched(url, archive, None, f"put it at {archive}")
    compare_with_record(archive)
    return archive


def _extract(archive: Path, name: str, root: Path) -> Path:
    """The folder of one data set, with its two files taken from the archive."""
    folder = root / "xlsa17" / "data" / name
    with open_zip(archive) as opened:
        members = {member.lower(): member for member in opened.namelist()}
        for file in _CONTENT:
            places = [place for place in members if f"/{place}".endswith(f"/{name}/{file}".lower())]
            if len(places) != 1:
                raise InvalidInputError(f"{archive} holds {len(places)} files {name}/{file}; wanted one.")
            check_member(opened.getinfo(members[places[0]]))
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{file}.part"
            with opened.open(members[places[0]]) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            part.replace(folder / file)
    return folder
