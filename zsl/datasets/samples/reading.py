"""The one reader of samples: a path in, features with names and labels out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from zsl._arguments import check_flag
from zsl._suggestions import like_named
from zsl._typing import FloatArray, LabelArray
from zsl.datasets._checks import PARTS
from zsl.datasets._sources import open_source
from zsl.datasets.samples._encoders import encoder_for
from zsl.datasets.samples._encoding import encode_found
from zsl.datasets.samples._folders import in_folder
from zsl.datasets.samples._found import Columns, Found
from zsl.datasets.samples._found import found as found_in
from zsl.datasets.samples._tables import in_lines, in_table
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.evaluation._arrays import as_features
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True, eq=False, repr=False)
class Samples:
    """Samples as features, with what is known of each; made by `read_samples`.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        The features, finite. Those of shards stay on disk, unless they are few.
    y : ndarray of shape (n_samples,) or None
        The labels, None if there are none.
    names : tuple of str, or None
        The file of each image, relative to what was read, or each text itself. None for features.
    kind : {"features", "images", "texts"}
        What was read.
    encoder : ImageEncoder, TextEncoder or None
        What made features of images or texts.
    parts : ndarray of shape (n_samples,) or None
        The part of each sample, if it was asked for or the folders are those of parts: "train", "test_seen",
        "test_unseen" or "pool".
    n_kept : int
        How many rows had been encoded before, and kept beside the data.
    problem : str
        Why features can't be kept beside the data; empty if they can.
    """

    X: FloatArray
    y: LabelArray | None
    names: tuple[str, ...] | None
    kind: Literal["features", "images", "texts"]
    encoder: ImageEncoder | TextEncoder | None = None
    parts: LabelArray | None = None
    n_kept: int = 0
    problem: str = field(default="")

    def __len__(self) -> int:
        return len(self.X)

    def __repr__(self) -> str:
        labels = "no labels" if self.y is None else f"{len(set(self.y.tolist()))} classes"
        return f"Samples({len(self)} {self.kind}, {self.X.shape[1]} features, {labels})"


def read_samples(
    path: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    *,
    encoder: Any = None,
    label_column: str = "label",
    text_column: str | None = None,
    part_column: str | None = None,
    sep: str | None = None,
    decimal: str = ".",
    cache: bool = True,
    on_error: Literal["raise", "skip"] = "raise",
    verbose: bool = True,
) -> Samples:
    """Read samples as features: as they are, or encoded from images or texts.

    =============================  =====================================================================
    path                           content
    =============================  =====================================================================
    ``.npy``, ``.npz``             features, as for `read_features`
    ``.csv``, ``.tsv``,            a table: features, or a column of image files (relative to the table),
    ``.parquet``                   or a column of texts, noticed by what it holds
    ``.txt``                       texts, one per line
    a folder                       shards of features (`write_shards`); or images, loose or in a folder for
                                   each class, or such class folders in folders of parts (`load_folder`)
    =============================  =====================================================================

    Features of images and texts are kept in the folder ``.zsl_cache`` beside the data, by the settings of the encoder
    and the content of each file: only what is new or changed is encoded again. Where that can't be written, they aren't
    kept. Features of an encoder without a name are never kept.

    Parameters
    ----------
    path : path
        The samples.
    labels : path or None, default=None
        Labels in a file of their own: ``.npy``, ``.csv``, ``.tsv`` or ``.txt``, in the order of the samples.
    encoder : str, path, ImageEncoder, TextEncoder, object or None, default=None
        What encodes images or texts: an encoder, or the model of one. None takes the default of `ImageEncoder` or
        `TextEncoder`. Not for features.
    label_column : str, default="label"
        Column (or array of an ``.npz``) that holds the labels. A table of images or texts without a column "label" may
        call it class, category, species, intent or target.
    text_column : str or None, default=None
        Column of texts. None takes the one called text, sentence or the like, or the only one, if the table has no
        numbers.
    part_column : str or None, default=None
        Column that holds the part of each sample; see `Samples`.
    sep : str or None, default=None
        The character between the fields of a table. None notices it: the comma, or else the semicolon or tab.
    decimal : {".", ","}, default="."
        The character before decimals.
    cache : bool, default=True
        Whether features are kept, and taken from there.
    on_error : {"raise", "skip"}, default="raise"
        What to do about an image that can't be opened: raise an error, or leave it out with a warning.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    Samples
        The samples.

    Raises
    ------
    InvalidInputError
        If there is no such file or folder, it holds nothing of this kind, an image or text can't be encoded, or an
        argument isn't as described.
    MissingExtraError
        If Pillow, the weights of the default model or pyarrow are needed and not installed.

    See Also
    --------
    read_features : Reads features only.
    load_folder : Encodes and divides images at once.
    encode_shards : Encodes more images than fit into memory.

    Examples
    --------
    >>> import tempfile
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[text.count(letter) for letter in "abc"] for text in texts]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "texts.csv"
    ...     _ = path.write_text("text;category\\na cab;car\\na cart;cart\\n")
    ...     samples = read_samples(path, encoder=Letters(), verbose=False)
    >>> samples, samples.names
    (Samples(2 texts, 3 features, 2 classes), ('a cab', 'a cart'))
    """
    check_flag("cache", cache)
    if on_error not in ("raise", "skip"):
        raise InvalidInputError(f"on_error={on_error!r}; wanted 'raise' or 'skip'.")
    found = find_samples(path, labels, Columns(label_column, text_column, part_column, sep, decimal))
    return take_samples(found, encoder, cache=cache, skip=on_error == "skip", verbose=verbose)


def find_samples(
    path: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    columns: Columns | None = None,
    *,
    integers: bool = True,
) -> Found:
    """Find samples without encoding any; names of class folders become integers, as in a text file, if wanted."""
    place, columns = Path(path), columns or Columns()
    if place.is_dir():
        found = in_folder(place, labels, columns, integers)
    elif not place.exists():
        raise InvalidInputError(f"{place} is not a file or folder; wanted one that exists." + like_named(place))
    else:
        found = _in_file(place, labels, columns)
    if found.parts is not None and (strange := sorted(set(found.parts.tolist()) - set(PARTS), key=str)):
        raise InvalidInputError(f"{place} has the parts {strange[:5]}; wanted {', '.join(PARTS)}.")
    return found


def take_samples(
    found: Found, encoder: Any = None, *, cache: bool = True, skip: bool = False, verbose: bool = True
) -> Samples:
    """Encode what was found, unless it is features."""
    chosen = encoder_for(found, encoder)
    if chosen is None:
        X = as_features(f"features of {found.path}", found.items)
        return Samples(X, found.labels, None, "features", parts=found.parts)
    encoded = encode_found(found, chosen, cache=cache, skip=skip, verbose=verbose)
    places = encoded.positions
    names = None if found.names is None else tuple(found.names[place] for place in places)
    y, parts = (None if given is None else given[places] for given in (found.labels, found.parts))
    return Samples(encoded.X, y, names, found.kind, chosen, parts, encoded.n_kept, encoded.problem)


def _in_file(path: Path, labels: str | PathLike[str] | None, columns: Columns) -> Found:
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".parquet":
            return in_table(path, labels, columns)
        case ".txt":
            return in_lines(path, labels, columns)
        case ".npy" | ".npz":
            source = open_source(path, ())
            has_labels = columns.label in source.columns or (labels is None and columns.label != "label")
            own = source.take(columns.label) if has_labels else None
            parts = None if columns.part is None else source.take(columns.part)
            return found_in(path, "features", source.matrix(), own=own, labels=labels, columns=columns, parts=parts)
    raise InvalidInputError(
        f"{os.fspath(path)} ends in {path.suffix!r}; wanted features (.npy, .npz, .csv, .tsv, .parquet), a table of "
        "image files or texts (.csv, .tsv, .parquet), texts (.txt) or a folder of images."
    )
