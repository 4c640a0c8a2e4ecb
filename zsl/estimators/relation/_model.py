"""The fitted model: the space of features, the map of described classes into it, the score, and how it is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._files.rows import MappedRows
from zsl._typing import FloatArray, LabelArray, SampleRows
from zsl.classes.registry import ClassRegistry
from zsl.estimators.relation._choose import Choice, choose
from zsl.estimators.relation._classes import DescribedClasses, Point, spread
from zsl.estimators.relation._fitting import Data, Fitting
from zsl.estimators.relation._settings import Settings
from zsl.estimators.relation._space import FeatureSpace, SeenClasses, one_sided
from zsl.estimators.relation._term import RelationTerm
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.class_kernels import joined_blocks
from zsl.functional.linear.origins import Origin, reach
from zsl.methods.relation.kernel_relation import KernelRelation, KernelRelationSizes
from zsl.persistence.codec import register
from zsl.selection.folds import class_splits
from zsl.selection.scaling import Scaler, origin_of

register(KernelRelationSizes)

BLOCK_ROWS = 4096
START_ALPHA, START_JOINT, START_SCALE = 0.1, 0.3, 20.0
"""The penalty, the weight of class texts and the scale of logits where nothing is held out to choose them on."""


@register
@dataclass(frozen=True, eq=False)
class DescriptionMap:
    """How semantic vectors are scaled, joined and, in a joint space, brought among the samples."""

    scaler: Scaler  # scales semantic vectors
    blocks: tuple[int, ...]  # widths of their blocks
    weights: tuple[float, ...]  # weights of the blocks
    joint_block: int | None  # the block whose rows share the space of the features; None outside of joint spaces
    joint_length: float  # length that class texts are given
    text_origin: Origin | None  # where lengths of class texts are measured from; None outside of joint spaces
    text_centre: FloatArray  # (width,), what is subtracted from class texts of length 1; empty outside of joint spaces

    @classmethod
    def of(cls, described: DescribedClasses, point: Point, joint_block: int | None) -> DescriptionMap:
        """The map at a point."""
        joint = joint_block if point.joint else None
        centre = described.text_centre if joint is not None else None
        length = point.joint * spread(described.seen) if joint is not None else 0.0
        return cls(
            described.scaler,
            described.blocks,
            point.weights,
            joint,
            length,
            described.text_origin if joint is not None else None,
            np.zeros(0) if centre is None else centre,
        )

    def takes(self, width: int) -> bool:
        """Whether semantic vectors of this width fit."""
        good = self.scaler.mean.shape == (width,) == (sum(self.blocks),) and min(self.blocks) > 0
        good = good and len(self.weights) == len(self.blocks)
        if self.joint_block is None:
            return good and self.text_centre.shape == (0,)
        place = self.joint_block
        return good and 0 <= place < len(self.blocks) and self.text_centre.shape == (self.blocks[place],)

    def joined(self, rows: FloatArray) -> FloatArray:
        """Scaled and joined semantic vectors."""
        return joined_blocks(self.scaler(rows), self.blocks, self.weights)

    def texts(self, rows: FloatArray, space: FeatureSpace) -> FloatArray | None:
        """Class texts among the samples; None outside of joint spaces."""
        if self.joint_block is None or self.text_origin is None:
            return None
        part = np.split(rows, np.cumsum(self.blocks)[:-1], axis=1)[self.joint_block]
        return space.texts(part, self.text_origin, self.text_centre) * self.joint_length


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that is fitted about samples and descriptions."""

    space: FeatureSpace  # where samples and classes are compared
    descriptions: DescriptionMap | None  # None without semantics
    method: KernelRelation  # the map and the score, in double precision

    def embed(self, X: FloatArray) -> FloatArray:
        """Embed samples as rows of length 1."""
        return self.space(X).astype(np.float64, copy=False)

    def represent(self, classes: ClassRegistry) -> Tensor:
        """Represent classes, each on its own."""
        method = self.method
        with torch.inference_mode():
            sums, counts = _tensor(method, classes.sums), _tensor(method, classes.counts)
            if self.descriptions is None:
                return method.represent(torch.zeros_like(sums), torch.zeros_like(counts), sums, counts)
            rows = np.where(classes.described[:, None], classes.rows, 0.0)
            texts = self.descriptions.texts(rows, self.space)
            mapped = method.mapped(
                _tensor(method, self.descriptions.joined(rows)), None if texts is None else _tensor(method, texts)
            )
            return method.represent(mapped, _tensor(method, classes.described.astype(np.float64)), sums, counts)

    def compare(self, embedded: FloatArray, represented: Tensor) -> FloatArray:
        """Score embedded samples against represented classes, in blocks."""
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(embedded), BLOCK_ROWS):
                block = _tensor(self.method, embedded[start : start + BLOCK_ROWS])
                blocks.append(self.method(block, represented.to(block.device)).cpu().numpy())
        scores: FloatArray = np.concatenate(blocks)
        return scores


def assemble(
    seen: SeenClasses,
    described: DescribedClasses | None,
    point: Point,
    *,
    joint_block: int | None,
    strength: float,
    term: RelationTerm | None,
) -> Model:
    """Put a model together from what was fitted."""
    width = seen.means.shape[1]
    parts = {"prior_strength": np.array(strength)}
    descriptions = None
    landmarks: FloatArray = np.zeros((0, 0))
    if described is not None:
        descriptions = DescriptionMap.of(described, point, joint_block)
        landmarks = np.zeros((0, described.scaled.shape[1]))
        dual: FloatArray = np.zeros((0, width))
        if point.kernel is not None:
            path = described.path(point.kernel, point.weights)
            landmarks, dual = path.landmarks, path.dual(described.targets(point), point.alpha)
            parts["centre"] = seen.centre
        parts |= {"landmarks": landmarks, "dual": dual}
    hidden = 0 if term is None else len(term.weight)
    sizes = KernelRelationSizes(
        width, landmarks.shape[1], len(landmarks), hidden, point.kernel or "linear", point.metric
    )
    if term is not None:
        parts |= {
            "query_half": term.query_half,
            "class_half": term.class_half,
            "hidden_bias": term.bias,
            "weight_out": term.weight,
        }
    method = KernelRelation(sizes)
    for name, value in parts.items():
        getattr(method, name).copy_(torch.as_tensor(np.asarray(value, dtype=np.float64)))
    return Model(seen.space, descriptions, method)


def fit_model(
    X: SampleRows,
    codes: NDArray[np.intp],
    labels: LabelArray,
    table: FloatArray | None,
    blocks: tuple[int, ...],
    settings: Settings,
    cv: Any,
    seed: int,
) -> tuple[Model, Choice]:
    """Choose what is "auto" on held-out classes, then fit all seen classes at that.

    `table` holds the semantic vectors of the classes by class number, in `blocks`.
    """
    low, high, mean = reach(X, None, mean=True)
    centred = settings.feature_scaling != "none"
    origin = Origin.within(low, high, mean) if centred else origin_of(X, centred=False)

    def moved(rows: FloatArray) -> FloatArray:
        return origin(rows).astype(np.float32, copy=False)

    splits = class_splits(cv, X, codes, labels)
    data = Data(MappedRows(X, moved), moved(low[None])[0].astype(np.float64), codes, table, blocks)
    fitting = Fitting(data, settings, splits, seed)
    roots = settings.roots if len(settings.roots) == 1 or one_sided(low, high, mean) else (False,)
    joint = fitting.is_joint()
    weights = _start_weights(settings, blocks)
    alpha = START_ALPHA if START_ALPHA in settings.alphas else settings.alphas[len(settings.alphas) // 2]
    start = Point(roots[0], settings.kernels[0], alpha, START_JOINT if joint else 0.0, settings.metrics[0], weights)
    choice = choose(fitting, default=start, joint=joint, roots=roots)
    if settings.seen_bias is not None:
        gamma = settings.seen_bias
        given = replace(choice.refinement, start_bias=gamma, bias=gamma)
        choice = replace(choice, bias=((0, gamma),), refinement=given)
    if settings.prior_strength is not None:
        choice = replace(choice, prior_strength=settings.prior_strength)
    point = choice.point
    seen = fitting.seen(point.root)
    described = fitting.described(seen, joint=joint)
    term = None
    if described is not None and settings.similarity == "both" and not choice.relation_gate:
        choice = replace(choice, relation_gate=1.0)
    if described is not None and choice.relation_gate:
        scale = 1 / choice.temperature if choice.n_folds else START_SCALE
        every = np.arange(len(codes))
        term = fitting.term(described, every, point, scale, choice.prior_strength, "relation term")
        term = term.gated(choice.relation_gate)
    model = assemble(
        seen,
        described,
        point,
        joint_block=fitting.data.joint_block if joint else None,
        strength=choice.prior_strength,
        term=term,
    )
    model.method.to(settings.device)
    return replace(model, space=model.space.before(origin, low.astype(np.float64))), choice


def _start_weights(settings: Settings, blocks: tuple[int, ...]) -> tuple[float, ...]:
    """Weights of the blocks of semantics before any are chosen, with the sum 1."""
    given = settings.block_weights
    if isinstance(given, str) or not blocks:
        return (1 / max(len(blocks), 1),) * len(blocks)
    if len(given) != len(blocks):
        raise InvalidInputError(
            f"block_weights has {len(given)} numbers; wanted {len(blocks)}, one per block of semantics."
        )
    return tuple(weight / sum(given) for weight in given)


def _tensor(method: KernelRelation, array: FloatArray) -> Tensor:
    like = method.prior_strength
    return torch.as_tensor(np.require(array, requirements=["C", "W"]), dtype=like.dtype, device=like.device)
