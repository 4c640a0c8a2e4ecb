"""The part *describe*: a class by its attributes or a sentence, where it is found in a gallery, and why."""

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.app.http import _bodies as read
from zsl.app.http._refusals import bad
from zsl.app.http._routes import Question
from zsl.app.http._work import Loaded
from zsl.app.parts._describing import Described
from zsl.app.parts._phrases import spoken
from zsl.app.parts._sentences import SentenceVectors
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

MOST_NAME, MOST_SENTENCE, MOST_HITS, MOST_OTHERS, MOST_REASONS = 40, 400, 35, 14, 8


class Describe:
    """Adds a described class to a copy of the estimator and scores the gallery."""

    def __init__(self, loaded: Loaded[Described], vectors: Loaded[SentenceVectors], run: str) -> None:
        self.loaded, self._vectors, self._run = loaded, vectors, run

    def state(self) -> dict[str, Any]:
        """What the page shows at first."""
        found: dict[str, Any] = {"state": self.loaded.state, "complaint": self.loaded.complaint}
        limits = {"name": MOST_NAME, "sentence": MOST_SENTENCE}
        found |= {"limits": limits, "sentences": self._vectors.state, "why_no_sentences": self._vectors.complaint}
        if self.loaded.state != "ready":
            return found
        own = self.loaded.get()
        low, high = own.table.vectors.min(axis=0).tolist(), own.table.vectors.max(axis=0).tolist()
        by_text = own.table.texts is not None
        attributes = [
            {"name": spoken(name), "low": a, "high": b}
            for name, a, b in zip(own.table.attributes, low, high, strict=True)
        ]
        return found | {
            "title": own.title,
            "attributes": [] if by_text else attributes,
            "starts": {} if by_text else {name: row.tolist() for name, row in own.starts.items()},
            "by_text": by_text,
            **({"sentences": "ready"} if by_text else {}),  # the model encodes them itself
        }

    def picture(self, address: str) -> bytes | None:
        """The picture of a gallery by its address."""
        run, _, place = address.partition("/")
        if run != self._run or self.loaded.state != "ready" or not (place.isascii() and place.isdigit()):
            return None
        gallery = self.loaded.get().gallery
        if gallery.picture is None or len(place) > 6 or int(place) >= len(gallery.X):
            return None
        return gallery.picture(int(place))

    def sentence(self, asked: Question) -> dict[str, Any]:
        """What a sentence says of the attributes."""
        own, sentence = self.loaded.get(), read.text(asked.body, "sentence", MOST_SENTENCE)
        found = own.phrases.values(sentence, self._vectors.get().encode)
        return {"said": [{"place": place, "value": value, "phrase": phrase} for place, value, phrase in found]}

    def find(self, asked: Question) -> dict[str, Any]:
        """Where the described class is found in the gallery."""
        own = self.loaded.get()
        name = read.text(asked.body, "name", MOST_NAME)
        estimator, label = self._with_class(own, asked.body)
        gallery, classes = own.gallery, estimator.classes_
        column = int(np.flatnonzero(classes == label)[0])
        shares = estimator.predict_proba(gallery.X)
        best = shares.argmax(axis=1)
        order, hit = np.argsort(-shares[:, column], kind="stable"), best == column
        shown = [*order[hit[order]][:MOST_HITS].tolist(), *order[~hit[order]][:MOST_OTHERS].tolist()]
        rivals = np.where(np.arange(len(classes)) == column, -np.inf, shares).argmax(axis=1)
        return {
            "found": int(hit.sum()),
            "of": len(gallery.X),
            "truth": _counts(gallery.labels, np.flatnonzero(hit)),
            "tiles": [
                {
                    "place": place,
                    "picture": None if gallery.picture is None else f"/api/picture/{self._run}/{place}",
                    "name": gallery.names[place],
                    "truth": None if gallery.labels is None else gallery.labels[place],
                    "p": float(shares[place, column]),
                    "as": name if hit[place] else str(classes[best[place]]),
                    "hit": bool(hit[place]),
                    "rival": str(classes[rivals[place]]),
                }
                for place in shown
            ],
        }

    def why(self, asked: Question) -> dict[str, Any]:
        """Which attributes speak for the described class, and against it, for one picture."""
        own = self.loaded.get()
        place = read.whole(asked.body, "place", len(own.gallery.X))
        estimator, label = self._with_class(own, asked.body)
        if not hasattr(estimator, "explain"):
            return {"complaint": f"A {type(estimator).__name__} doesn't explain its scores.", "rival": "", "parts": []}
        sample = own.gallery.X[place : place + 1]
        scores = estimator.class_scores(sample, calibrated=True)[0]
        others = estimator.classes_ != label
        rival = estimator.classes_[others][scores[others].argmax()]
        try:
            frame = estimator.explain(sample[0], among=(label, rival))
        except InvalidInputError as error:
            return {"complaint": str(error), "rival": str(rival), "parts": []}
        amounts = frame["contribution"].to_numpy(dtype=float)
        order = np.argsort(-np.abs(amounts), kind="stable")
        values = frame.iloc[:, :2].to_numpy(dtype=float)
        parts = [
            {
                "name": spoken(str(frame.index[row])),
                "own": _known(values[row, 0]),
                "rival": _known(values[row, 1]),
                "amount": float(amounts[row]),
            }
            for row in order[:MOST_REASONS].tolist()
            if amounts[row]
        ]
        rest = float(amounts[order[MOST_REASONS:]].sum())
        return {"rival": str(rival), "parts": parts, "rest": rest, "total": float(amounts.sum()), "complaint": ""}

    def _with_class(self, own: Described, body: dict[str, Any]) -> tuple[Any, Any]:
        """A copy of the estimator that knows the described class, and the label of that."""
        label, estimator = _free_label(own.estimator.classes_), copy.copy(own.estimator)
        if own.table.texts is not None:
            return estimator.add_classes(semantics={label: read.text(body, "sentence", MOST_SENTENCE)}), label
        row = read.numbers(body, "values", len(own.table.attributes))
        if not row.any():
            raise bad("All attributes are zero, which describes nothing; move a slider.")
        table = Semantics(row[None], classes=[label], attributes=own.table.attributes)
        return estimator.add_classes(semantics=table), label


def _free_label(classes: NDArray[Any]) -> Any:
    """A label that no class has, of the same kind."""
    if classes.dtype.kind in "US":
        return max(classes.tolist(), key=len) + "+"
    return int(classes.max()) + 1


def _counts(labels: tuple[str, ...] | None, hits: NDArray[np.intp]) -> list[list[Any]] | None:
    """How many of the hits have each label, the most frequent first."""
    if labels is None:
        return None
    found, counts = np.unique([labels[hit] for hit in hits], return_counts=True)
    return [[str(found[place]), int(counts[place])] for place in np.argsort(-counts, kind="stable")]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
