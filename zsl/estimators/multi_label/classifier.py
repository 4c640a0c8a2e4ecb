"""Samples with several classes, seen and unseen ones among them, by closed forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags

from zsl._labels import are_strings
from zsl._typing import LabelArray
from zsl.encoders.fingerprint import Fingerprint
from zsl.estimators._calls import changes, refusing_weights
from zsl.estimators._class_tables import Descriptions, ShortTable, check_rows
from zsl.estimators._inputs import as_samples
from zsl.estimators._parameters import Auto, Finite, Grid, grid_values, parameters, whole
from zsl.estimators._state import Stateful, check_finite, check_together
from zsl.estimators.multi_label import _held_out
from zsl.estimators.multi_label._changing import ChangesClasses
from zsl.estimators.multi_label._known import LabelTransfer, LinearClasses
from zsl.evaluation._arrays import is_among
from zsl.evaluation.answers.targets import read_targets
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.functional.linear.class_kernels import Kernel
from zsl.functional.linear.label_ridge import label_ridge
from zsl.selection.scaling import Scaler, Scaling, Scalings, check_table
from zsl.selection.search import Selection
from zsl.semantics import Semantics, as_semantics

_ALPHAS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_CHOSEN = ("alpha", "alpha_unseen", "alpha_semantics", "kernel")


@parameters
class MultiLabelClassifier(Descriptions, ChangesClasses, Stateful, ClassifierMixin, BaseEstimator):
    r"""Any number of classes per sample, among them classes that no training sample was labelled with.

    Scores are linear in the sample. Those of seen classes, :math:`w_c^T x + b_c`, come from ridge regression on the
    standardised label matrix, `zsl.functional.linear.label_ridge.label_ridge`; the weights of an unseen class from
    kernel ridge regression of weights on descriptions, `zsl.functional.linear.label_ridge.label_mixing`. With the
    linear kernel that is the bilinear map of B. Romera-Paredes and P. H. S. Torr, "An embarrassingly simple approach to
    zero-shot learning", 2015, on a label matrix with several ones per row. Scores become log-odds by logistic curves
    (J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999), so that classes are comparable and each is
    answered on its own. The setting and its measures are those of Y. Zhang, B. Gong and M. Shah, "Fast Zero-Shot Image
    Tagging", 2016, arXiv:1605.09759, which learns by a ranking loss instead.

    Everything that is left open is chosen on held-out samples and held-out seen classes. Samples are divided into `cv`
    folds and scored without their fold; the classes are divided as well, and those of a fold are told from the others
    by descriptions alone. Departures from the papers: seen classes keep their own weights, and only unseen ones go
    through descriptions; targets are standardised, so that rare classes count as much as frequent ones; and unseen
    classes share one curve, :math:`a\, w_u^T x + r\, \ell_u + o`, fitted to all held-out classes together, where
    :math:`\ell_u` is the log-odds of the share of samples that have the class, which is told from descriptions, too.

    Parameters
    ----------
    alpha : float, sequence of float or "auto"
        Penalty on the weights, in units of the mean eigenvalue of the samples' covariance. "auto" and a sequence are
        chosen from, by the mean average precision: once for seen classes, on held-out samples, and once for the weights
        that unseen ones are told from, on held-out samples and classes.
    alpha_semantics : float, sequence of float or "auto"
        Penalty of the regression on descriptions, in units of the kernel of a class with itself, chosen with `alpha`.
    kernel : {"auto", "linear", "rbf"}
        How classes are compared by their descriptions, see `zsl.functional.linear.class_kernels.class_kernel`. "auto"
        chooses, too.
    feature_scaling : {"center", "standard", "none"}
        How samples are scaled; see `ESZSLClassifier`.
    semantic_scaling : {"center", "standard", "none"}
        How semantic vectors are scaled.
    seen_bias : float or "auto"
        What is subtracted from log-odds of seen classes where classes are ranked together, in `top_classes`. "auto" is
        the one of best F1 of the first three answers, over seen and held-out classes. Probabilities and thresholds have
        no need of it.
    cv : int or None
        Number of folds of samples and of classes. With None, or fewer than twice as many samples, nothing is chosen,
        and thresholds are at probability 0.5; with fewer than four seen classes no classes are held out.

    Attributes
    ----------
    classes_ : array of shape (C,)
        The seen classes in the order of the columns of `y`, then the unseen ones in the order of the table.
    seen_classes_, unseen_classes_ : array
        Those that some training sample has, and the others.
    thresholds_ : array of shape (C,)
        From which log-odds on a class counts as present. Of seen classes those of best F1 on held-out samples; of
        unseen ones that of best F1 over all held-out classes together. -20 and 20 stand for always and for never.
    alpha_, alpha_unseen_, alpha_semantics_, kernel_, seen_bias_ : float or str
        The chosen values; `alpha_unseen_` is the penalty on the weights that unseen classes are told from.
    selection_ : dict
        The choice: "params"; "harmonic_mean" of the mean average precision over seen and over held-out classes;
        "seen_bias"; "n_folds"; and "grid", one record per point with either mean average precision.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features,)
        Names of the columns, if X was a DataFrame with string names.

    See Also
    --------
    zsl.evaluation.evaluate_multi_label : F1 of the first answers and mean average precision, generalized and not.
    AttributePredictor : Attributes of samples that are known by their class only.

    Notes
    -----
    Folds of samples are drawn at random. Where samples come in groups that are alike, and new ones come from other
    groups, probabilities are too sure.

    Examples
    --------
    >>> from zsl import MultiLabelClassifier
    >>> from zsl.datasets import make_multi_label
    >>> split = make_multi_label()  # 20 classes that training samples have, and 5 that none has
    >>> clf = MultiLabelClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> clf.predict(split.X_test).shape
    (500, 25)
    >>> labels, log_odds = clf.top_classes(split.X_test[:2], split.unseen_classes, k=1)
    >>> labels.shape
    (2, 1)
    """

    alpha: Grid = "auto"
    alpha_semantics: Grid = "auto"
    kernel: Literal["auto", "linear", "rbf"] = "auto"
    feature_scaling: Scaling = "center"
    semantic_scaling: Scaling = "center"
    seen_bias: Auto | Finite = "auto"
    cv: Annotated[int, whole(2)] | None = 5
    _state: ClassVar[Mapping[str, Any]] = {
        "_table": Semantics | None,
        "_classes": LinearClasses,
        "_transfer": LabelTransfer | None,
        "_scaler": Scaler,
        "_columns": LabelArray,
        "_selection": Selection,
    }

    @changes
    @refusing_weights
    def fit(self, X: ArrayLike, y: Any, *, classes: ArrayLike | None = None) -> Self:
        """Fit on samples and the classes that each of them has.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Training samples, finite numbers.
        y : DataFrame or array of shape (n_samples, n_columns), or sequence of sets of labels
            Which classes each sample has: 0 and 1, or False and True, with classes as columns; or a set, tuple or list
            of labels per sample, which may be empty. A nested list of equally many zeros and ones is a matrix.
        classes : array of shape (n_columns,) or None, default=None
            Labels of the columns of an array, or of all classes that sets may have. None for the names of the columns
            of a DataFrame, the numbers of those of an array, and all labels that sets have, sorted.

        Returns
        -------
        self
            The fitted estimator. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, no sample has a class, or `X`, `y` or `classes` has a wrong shape, is empty,
            or holds what isn't a number, or not 0 and 1.
        SemanticsError
            If `semantics` cannot be used, or a class of `y` has no row.

        Notes
        -----
        A column that no sample has is an unseen class, if it has a row in `semantics`.
        """
        self._check_parameters()
        samples = as_samples(self, X, reset=True)
        labels, present = read_targets(y, classes)
        if len(present) != len(samples):
            raise InvalidInputError(f"X has {len(samples)} samples and y {len(present)} rows; wanted one per sample.")
        seen = present.any(axis=0)
        if not seen.any():
            raise InvalidInputError("y has no sample with a class; wanted a class that some sample has.")
        table = self._read_table(labels)
        known, targets = labels[seen], present[:, seen]
        described = None
        if table is not None:
            check_table(table.rows(known), 1e-100, 1e100)
            described = _held_out.Described(table.rows(known), self.semantic_scaling, table.blocks)

        origin = Scalings(self.feature_scaling, "none", unit=False).origin(samples)
        directions = origin.directions(samples.astype(np.float64))
        centred = Scaler.fit("feature_scaling", self.feature_scaling, directions)
        scaled = centred(directions)
        moments, choice = _held_out.choose(scaled, targets, described, self._grid(), self.cv)
        params = choice.selection.params
        found, other = label_ridge(moments, [float(params["alpha"]), float(params["alpha_unseen"])])
        self._scaler = Scaler(centred.mean, centred.factor, origin)
        self._table, self._columns, self._selection = table, labels, choice.selection
        intercept = choice.slopes * found.intercept + choice.offsets
        own = (np.ones(len(known), dtype=bool), choice.slopes * found.weight, intercept, choice.thresholds)
        self._classes, self._transfer = LinearClasses(known, *own), None
        if described is not None and table is not None:
            self._transfer = _held_out.fitted_transfer(described, other, _held_out.logits(moments), choice)
            rest = ~is_among(table.classes, known.tolist())
            if rest.any():
                new = self._transfer.classes(table.classes[rest], table.vectors[rest])
                self._classes = self._classes.beside(new)
        self._install()
        return self

    def _read_table(self, labels: LabelArray) -> Semantics | None:
        if self.semantics is None:
            return None
        table = as_semantics(self.semantics, text_encoder=self.text_encoder)
        try:
            check_rows("y", table, labels)
        except SemanticsError as error:
            if are_strings(table.classes) and not are_strings(labels):
                raise SemanticsError(
                    f"y has no names of classes, and semantics describes {table.classes[:3].tolist()}; wanted a "
                    "DataFrame with classes as columns, or their names by classes=."
                ) from error
            raise
        return table

    def _grid(self) -> _held_out.Grid:
        kernels: tuple[Kernel, ...] = ("linear", "rbf") if self.kernel == "auto" else (self.kernel,)
        alphas = grid_values(self.alpha, _ALPHAS), grid_values(self.alpha_semantics, _PENALTIES)
        bias = None if isinstance(self.seen_bias, str) else float(self.seen_bias)
        return _held_out.Grid(alphas[0], kernels, alphas[1], bias)

    def _install(self) -> None:
        """Derive what follows from the state."""
        known = self._classes
        self.classes_, self.thresholds_ = known.labels.copy(), known.thresholds.copy()
        self.seen_classes_, self.unseen_classes_ = known.labels[known.seen], known.labels[~known.seen]
        self.selection_, self.seen_bias_ = self._selection.record(), float(self._selection.seen_bias)
        for name in _CHOSEN:
            setattr(self, f"{name}_", self._selection.params[name])

    def _set_state(self, state: dict[str, Any]) -> None:
        width, transfer, table = state["n_features_in_"], state["_transfer"], state["_table"]
        check_together(state["_scaler"].mean.shape == (width,), "samples are scaled at another width")
        check_together(len(state["_classes"].weight) == width, "its classes have weights of another width")
        check_together(
            (transfer is None) == (table is None), "it has one of a class table and a map, and not the other"
        )
        if transfer is not None:
            good = transfer.centre.shape == (width + 2,) and transfer.landmarks.shape[1] == table.vectors.shape[1]
            check_together(good, "its map is of another width than its samples or its table")
        named = set(_CHOSEN) == set(state["_selection"].params)
        check_together(named, f"the chosen values {str(state['_selection'].params)[:80]}")
        super()._set_state(state)
        self._install()

    def _check_state(self) -> None:
        check_finite(self._classes(self._scaler.of_unit(np.zeros((1, self.n_features_in_)))))
        check_finite(self._classes.thresholds)

    def _fingerprint(self) -> Fingerprint | None:
        table = self._table
        return None if table is None or len(table.blocks) > 1 else Fingerprint.of_rows(table.vectors, table.texts)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output, tags.target_tags.single_output = True, False
        tags.classifier_tags.multi_label, tags.classifier_tags.multi_class = True, False
        return tags

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = type(self)(**self.get_params(deep=False))
        shown.semantics = None if self.semantics is None else ShortTable(self.semantics)
        text: str = BaseEstimator.__repr__(shown, N_CHAR_MAX)
        return text
