"""Which attributes a score difference of the relation model comes from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from zsl._typing import FloatArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._explanations import SUPPORT, Parts, along_path
from zsl.estimators.relation._model import Model


def explained(model: Model, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
    """Split the score difference of two classes for an embedded sample, (1, d); see `RelationClassifier.explain`."""
    return _linear(model, embedded[0], pair) or _integrated(model, embedded, pair, max_steps)


def _linear(model: Model, query: FloatArray, pair: ClassRegistry) -> Parts | None:
    r"""The exact sum over attributes, or None where the score is no such sum.

    With :math:`m(z) = m_0 + z L^T V` the cosine is :math:`\sum_a z_a \langle \hat x, (L^T V)_a \rangle / \|m(z)\| +
    \langle \hat x, m_0 \rangle / \|m(z)\|`.
    """
    method, descriptions = model.method, model.descriptions
    assert descriptions is not None
    exact = method.sizes.kernel == "linear" and method.sizes.metric == "cosine" and not method.sizes.n_hidden
    if not exact or descriptions.joint_block is not None or pair.counts.any():
        return None
    joined = descriptions.joined(pair.rows)
    weight, centre = (method.landmarks.T @ method.dual).cpu().numpy(), method.centre.cpu().numpy()
    length = np.linalg.norm(centre + joined @ weight, axis=1)
    by_attribute = joined * (weight @ query) / length[:, None]
    constant = float(centre @ query) / length
    return by_attribute[0] - by_attribute[1], {"(constant)": float(constant[0] - constant[1])}


def _integrated(model: Model, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
    """Integrate from the second class to the first, over joined semantics, class text and weighted support."""
    method, descriptions = model.method, model.descriptions
    assert descriptions is not None
    strength = float(method.prior_strength)
    pooled = np.hstack([pair.sums, np.full((2, 1), strength)]) / (strength + pair.counts[:, None])
    texts = descriptions.texts(pair.rows, model.space)
    ends = {
        "": descriptions.joined(pair.rows),
        "(class text)": np.zeros((2, method.sizes.n_features)) if texts is None else texts,
        SUPPORT: pooled,
    }
    query = torch.as_tensor(embedded).to(method.centre)

    def scores(path: Sequence[Tensor]) -> Tensor:
        joined, texts, support = path
        return method.forward(query, support[:, -1:] * method.mapped(joined, texts) + support[:, :-1])[0]

    tensors = {name: torch.as_tensor(np.ascontiguousarray(end)).to(method.centre) for name, end in ends.items()}
    return along_path(scores, tensors, max_steps)
