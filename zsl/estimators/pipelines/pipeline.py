"""A pipeline of encoders, transformers and an estimator whose classes come and go."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from zsl._typing import LabelArray
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.estimators._calls import changes, snapshot
from zsl.estimators.pipelines._last_step import LastStep
from zsl.estimators.pipelines._other_answers import SKIPPED
from zsl.estimators.pipelines._stored_steps import StoredSteps
from zsl.estimators.saving.models import Savable


class ZeroShotPipeline(LastStep, StoredSteps):
    """A scikit-learn `Pipeline` that ends in an estimator of this package, with all that such an estimator does.

    Wherever samples are given, they go through the steps before: paths of images through an `ImageEncoder`, texts
    through a `TextEncoder`, numbers through a scaler. Whatever takes an estimator of this package takes a pipeline:
    `evaluate_gzsl`, `run_benchmark`, `write_report`, `ClassIndex`, `ZeroShotRetriever`, `AttributeDialogue`.

    `fit` fits copies of the steps and then takes them in, so that a call that raises changes nothing, and other threads
    go on predicting by the steps before. The estimator that was passed stays as it was: ``pipeline[-1]`` is the
    fitted one. Encoders learn nothing, and are used as they are.

    Parameters
    ----------
    steps : list of (str, estimator) pairs
        Names and transformers, and at last an estimator, as for `Pipeline`.
    transform_input : list of str or None, default=None
        As for `Pipeline`.
    memory : str, joblib.Memory or None, default=None
        Where fitted transformers are cached. It isn't stored by `save`.
    verbose : bool, default=False
        Whether to print the time that each step takes to fit.

    See Also
    --------
    ImageEncoder : The first step for images.
    TextEncoder : The first step for texts.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from zsl import RidgePrototypeClassifier, ZeroShotPipeline, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RidgePrototypeClassifier(semantics=split.semantics.select(split.seen_classes))
    >>> pipe = ZeroShotPipeline([("scale", StandardScaler()), ("classes", clf)]).fit(split.X_train, split.y_train)
    >>> pipe = pipe.add_classes(semantics=split.semantics.select([7]))
    >>> pipe.predict(split.X_test_unseen[split.y_test_unseen == 7][:3], classes=[1, 7]).tolist()
    [7, 7, 7]
    """

    @classmethod
    def of(cls, pipeline: Any) -> Self:
        """Take over the steps of a pipeline of scikit-learn, as they are.

        Parameters
        ----------
        pipeline : Pipeline
            Fitted or not. It shares its steps with the new one.

        Returns
        -------
        ZeroShotPipeline
            The same with the methods of this class.
        """
        return cls(list(pipeline.steps), memory=pipeline.memory, verbose=pipeline.verbose)

    @property
    def classes_(self) -> LabelArray:
        """All classes that the last step knows, sorted."""
        found: LabelArray = self.steps[-1][1].classes_
        return found

    @property
    def seen_classes_(self) -> LabelArray:
        """Classes that the last step was fitted on samples of."""
        found: LabelArray = self.steps[-1][1].seen_classes_
        return found

    @property
    def unseen_classes_(self) -> LabelArray:
        """The other known classes."""
        found: LabelArray = self.steps[-1][1].unseen_classes_
        return found

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit copies of the steps, one after the other, and take them in.

        Parameters
        ----------
        X : samples
            As the first step takes them.
        y : array of shape (n_samples,)
            Their labels.
        **params : dict of str to object
            As for `Pipeline`: ``step__name=value``.

        Returns
        -------
        self
            The fitted pipeline. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a step refuses its input.
        """
        return self._fit_whole(X, y, params)

    @changes
    def _fit_whole(self, X: Any, y: Any, params: dict[str, Any]) -> Self:
        self.steps = [(name, _copied(step)) for name, step in self.steps]
        self._marks = {}
        Pipeline.fit(self, X, y, **params)
        return self


def _copied(step: Any) -> Any:
    """A step to be fitted, which shares parameters with the one given; encoders learn nothing."""
    if step in SKIPPED or isinstance(step, (ImageEncoder, TextEncoder)):
        return step
    return snapshot(step) if isinstance(step, Savable) else clone(step)
