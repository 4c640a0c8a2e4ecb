"""Why samples are recognised or missed, as far as an estimator can explain it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import is_equal
from zsl.exceptions import InvalidInputError
from zsl.plots._pictures import as_picture

N_CONTRIBUTIONS = 6
REST = "(everything else)"


@dataclass(frozen=True)
class Contribution:
    """One attribute of an explanation: its values in both classes, where they are given, and what it adds."""

    name: str
    values: tuple[float | None, float | None]
    amount: float


@dataclass(frozen=True)
class Explanation:
    """What speaks for the predicted class of one sample and against another class."""

    sample: int
    true: Any
    predicted: Any
    rival: Any
    contributions: tuple[Contribution, ...] = ()
    total: float = 0.0
    complaint: str = ""
    picture: bytes | None = None

    @property
    def largest(self) -> float:
        """Largest size of a contribution, which bars are drawn in proportion to."""
        return max((abs(part.amount) for part in self.contributions), default=0.0)


def explained_examples(
    model: Any,
    X: FloatArray,
    y: LabelArray,
    scores: FloatArray,
    classes: LabelArray,
    count: int,
    images: Sequence[Any] | None,
) -> tuple[tuple[Explanation, ...], tuple[Explanation, ...], int]:
    """Hits and misses among all classes, explained, with their pictures where there are any, and the number of hits.

    They are taken at even steps through the test samples, so that the report doesn't show the best ones only.
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    predicted, runner_up, true = classes[order[:, 0]].tolist(), classes[order[:, 1]].tolist(), y.tolist()
    hit = is_equal(classes[order[:, 0]], y)
    found = []
    for places, rivals in ((np.flatnonzero(hit), runner_up), (np.flatnonzero(~hit), true)):
        shown = min(count, len(places)) if hasattr(model, "explain") or images is not None else 0
        chosen = [int(places[(2 * step + 1) * len(places) // (2 * shown)]) for step in range(shown)]
        examples = [_explain(model, X[i], i, true[i], predicted[i], rivals[i]) for i in chosen]
        if images is not None:
            examples = [replace(one, picture=_thumbnail(images[one.sample], one.sample)) for one in examples]
        found.append(tuple(examples))
    return found[0], found[1], int(hit.sum())


def _explain(model: Any, x: FloatArray, sample: int, true: Any, predicted: Any, rival: Any) -> Explanation:
    """Explanation of one prediction against another class, with the complaint of the estimator if it has one."""
    if not hasattr(model, "explain"):
        return Explanation(sample, true, predicted, rival, complaint=f"{type(model).__name__} has no method explain.")
    try:
        frame = model.explain(x, among=(predicted, rival))
    except InvalidInputError as error:  # for example a class that is known by samples alone
        return Explanation(sample, true, predicted, rival, complaint=str(error))
    amounts = frame["contribution"].to_numpy(dtype=float)
    columns = [str(predicted), str(rival)]
    given = set(columns) <= set(frame.columns) and "contribution" not in columns
    values = frame[columns].to_numpy(dtype=float) if given else np.full((len(frame), 2), np.nan)
    parts = [
        Contribution(str(name), (_known(a), _known(b)), float(amount))
        for name, (a, b), amount in zip(frame.index.tolist(), values, amounts, strict=True)
    ]
    parts.sort(key=lambda part: -abs(part.amount))
    shown, rest = parts[:N_CONTRIBUTIONS], parts[N_CONTRIBUTIONS:]
    if rest:
        shown.append(Contribution(REST, (None, None), sum(part.amount for part in rest)))
    return Explanation(sample, true, predicted, rival, tuple(shown), float(amounts.sum()))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _thumbnail(image: Any, sample: int) -> bytes:
    """A small PNG of a sample."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(as_picture(f"images[{sample}]", image)).save(buffer, format="PNG")
    return buffer.getvalue()
