"""Estimators to fill in: copy this file, keep the class that is like yours, and replace what a comment marks.

Each puts a method of `method.py`, beside this file, behind scikit-learn's interface. `fit`, `predict`, `add_classes`,
calibration, the choice on held-out classes, `save` and the checks of parameters come from the shell. Parameters are
annotated fields: the types are the checks (`Grid`, `Positive`, `Whole` and others of `zsl.estimators`), and `help`
shows the inherited ones, too.
"""

from typing import Any, ClassVar

from method import MyClosedForm, MyEpisodic, MyFrozen, MyTrained  # Replace: where your method is.

from zsl.estimators import (
    ClosedFormClassifier,
    EpisodicClassifier,
    FrozenClassifier,
    GradientClassifier,
    Grid,
    Positive,
    parameters,
)


@parameters
class MyClosedFormClassifier(ClosedFormClassifier):
    """Class whose semantics are at the smallest angle to those predicted by ridge regression.

    Parameters
    ----------
    alpha : float, sequence of float or "auto"
        Penalty on the map. "auto" and a sequence are chosen from, by H on held-out seen classes.

    Attributes
    ----------
    alpha_ : float
        The chosen value.
    """

    alpha: Grid = "auto"  # Replace: one field per hyper-parameter of `solve`.
    _method_class = MyClosedForm
    _grids: ClassVar = {"alpha": (0.01, 0.1, 1.0, 10.0)}  # Replace: what "auto" tries.


@parameters
class MyTrainedClassifier(GradientClassifier):
    """Bilinear compatibility, trained by a loss of your own.

    Parameters
    ----------
    margin : float
        By how much the true class should win; above 0.
    """

    margin: Positive = 1.0  # Replace: parameters of the method's constructor, under the same names.
    learning_rate: Positive = 0.01  # Shared parameters may get another default.
    _method_class = MyTrained


@parameters
class MyEpisodicClassifier(EpisodicClassifier):
    """Class whose mean support sample is nearest; the temperature is trained on episodes of the seen classes.

    Parameters
    ----------
    temperature : float
        What squared distances are divided by at first; above 0.
    """

    temperature: Positive = 1.0

    def _make(self, backbone: Any, n_features: int, generator: Any) -> MyEpisodic:
        return MyEpisodic(None if backbone is None else backbone.module, temperature=float(self.temperature))


@parameters
class MyFrozenClassifier(FrozenClassifier):
    """Class whose mean support sample is nearest, in units of the deviation of each feature."""

    def _make(self, backbone: Any, n_features: int, generator: Any) -> MyFrozen:
        return MyFrozen(n_features)
