"""Which attributes a score difference comes from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from zsl._typing import FloatArray
from zsl.estimators._registry import ClassRegistry
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.estimators.relation import RelationClassifier

TOLERANCE = 1e-3


def explain(estimator: "RelationClassifier", x: ArrayLike, among: Sequence[Any] | None, max_steps: int) -> pd.DataFrame:
    """Split the score difference of two classes for one image; see `RelationClassifier.explain`."""
    image = np.asarray(x)
    image = image[None] if image.ndim == 1 else image
    if image.ndim != 2 or len(image) != 1:
        raise InvalidInputError(f"x has shape {np.shape(x)}; wanted one image, (n_features,) or (1, n_features).")
    scores = estimator.class_scores(image, calibrated=True)[0]
    if among is None:
        among = estimator.classes_[np.argsort(-scores, kind="stable")[:2]].tolist()
    if isinstance(among, str) or len(among) != 2:
        raise InvalidInputError(f"among={among!r}; wanted two known classes.")
    columns = estimator._columns("among", np.asarray(among))
    pair = estimator._classes.take(columns)
    if not pair.described.all():
        raise InvalidInputError(
            f"among names {pair.labels[~pair.described].tolist()}, without semantics; wanted classes that have them."
        )
    table = estimator._table
    assert table is not None

    parts = _linear_parts(estimator, image, pair)
    if parts is None:
        parts = _integrated_gradients(estimator, image, pair, max_steps)
    by_attribute, others = parts
    bias = estimator._bias(pair)
    others["(seen-class bias)"] = float(bias[0] - bias[1])

    names = [str(label) for label in pair.labels.tolist()]
    frame = pd.DataFrame(
        {names[0]: pair.semantics[0], names[1]: pair.semantics[1], "contribution": by_attribute},
        index=pd.Index(table.attributes, name="attribute"),
    )
    frame = frame.iloc[np.argsort(-np.abs(by_attribute), kind="stable")]
    extra = {name: value for name, value in others.items() if value}
    if not extra:
        return frame
    rows = pd.DataFrame({names[0]: np.nan, names[1]: np.nan, "contribution": list(extra.values())}, index=list(extra))
    return pd.concat([frame, rows.rename_axis("attribute")])


def _linear_parts(
    estimator: "RelationClassifier", image: FloatArray, pair: ClassRegistry
) -> tuple[FloatArray, dict[str, float]] | None:
    r"""The exact sum over attributes, or None where the score is no such sum.

    With :math:`m(s) = (M s + v) / \|M s + v\|` the cosine is
    :math:`\sum_a s_a \tau \langle \hat f, M_a \rangle / \|M s + v\| + \tau \langle \hat f, v \rangle / \|M s + v\|`.
    """
    network = estimator._network
    mapper = network.mapper
    if mapper is None or len(mapper.layers) != 1 or network.relation.similarity != "metric" or pair.counts.any():
        return None
    rows = torch.as_tensor(estimator._semantic_scaler.unit(pair.semantics))
    embedded = torch.as_tensor(estimator._embed(image))[0]
    weight, bias = (p.detach().cpu() for p in mapper.layers[0].parameters())
    length = torch.linalg.vector_norm(rows @ weight.T + bias, dim=1)
    scale = network.relation.log_scale.exp().cpu() / length
    by_attribute = (rows * (embedded @ weight) * scale[:, None]).numpy()
    constant = (scale * (embedded @ bias)).numpy()
    return by_attribute[0] - by_attribute[1], {"(constant)": float(constant[0] - constant[1])}


def _integrated_gradients(
    estimator: "RelationClassifier", image: FloatArray, pair: ClassRegistry, max_steps: int
) -> tuple[FloatArray, dict[str, float]]:
    """Integrate the gradient from the second class to the first, over semantics and over the weighted support."""
    network = estimator._network
    strength = network.prior_strength
    total = estimator.prior_strength_ + pair.counts
    ends = [
        torch.as_tensor(part, dtype=strength.dtype, device=strength.device)
        for part in (
            estimator._semantic_scaler.unit(pair.semantics),
            pair.sums / total[:, None],
            (estimator.prior_strength_ / total)[:, None],
        )
    ]
    query = torch.as_tensor(estimator._embed(image), dtype=strength.dtype, device=strength.device)
    steps_ = 64
    with torch.enable_grad():
        difference = estimator.class_scores(image, pair.labels)[0]
        wanted = float(difference[0] - difference[1])
        while True:
            parts = _path_integral(network, query, ends, steps_)
            error = abs(wanted - float(sum(part.sum() for part in parts)))
            if error <= TOLERANCE * max(1.0, abs(wanted)) or steps_ >= max_steps:
                break
            steps_ *= 2
    others = {"(support images)": float(parts[1].sum() + parts[2].sum())} if pair.counts.any() else {}
    return parts[0].cpu().numpy(), others


def _path_integral(network: Any, query: Tensor, ends: list[Tensor], n_steps: int) -> list[Tensor]:
    """Midpoint rule along the straight path from row 1 to row 0 of each part."""
    places = ((torch.arange(n_steps, dtype=query.dtype, device=query.device) + 0.5) / n_steps)[:, None]
    path = [(end[1] + places * (end[0] - end[1])).requires_grad_() for end in ends]
    semantics, support, share = path
    scores = network.relation(query, share * network.mapper(semantics) + support)
    gradients = torch.autograd.grad(scores.sum(), path)
    return [grad.mean(dim=0) * (end[0] - end[1]) for grad, end in zip(gradients, ends, strict=True)]
