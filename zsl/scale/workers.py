"""What workers do: plain callables from a dict of arrays to a dict of arrays, for any engine that maps batches."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import check_flag, is_whole, shown
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.exceptions import InvalidInputError
from zsl.scale.sources.source import Batch

_HELD = 1 << 24
"""Probabilities held at a time."""


class Predictor:
    """Predict the best classes of a batch of samples, by an estimator that is loaded once.

    What it takes and gives are dicts of arrays, one entry per row, as ``map_batches`` of Ray Data, ``map_partitions``
    of Dask and the like hand them over. It is pickled with the path of the model, and loads it when it is first called:
    once per worker. An estimator in place of a path is pickled with it.

    Parameters
    ----------
    estimator : path or estimator
        The folder of a saved model, on storage that every worker sees, or a fitted estimator or pipeline.
    classes : array of shape (C,) or None, default=None
        The classes to choose among; None for all that the model knows.
    top : int, default=1
        How many of the best classes are wanted.
    proba : bool, default=False
        Whether to give probabilities in place of calibrated scores. That takes the scores of all classes at once, at
        most 2^24 of them.
    reject : float in [0, 1) or None, default=None
        Answer "none of these" at this rate of false rejections, as `predict` of the estimator does. Not with `top`.
    column : str, default="X"
        The column of samples: rows of features, or what the first step of a pipeline takes.
    load_options : mapping or None, default=None
        Arguments of `zsl.load`, such as ``{"trusted": True}``.

    See Also
    --------
    predict : A whole data set, in order, with output that survives a killed worker.

    Examples
    --------
    >>> from zsl import ESZSLClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> found = Predictor(clf, top=2)({"X": split.X_test_unseen[:3]})
    >>> {name: values.shape for name, values in found.items()}
    {'label': (3,), 'score': (3,), 'label_2': (3,), 'score_2': (3,)}
    """

    def __init__(
        self,
        estimator: Any,
        *,
        classes: ArrayLike | None = None,
        top: int = 1,
        proba: bool = False,
        reject: float | None = None,
        column: str = "X",
        load_options: Mapping[str, Any] | None = None,
    ) -> None:
        check_flag("proba", proba)
        if not is_whole(top) or top < 1:
            raise InvalidInputError(f"top={shown(top)}; wanted a whole number above 0.")
        if reject is not None and top > 1:
            raise InvalidInputError(f"reject={shown(reject)} with top={top}; wanted top=1, since there is one answer.")
        self.model = os.fspath(estimator) if isinstance(estimator, (str, os.PathLike)) else estimator
        self.classes, self.top, self.proba, self.reject = classes, int(top), proba, reject
        self.column, self.load_options = column, dict(load_options or {})
        self._loaded: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_loaded": None}

    @property
    def estimator(self) -> Any:
        """The estimator, loaded if it isn't yet."""
        if self._loaded is None:
            from zsl.estimators import load

            self._loaded = load(Path(self.model), **self.load_options) if isinstance(self.model, str) else self.model
        return self._loaded

    def __call__(self, batch: Mapping[str, Any]) -> Batch:
        """Predict a batch.

        Parameters
        ----------
        batch : mapping of str to array
            The samples, in the column that was named; other columns are ignored.

        Returns
        -------
        dict of str to array
            ``label`` and ``score``, or ``p`` in place of it, each of shape (n,); for `top` above 1, ``label_2`` and
            ``score_2`` and so on.

        Raises
        ------
        InvalidInputError
            If there is no such column, or the estimator refuses samples, classes or `reject`.
        ModelFileError
            If the model can't be loaded.
        """
        if self.column not in batch:
            raise InvalidInputError(f"The batch has the columns {sorted(batch)}; wanted {self.column!r}.")
        estimator, X = self.estimator, _samples(batch[self.column])
        labels, values = estimator.top_classes(X, self.classes, k=self.top)
        if self.proba:
            values = self._shares(X, labels)
        if self.reject is not None:
            labels = estimator.predict(X, self.classes, reject=self.reject)[:, None]
        found: Batch = {}
        for rank in range(labels.shape[1]):
            end = f"_{rank + 1}" if rank else ""
            found |= {f"label{end}": labels[:, rank], f"{'p' if self.proba else 'score'}{end}": values[:, rank]}
        return found

    def _shares(self, X: Any, labels: NDArray[Any]) -> NDArray[Any]:
        """The probabilities of these labels of each sample."""
        among = self.estimator.classes_ if self.classes is None else np.asarray(self.classes)
        places = {label: place for place, label in enumerate(among.tolist())}
        columns = np.array([[places[label] for label in row] for row in labels.tolist()])
        step = max(1, _HELD // len(among))
        parts = [
            np.take_along_axis(
                self.estimator.predict_proba(X[start : start + step], self.classes),
                columns[start : start + step],
                axis=1,
            )
            for start in range(0, len(X), step)
        ]
        return np.concatenate(parts)


class Encoder:
    """Encode a batch of images or texts as features, by an encoder whose model is loaded once per worker.

    Parameters
    ----------
    encoder : ImageEncoder or TextEncoder
        What encodes. With ``on_error="skip"``, images that can't be opened are left out. A model by name is pickled as
        its name; an object or torch module is pickled with its weights.
    dtype : {"float16", "float32", "float64"} or None, default=None
        The type of the features; None leaves it to the encoder.
    column : str, default="X"
        The column of images (paths, bytes of files, arrays) or texts.

    See Also
    --------
    encode : A whole data set, in order, into shards.

    Examples
    --------
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[text.count(letter) for letter in "ab"] for text in texts]
    >>> work = Encoder(TextEncoder(Letters()), dtype="float16", column="text")
    >>> work({"text": np.array(["a", "b"])})["X"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, encoder: ImageEncoder | TextEncoder, *, dtype: str | None = None, column: str = "X") -> None:
        if not isinstance(encoder, (ImageEncoder, TextEncoder)):
            raise InvalidInputError(f"encoder={shown(encoder)}; wanted an ImageEncoder or a TextEncoder.")
        if dtype not in (None, "float16", "float32", "float64"):
            raise InvalidInputError(f"dtype={shown(dtype)}; wanted 'float16', 'float32', 'float64' or None.")
        self.encoder, self.dtype, self.column = encoder, dtype, column

    def __call__(self, batch: Mapping[str, Any]) -> Batch:
        """Encode a batch.

        Parameters
        ----------
        batch : mapping of str to array
            The images or texts, in the column that was named; other columns are ignored.

        Returns
        -------
        dict of str to array
            ``X``, the features of shape (n_kept, n_features), and ``kept``, the positions of their rows in the batch.

        Raises
        ------
        InvalidInputError
            If there is no such column, the encoder refuses what is in it, or features are too large for `dtype`.
        MissingExtraError
            As for `ImageEncoder.encode`.
        """
        if self.column not in batch:
            raise InvalidInputError(f"The batch has the columns {sorted(batch)}; wanted {self.column!r}.")
        items = list(batch[self.column])
        if isinstance(self.encoder, ImageEncoder):
            skip = self.encoder.on_error == "skip"
            encoded = self.encoder._encode(items, skip=skip, verbose=False)
            found, kept = encoded.features, encoded.kept
        else:
            found, kept = self.encoder.encode([str(item) for item in items]), np.arange(len(items))
        if self.dtype is not None:
            with np.errstate(over="ignore"):
                found = found.astype(self.dtype)
            if not np.isfinite(found).all():
                raise InvalidInputError(f"dtype={self.dtype!r} can't hold the features, which are too large for it.")
        return {"X": found, "kept": kept}


def _samples(column: Any) -> Any:
    """A column as the estimator takes samples: a matrix as it is, single objects as a list, lists as rows of one."""
    array = np.asarray(column)
    if array.dtype != object:
        return array if array.ndim > 1 else array.tolist()
    if len(array) and isinstance(array[0], (np.ndarray, list)) and np.ndim(array[0]) == 1:
        return np.stack([np.asarray(row) for row in array])
    return array.tolist()
