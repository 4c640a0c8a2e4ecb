"""Which attributes a score difference comes from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from zsl._arguments import shown
from zsl._arrays import host_array
from zsl._typing import FloatArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._parameters import check_whole
from zsl.exceptions import InvalidInputError

TOLERANCE, LEAST_ERROR = 1e-3, 1e-5


def explain(estimator: Any, x: ArrayLike, among: Sequence[Any] | None, max_steps: int) -> pd.DataFrame:
    """Split the score difference of two classes for one sample; see `RelationClassifier.explain`."""
    sample = host_array("x", x)
    sample = sample[None] if sample.ndim == 1 else sample
    if sample.ndim != 2 or len(sample) != 1:
        raise InvalidInputError(f"x has shape {sample.shape}; wanted one sample, (n_features,) or (1, n_features).")
    check_whole("max_steps", max_steps)
    sample = estimator._check_samples(sample, "x")
    scores = estimator.class_scores(sample, calibrated=True)[0]
    if not estimator._adds_bias():
        raise InvalidInputError("Scores depend on unlabelled samples; explain needs an estimator without any.")
    if among is None:
        among = estimator.classes_[np.argsort(-scores, kind="stable")[:2]].tolist()
    columns = estimator._columns("among", among)
    if len(columns) != 2:
        raise InvalidInputError(f"among={shown(among)}; wanted two known classes.")
    pair = estimator._classes.take(columns)
    if not pair.described.all():
        raise InvalidInputError(
            f"among names {pair.labels[~pair.described].tolist()}, without semantics; wanted classes that have them."
        )
    table = estimator._table
    assert table is not None

    by_attribute, others = _linear_parts(estimator, sample, pair) or _integrated(estimator, sample, pair, max_steps)
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
    estimator: Any, sample: FloatArray, pair: ClassRegistry
) -> tuple[FloatArray, dict[str, float]] | None:
    r"""The exact sum over attributes, or None where the score is no such sum.

    With :math:`m(z) = m_0 + z L^T V` the cosine is :math:`\sum_a z_a \langle \hat x, (L^T V)_a \rangle / \|m(z)\| +
    \langle \hat x, m_0 \rangle / \|m(z)\|`.
    """
    model, method = estimator._model, estimator.method_
    sizes, descriptions = method.sizes, model.descriptions
    assert descriptions is not None
    exact = sizes.kernel == "linear" and sizes.metric == "cosine" and not sizes.n_hidden
    if not exact or descriptions.joint_block is not None or pair.counts.any():
        return None
    joined = descriptions.joined(pair.semantics)
    query = estimator._embed(sample)[0]
    weight, centre = (method.landmarks.T @ method.dual).cpu().numpy(), method.centre.cpu().numpy()
    length = np.linalg.norm(centre + joined @ weight, axis=1)
    by_attribute = joined * (weight @ query) / length[:, None]
    constant = float(centre @ query) / length
    return by_attribute[0] - by_attribute[1], {"(constant)": float(constant[0] - constant[1])}


def _integrated(
    estimator: Any, sample: FloatArray, pair: ClassRegistry, max_steps: int
) -> tuple[FloatArray, dict[str, float]]:
    """Integrate the gradient from the second class to the first, over semantics, class text and weighted support."""
    model, method = estimator._model, estimator.method_
    descriptions = model.descriptions
    assert descriptions is not None
    total = estimator.prior_strength_ + pair.counts
    texts = descriptions.texts(pair.semantics, model.space)
    parts = (
        descriptions.joined(pair.semantics),
        np.zeros((2, method.sizes.n_features)) if texts is None else texts,
        pair.sums / total[:, None],
        (estimator.prior_strength_ / total)[:, None],
    )
    ends = [torch.as_tensor(np.ascontiguousarray(part)).to(method.centre) for part in parts]
    query = torch.as_tensor(estimator._embed(sample)).to(method.centre)
    difference = estimator.class_scores(sample, pair.labels)[0]
    wanted, n_steps = float(difference[0] - difference[1]), 64
    with torch.enable_grad():
        while True:
            found = _path_integral(method, query, ends, n_steps)
            error = abs(wanted - float(sum(part.sum() for part in found)))
            if error <= max(LEAST_ERROR, TOLERANCE * abs(wanted)) or n_steps >= max_steps:
                break
            n_steps *= 2
    others = {"(class text)": float(found[1].sum())} if texts is not None else {}
    if pair.counts.any():
        others["(support samples)"] = float(found[2].sum() + found[3].sum())
    return found[0].cpu().numpy(), others


def _path_integral(method: Any, query: Tensor, ends: list[Tensor], n_steps: int) -> list[Tensor]:
    """Midpoint rule along the straight path from row 1 to row 0 of each part."""
    places = ((torch.arange(n_steps, dtype=query.dtype, device=query.device) + 0.5) / n_steps)[:, None]
    path = [(end[1] + places * (end[0] - end[1])).requires_grad_() for end in ends]
    joined, texts, support, share = path
    scores = method(query, share * method.mapped(joined, texts) + support)
    gradients = torch.autograd.grad(scores.sum(), path)
    return [grad.mean(dim=0) * (end[0] - end[1]) for grad, end in zip(gradients, ends, strict=True)]
