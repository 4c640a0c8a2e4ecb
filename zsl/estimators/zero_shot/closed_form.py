"""Methods with a closed form: the shell with their grids, ESZSL, ridge regression, SAE and SynC."""

import math
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike

from zsl._docs import documented_like
from zsl.estimators._groups import Shown
from zsl.estimators._parameters import Grid, grid_values, parameters
from zsl.estimators.zero_shot._base import ScaledZeroShotClassifier
from zsl.exceptions import InvalidInputError
from zsl.methods.linear.closed_form import ClosedFormMethod
from zsl.methods.linear.eszsl import ESZSL
from zsl.methods.linear.ridge import Metric, RidgePrototypes
from zsl.methods.linear.sae import SAE, Direction
from zsl.methods.linear.sync import SynC
from zsl.selection.folds import TrainingPart
from zsl.selection.scaling import FeatureScaling
from zsl.selection.search import Point

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class ClosedFormClassifier(Shown, ScaledZeroShotClassifier):
    """Fit a method with a closed form; the whole grid comes from one decomposition per fold.

    A subclass names the method (`_method_class`), and the grid of each hyper-parameter that may be "auto" (`_grids`).
    """

    _grids: ClassVar[dict[str, tuple[float, ...]]]
    _example = """\
>>> from zsl import {name}, load_digits_zsl
>>> split = load_digits_zsl()
>>> clf = {name}(semantics=split.semantics).fit(split.X_train, split.y_train)
>>> clf.unseen_classes_
array([7, 8, 9])"""

    @documented_like(ScaledZeroShotClassifier.fit)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, *, checkpoint: Any = None
    ) -> Self:
        """Fit on samples of the seen classes.

        Parameters
        ----------
        sample_weight : array of shape (n_samples,) or None, default=None
            How often each sample counts, 0 or more: in the moments that are solved with, in the scaling and, where
            something is chosen, in the accuracy on held-out classes. Whole numbers are repeated samples, and a sample
            of weight 0 is as if it weren't there. None counts each once.
        """
        given = {} if sample_weight is None else {"sample_weight": sample_weight}
        return self._fit_whole(X, y, checkpoint, **given)

    def _fit_checked(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None) -> None:
        if sample_weight is not None and self.balance == "gate":
            raise InvalidInputError("sample_weight with balance='gate', which counts samples alike; wanted 'stacking'.")
        super()._fit_checked(X, y, sample_weight)

    def _path(self, part: TrainingPart, label: str) -> Iterable[tuple[Point, ClosedFormMethod]]:
        return self._solve(part, self._grid())

    def _fit_at(self, part: TrainingPart, point: Point) -> ClosedFormMethod:
        ((_, method),) = self._solve(part, {name: (value,) for name, value in point.items()})
        return method

    def _solve(
        self, part: TrainingPart, grid: dict[str, tuple[float, ...]]
    ) -> Iterable[tuple[Point, ClosedFormMethod]]:
        solve = self._method_class.solve
        found: Iterable[tuple[Point, ClosedFormMethod]] = solve(
            part.moments, part.semantics, grid, **self._options(solve)
        )
        return found

    def _start(self) -> Point:
        return {name: values[len(values) // 2] for name, values in self._grid().items()}

    def _chooses(self) -> bool:
        return self._n_points() > 1

    def _n_points(self) -> int:
        return math.prod(len(values) for values in self._grid().values())

    def _grid(self) -> dict[str, tuple[float, ...]]:
        return {name: grid_values(getattr(self, name), default) for name, default in self._grids.items()}


@parameters
class ESZSLClassifier(ClosedFormClassifier):
    r"""Bilinear compatibility with a squared loss, in closed form (ESZSL).

    The method of B. Romera-Paredes and P. H. S. Torr, "An embarrassingly simple approach to zero-shot learning", 2015;
    see `zsl.methods.linear.eszsl.ESZSL` for the formula and departures from the paper. Both penalties and the
    seen-class bias are chosen together, by H on held-out seen classes; one decomposition per fold serves the whole
    grid.

    Parameters
    ----------
    alpha_features : float, sequence of float or "auto"
        Penalty on the samples, in units of the mean eigenvalue of their Gram matrix. "auto" and a sequence are chosen
        from.
    alpha_semantics : float, sequence of float or "auto"
        The same for the semantic vectors.

    Attributes
    ----------
    alpha_features_, alpha_semantics_ : float
        The chosen values.

    See Also
    --------
    SAEClassifier : A linear autoencoder, also in closed form.
    ALEClassifier : The same score, trained by a ranking loss.
    """

    alpha_features: Grid = "auto"
    alpha_semantics: Grid = "auto"
    _method_class = ESZSL
    _grids: ClassVar = {"alpha_features": PENALTIES, "alpha_semantics": PENALTIES}


@parameters
class RidgePrototypeClassifier(ClosedFormClassifier):
    r"""Nearest visual prototype, predicted from semantics by ridge regression.

    The baseline for every other method: Y. Shigeto et al., "Ridge Regression, Hubness, and Zero-Shot Learning", 2015,
    arXiv:1507.00825; see `zsl.methods.linear.ridge.RidgePrototypes` for the formula. With whitened features the nearest
    prototype is the most probable class under one covariance for all classes.

    Parameters
    ----------
    alpha : float, sequence of float or "auto"
        Penalty on the map, in units of the mean number of samples per class. "auto" and a sequence are chosen from.
    metric : {"cosine", "euclidean"}
        Cosine, or negative squared distance.

    Attributes
    ----------
    alpha_ : float
        The chosen value.

    See Also
    --------
    RelationClassifier : Kernel ridge regression in the same direction, and a relation term.
    """

    alpha: Grid = "auto"
    metric: Metric = "cosine"
    feature_scaling: FeatureScaling = "whiten"
    _method_class = RidgePrototypes
    _grids: ClassVar = {"alpha": PENALTIES}


@parameters
class SAEClassifier(ClosedFormClassifier):
    r"""Linear semantic autoencoder, the solution of a Sylvester equation (SAE).

    The method of E. Kodirov, T. Xiang and S. Gong, "Semantic Autoencoder for Zero-Shot Learning", 2017,
    arXiv:1704.08345; see `zsl.methods.linear.sae.SAE` for the formula and departures from the paper.

    Parameters
    ----------
    alpha : float, sequence of float or "auto"
        Weight of encoding against decoding, in units of the ratio of the traces of both Gram matrices. "auto" and a
        sequence are chosen from.
    direction : {"visual", "semantic"}
        Whether samples are compared with decoded semantics, or encoded samples with semantics.

    Attributes
    ----------
    alpha_ : float
        The chosen value.

    See Also
    --------
    RidgePrototypeClassifier : Decoding alone.
    """

    alpha: Grid = "auto"
    direction: Direction = "visual"
    feature_scaling: FeatureScaling = "whiten"
    _method_class = SAE
    _grids: ClassVar = {"alpha": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)}


@parameters
class SynCClassifier(ClosedFormClassifier):
    r"""Classifiers of unseen classes, synthesised from those of seen ones (SynC).

    The method of S. Changpinyo et al., "Synthesized Classifiers for Zero-Shot Learning", 2016, arXiv:1603.00550; see
    `zsl.methods.linear.sync.SynC` for the formula and departures from the paper.

    Parameters
    ----------
    alpha : float, sequence of float or "auto"
        Penalty on the classifiers of the seen classes, in units of the mean eigenvalue of the Gram matrix of the
        samples. "auto" and a sequence are chosen from.
    width : float, sequence of float or "auto"
        Width of the similarity between classes, in units of the mean squared distance between seen ones. "auto" and a
        sequence are chosen from.

    Attributes
    ----------
    alpha_, width_ : float
        The chosen values.

    See Also
    --------
    ConSEClassifier : Unseen classes from the most probable seen ones.
    """

    alpha: Grid = "auto"
    width: Grid = "auto"
    _method_class = SynC
    _grids: ClassVar = {"alpha": PENALTIES, "width": (0.03, 0.1, 0.3, 1.0)}
