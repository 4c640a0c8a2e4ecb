"""Omniglot: handwritten characters of 50 alphabets, and the authors' one-shot classification runs."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zsl._docs import documented_like
from zsl.datasets._download import cached
from zsl.datasets.few_shot._omniglot_files import (
    characters,
    find,
    read_drawings,
    read_npz,
    read_npz_runs,
    read_runs,
)
from zsl.datasets.few_shot._parts import by_part
from zsl.evaluation._arrays import as_count
from zsl.evaluation.few_shot_split import PARTS, FewShotSplit
from zsl.exceptions import InvalidInputError

_URL = "https://github.com/brendenlake/omniglot/raw/master/python"
_SETS = {
    "images_background": "ad41ab679c8b5d90b271ef46be6987cc81211774a695c29dcc5367b2b26ee640",
    "images_evaluation": "1f61a8f3366785b057fc117d9228e78a16e3d976c8953b2a10fcc74cf0609cee",
}
# No check sum of this archive is published, so its address fixes the commit, and the sum of its first use is recorded.
_RUNS_URL = (
    "https://github.com/brendenlake/omniglot/raw/32aee47094f15296299b761dcaa01400b90c60d5/python/"
    "one-shot-classification/all_runs.zip"
)
_NPZ = "omniglot28.npz"


@dataclass(frozen=True, eq=False)
class OneShotRuns:
    """The official 20 runs of one-shot classification among 20 characters of one alphabet.

    Parameters
    ----------
    train : uint8 array of shape (20, 20, 1, 28, 28)
        For each run, one image per character.
    test : uint8 array of shape (20, 20, 1, 28, 28)
        For each run, another image per character, by another writer and in another order.
    label : int64 array of shape (20, 20)
        For each run and test image, the position of its character among the training images.

    Raises
    ------
    InvalidInputError
        If an array has another shape or type, or a label isn't in 0 to 19.
    """

    train: NDArray[np.uint8]
    test: NDArray[np.uint8]
    label: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("train", "test"):
            images = getattr(self, name)
            if images.shape != (20, 20, 1, 28, 28) or images.dtype != np.uint8:
                raise InvalidInputError(f"{name} is {images.dtype} {images.shape}; wanted uint8 (20, 20, 1, 28, 28).")
        label = self.label
        if label.shape != (20, 20) or label.dtype != np.int64 or label.min() < 0 or label.max() >= 20:
            raise InvalidInputError(f"label is {label.dtype} {label.shape}; wanted int64 (20, 20), from 0 to 19.")

    def __repr__(self) -> str:
        return "OneShotRuns(20 runs: 20 training and 20 test images, each 1 x 28 x 28)"


def load_omniglot(
    root: str | PathLike[str] | None = None,
    *,
    split: Literal["vinyals", "ren", "lake"] = "vinyals",
    n_val_alphabets: int = 5,
    download: bool = True,
) -> FewShotSplit:
    """Load Omniglot: 1623 characters, 20 drawings each, ink 255 on ground 0.

    The data are those of B. M. Lake, R. Salakhutdinov and J. B. Tenenbaum, "Human-level concept learning through
    probabilistic program induction", 2015, doi:10.1126/science.aab3050, under the MIT licence. The drawings of
    105 x 105 pixels are averaged to 28 x 28, over blocks of 3 or 4 pixels per side.

    A class is a character, such as "Greek/character01". Classes are numbered by name, those of the background set
    before those of the evaluation set, in every split alike. A group is an alphabet. For the three rotated copies of
    each class that most papers add, see `FewShotSplit.with_rotations`.

    Parameters
    ----------
    root : path or None, default=None
        The folder that holds the authors' ``images_background`` and ``images_evaluation``, each as a folder or as a ZIP
        archive, or ``omniglot28.npz`` with the arrays images, of uint8 and shape (1623, 20, 28, 28), alphabet and
        character, such as "character01". None means the two archives in the user's cache.
    split : {"vinyals", "ren", "lake"}, default="vinyals"
        The characters of each part. "vinyals": 1028, 172 and 423, the split with a validation part that is named after
        O. Vinyals et al., "Matching Networks for One Shot Learning", 2016, arXiv:1606.04080. "ren": that of M. Ren et
        al., "Meta-Learning for Semi-Supervised Few-Shot Classification", 2018, arXiv:1803.00676, which holds the same
        characters. "lake": the authors' background set for training and their evaluation set, 659 characters of other
        alphabets, for testing; `n_val_alphabets` of the background set are the validation part. For the authors'
        one-shot classification runs use "lake", since the others train on some of their alphabets.
    n_val_alphabets : int from 0 to 29, default=5
        Number of background alphabets, of 30, the last by name, in the validation part. With 0 there is none. No effect
        unless ``split="lake"``.
    download : bool, default=True
        Whether to fetch archives that aren't in the cache, some 16 MB. No effect with `root`.

    Returns
    -------
    FewShotSplit
        The split, with images of shape (1, 28, 28).

    Raises
    ------
    InvalidInputError
        If an argument is wrong, or files are missing or can't be read.
    MissingExtraError
        If Pillow isn't installed and images have to be opened, or pooch isn't and `root` is None.
    """
    if split not in ("vinyals", "ren", "lake"):
        raise InvalidInputError(f"split={split!r}; wanted 'vinyals', 'ren' or 'lake'.")
    known = characters()
    alphabets = list(dict.fromkeys(one.alphabet for one in known))
    if split == "lake":
        background = sorted({one.alphabet for one in known if not one.evaluation})
        n_train = len(background) - as_count("n_val_alphabets", n_val_alphabets, 0, len(background) - 1)
        of_class = [2 if one.evaluation else int(one.alphabet in background[n_train:]) for one in known]
    else:
        of_class = [one.part for one in known]
    return FewShotSplit(
        **by_part(_drawings(root, download)[:, :, None], [PARTS[number] for number in of_class]),
        names=tuple(one.name for one in known),
        groups=np.array([alphabets.index(one.alphabet) for one in known]),
        name="Omniglot",
        info={"source": "Lake et al. 2015, doi:10.1126/science.aab3050", "licence": "MIT", "split": split},
    )


@documented_like(load_omniglot)
def read_omniglot_runs(root: str | PathLike[str] | None = None, *, download: bool = True) -> OneShotRuns:
    """Read the authors' 20 runs of one-shot classification within an alphabet of the evaluation set.

    In each run, 20 test images are each compared with one image of each of 20 characters. See the section "One-shot
    classification" of the paper cited in `load_omniglot`; people have an error rate of 4.5 %.

    Parameters
    ----------
    root : path or None, default=None
        The folder that holds the authors' ``all_runs`` as a folder or as a ZIP archive, or ``omniglot28.npz`` with the
        arrays run_train and run_test, (20, 20, 2) indices of characters and drawings, and run_label as well. None
        means the archive in the user's cache.
    download : bool, default=True
        Whether to fetch an archive that isn't in the cache. No effect with `root`.

    Returns
    -------
    OneShotRuns
        The runs.
    """
    if root is not None and (Path(root) / _NPZ).is_file():
        train, test, label = read_npz_runs(Path(root) / _NPZ)
    else:
        place = cached(_RUNS_URL, None, download) if root is None else find(Path(root), "all_runs")
        if place is None:
            raise InvalidInputError(f"root={str(root)!r} has neither {_NPZ} nor all_runs as a folder or ZIP archive.")
        train, test, label = read_runs(place)
    return OneShotRuns(train[:, :, None], test[:, :, None], label)


def _drawings(root: str | PathLike[str] | None, download: bool) -> NDArray[np.uint8]:
    if root is None:
        return read_drawings([cached(f"{_URL}/{name}.zip", sha256, download) for name, sha256 in _SETS.items()])
    if (Path(root) / _NPZ).is_file():
        return read_npz(Path(root) / _NPZ)
    places = [place for name in _SETS if (place := find(Path(root), name)) is not None]
    if len(places) < len(_SETS):
        raise InvalidInputError(
            f"root={str(root)!r} has neither {_NPZ} nor both {' and '.join(_SETS)}, each as a folder or ZIP archive."
        )
    return read_drawings(places)
