"""CIFAR-FS and FC100: the classes of CIFAR-100 divided for few-shot learning."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zsl._docs import documented_like
from zsl.datasets._download import cached
from zsl.datasets.few_shot._cifar_files import ARCHIVE, FOLDER, classes, read_binary, read_sheets
from zsl.datasets.few_shot._parts import by_part
from zsl.evaluation.few_shot_split import FewShotSplit
from zsl.exceptions import InvalidInputError

_URL = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"
_SHA256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"


def load_cifar_fs(root: str | PathLike[str] | None = None, *, download: bool = True) -> FewShotSplit:
    """Load CIFAR-FS: CIFAR-100 with 64, 16 and 20 classes drawn at random.

    The split is that of L. Bertinetto, J. F. Henriques, P. H. S. Torr and A. Vedaldi, "Meta-learning with
    differentiable closed-form solvers", 2019, arXiv:1805.08136; the images are those of A. Krizhevsky, "Learning
    Multiple Layers of Features from Tiny Images", 2009, who states no licence. Each class has 600 images, the
    training images of CIFAR-100 before its test images, each in the order of the source. Classes are numbered by name,
    and a group is one of the 20 superclasses.

    Parameters
    ----------
    root : path or None, default=None
        The folder that holds the authors' binary version, as the folder ``cifar-100-binary`` or as the archive
        ``cifar-100-binary.tar.gz``; or ``images/<class>.webp``, a lossless sheet per class with 20 rows of 30
        images. The Python version isn't read, since it could run code. None means the archive in the user's cache.
    download : bool, default=True
        Whether to fetch an archive that isn't in the cache, some 160 MB. No effect with `root`.

    Returns
    -------
    FewShotSplit
        The split, with images of shape (3, 32, 32): red, green and blue.

    Raises
    ------
    InvalidInputError
        If files are missing, can't be read or have other contents.
    MissingExtraError
        If Pillow isn't installed and images have to be opened, or pooch isn't and `root` is None.
    """
    return _split(root, download, "cifar_fs", "CIFAR-FS", "Bertinetto et al. 2019, arXiv:1805.08136")


@documented_like(load_cifar_fs)
def load_fc100(root: str | PathLike[str] | None = None, *, download: bool = True) -> FewShotSplit:
    """Load FC100: CIFAR-100 with 60, 20 and 20 classes, divided by superclass.

    Harder than CIFAR-FS, since no superclass has classes in two parts. The split is that of B. N. Oreshkin, P.
    Rodriguez and A. Lacoste, "TADAM: Task dependent adaptive metric for improved few-shot learning", 2018,
    arXiv:1805.10123; the images, their order, the class numbers and the groups are those of `load_cifar_fs`.
    """
    return _split(root, download, "fc100", "FC100", "Oreshkin et al. 2018, arXiv:1805.10123")


def _split(
    root: str | PathLike[str] | None, download: bool, split: Literal["cifar_fs", "fc100"], name: str, source: str
) -> FewShotSplit:
    images, known = _read(root, download), classes()
    return FewShotSplit(
        **by_part(images, [getattr(one, split) for one in known]),
        names=tuple(one.name for one in known),
        groups=np.array([one.superclass for one in known]),
        name=name,
        info={"source": "CIFAR-100, Krizhevsky 2009", "licence": "none stated", "split": source},
    )


def _read(root: str | PathLike[str] | None, download: bool) -> NDArray[np.uint8]:
    if root is None:
        return read_binary(cached(_URL, _SHA256, download))
    folder, archive, sheets = (Path(root) / name for name in (FOLDER, ARCHIVE, "images"))
    if folder.is_dir() or archive.is_file():
        return read_binary(folder if folder.is_dir() else archive)
    if sheets.is_dir():
        return read_sheets(sheets)
    raise InvalidInputError(
        f"root={str(root)!r} has neither {FOLDER}, {ARCHIVE} nor images; the Python version of CIFAR-100 isn't read."
    )
