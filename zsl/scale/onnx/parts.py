"""What an exported estimator consists of, by family: how samples are embedded, and what is known of each class."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from zsl._typing import FloatArray
from zsl.classes.pooled import KnownSupport
from zsl.classes.registry import ClassRegistry
from zsl.estimators.few_shot._base import FewShotClassifier
from zsl.estimators.few_shot._frozen import FrozenClassifier
from zsl.estimators.generative.feature_generating import FeatureGeneratingClassifier
from zsl.estimators.relation.classifier import RelationClassifier
from zsl.estimators.zero_shot._base import ZeroShotClassifier
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import squared_distances, unit
from zsl.methods.frozen.gaussian import SharedGaussian
from zsl.methods.frozen.simple_shot import SimpleShot
from zsl.methods.generative.feature_generator import to_length
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.scale.onnx.scaling import Directions, Moved, Rooted, Scaled, directions_then_scaled
from zsl.selection.gate import Gate

Represented = Callable[[Any], tuple[FloatArray, FloatArray]]
"""From what is known of classes to their prototypes, (C, k), and what is added to their scores, (C,)."""


@dataclass(frozen=True)
class Parts:
    """A fitted estimator, taken apart."""

    embed: nn.Module  # from samples, one per row, to what is compared
    compare: nn.Module  # from that and prototypes to scores, (n, C)
    represent: Represented
    shape: tuple[int, ...]  # of one sample
    gate: Gate | None = None  # in place of what is added to scores
    dtype: torch.dtype = torch.float64  # that the estimator computes in
    middle: FloatArray = field(default_factory=lambda: np.zeros(1))  # where samples lie, and how far around it
    size: float = 1.0


def parts_of(estimator: Any) -> Parts:
    """Take a fitted estimator apart, or say why it can't be."""
    check_is_fitted(estimator)
    for family, taken in _FAMILIES.items():
        if isinstance(estimator, family):
            return taken(estimator)
    raise _refused(estimator, "its scores are no comparison of samples with prototypes of classes")


class Calls(nn.Module):
    """A function of tensors, and the modules that it uses."""

    def __init__(self, function: Callable[..., Tensor], *used: nn.Module) -> None:
        super().__init__()
        self.used = nn.ModuleList(used)
        self.function = function

    def forward(self, *given: Tensor) -> Tensor:
        """Call it with its modules first."""
        return self.function(*self.used, *given)


def _zero_shot(estimator: ZeroShotClassifier) -> Parts:
    method, origin = copy.deepcopy(estimator.method_), estimator._scaler.origin
    assert origin is not None
    return Parts(
        nn.Sequential(directions_then_scaled(estimator._scaler), Calls(lambda own, X: own.embed(X), method)),
        Calls(lambda own, embedded, rows: own.compare(embedded, rows), method),
        lambda classes: (_blocks(estimator, classes), estimator._bias(classes)),
        (estimator.n_features_in_,),
        estimator._selection.gate,
        middle=origin.point,
        size=origin.size,
    )


def _relation(estimator: RelationClassifier) -> Parts:
    if len(estimator._unlabeled):
        raise _refused(estimator, "its classes are refined by unlabelled samples (forget_classes forgets them)")
    space, scaler = estimator._space, estimator._space.scaler
    start = space.root or scaler.origin
    assert start is not None
    steps: list[nn.Module] = [Rooted(space.root)] if space.root is not None else []
    steps += [directions_then_scaled(scaler), Calls(unit)]
    if space.encoder is not None and space.inner is not None:
        steps += [Calls(_encoded, copy.deepcopy(space.encoder).cpu()), Calls(unit), Scaled(space.inner), Calls(unit)]
    return Parts(
        nn.Sequential(*steps),
        copy.deepcopy(estimator.method_).cpu(),
        lambda classes: (_blocks(estimator, classes), estimator._bias(classes)),
        (estimator.n_features_in_,),
        middle=start.point,
        size=start.size,
    )


def _generating(estimator: FeatureGeneratingClassifier) -> Parts:
    space = estimator._space
    origin = space.scaler.origin
    assert origin is not None
    steps = [Directions(origin), Scaled(space.scaler), Calls(to_length)]
    if space.method is not None:
        steps.append(Calls(lambda own, X: own.represent(X), copy.deepcopy(space.method)))

    def represent(classes: Any) -> tuple[FloatArray, FloatArray]:
        order = np.argsort(classes.labels)
        weight, offset = estimator._light(classes.take(order)).plane
        place = np.argsort(order)
        return weight[place], offset[place] + estimator._bias(classes)

    return Parts(
        nn.Sequential(*steps),
        Calls(lambda embedded, rows: embedded @ rows.T),
        represent,
        (estimator.n_features_in_,),
        middle=origin.point,
        size=origin.size,
    )


def _few_shot(estimator: FewShotClassifier) -> Parts:
    method = copy.deepcopy(estimator.method_).cpu()
    shape: tuple[int, ...] = (estimator.n_features_in_,)
    dtype = torch.float64
    if estimator._image_shape is not None:
        shape, dtype = estimator._image_shape, next((p.dtype for p in method.parameters()), torch.float32)
    if isinstance(method, PrototypicalNetwork):
        embed, compare = Calls(lambda own, X: own.embed(X), method), Calls(_near)
        if method.distance == "cosine":
            compare = Calls(_alike)
        means: Callable[[Tensor], Tensor] = _as_it_is
    elif isinstance(method, SimpleShot):
        embed, compare, means = Calls(lambda own, X: own.transformed(X), method), Calls(_near), method.transformed
    elif isinstance(method, SharedGaussian):
        whiten = nn.Linear(1, 1, bias=False, dtype=torch.float64)
        factor = method.base_factor.double()
        inverse = torch.linalg.solve_triangular(factor, torch.eye(len(factor), dtype=factor.dtype), upper=False)
        whiten.weight = nn.Parameter(inverse, requires_grad=False)
        embed = Calls(lambda own, whiten, X: whiten(own._scaled(X)), method, whiten)
        compare = Calls(lambda white, rows: white @ rows.T - rows.square().sum(dim=1) / 2)
        # The mean of whitened samples is the whitened mean.
        means = lambda support: whiten(method._scaled(support))  # noqa: E731
    else:
        raise _refused(estimator, "it compares samples with more than a mean of each class, or with each other")

    def represent(classes: KnownSupport) -> tuple[FloatArray, FloatArray]:
        support, codes = torch.tensor(classes.support, dtype=dtype), torch.tensor(classes.codes)
        with torch.inference_mode():
            rows = prototypes(means(support)[None], codes[None], len(classes))[0].numpy()
        return rows, np.zeros(len(classes))

    if isinstance(estimator, FrozenClassifier):
        origin = estimator._origin
        return Parts(
            nn.Sequential(Moved(origin), embed), compare, represent, shape, middle=origin.point, size=origin.size
        )
    return Parts(embed, compare, represent, shape, dtype=dtype, middle=np.full(1, 0.5), size=0.25)


_FAMILIES: dict[type[Any], Callable[[Any], Parts]] = {
    ZeroShotClassifier: _zero_shot,
    RelationClassifier: _relation,
    FeatureGeneratingClassifier: _generating,
    FewShotClassifier: _few_shot,
}


def _refused(estimator: Any, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"est is a {type(estimator).__name__}, which cannot be exported: {why}. Wanted one of zero_shot_methods(), a "
        "PromptClassifier, SimpleShotClassifier or SharedGaussianClassifier, a PrototypicalClassifier without a "
        "refinement, or a pipeline of an encoder and one of these."
    )


def _blocks(estimator: ZeroShotClassifier | RelationClassifier, classes: ClassRegistry) -> FloatArray:
    """Represented classes, in single precision as they are fed, a block at a time."""
    parts = estimator._represented.blocks(classes, estimator._represent)
    return np.concatenate([rows.float().cpu().numpy() for _, rows in parts])


def _encoded(encoder: nn.Module, scaled: Tensor) -> Tensor:
    """What `zsl.estimators.relation._space.encoded` gives, in the encoder's own precision."""
    kind = next((p.dtype for p in encoder.parameters()), torch.float32)
    found: Tensor = encoder((scaled * scaled.shape[1] ** 0.5).to(kind)).to(scaled.dtype)
    return found


def _near(embedded: Tensor, rows: Tensor) -> Tensor:
    return -squared_distances(embedded, rows)


def _alike(embedded: Tensor, rows: Tensor) -> Tensor:
    return 10 * unit(embedded) @ unit(rows).T


def _as_it_is(rows: Tensor) -> Tensor:
    return rows
