"""The classic zero-shot estimators in settings that fit in a fraction of a second."""

from zsl.estimators import FeatureGeneratingClassifier, RelationClassifier, zero_shot_methods
from zsl.estimators.zero_shot.closed_form import ClosedFormClassifier

CLASSIC = {name: kind for name, kind in zero_shot_methods().items() if kind is not RelationClassifier}
CLOSED = {name: kind for name, kind in CLASSIC.items() if issubclass(kind, ClosedFormClassifier)}
# A FeatureGeneratingClassifier trains a generator in its own way, and has its own tests of that.
GRADIENT = {
    name: kind for name, kind in CLASSIC.items() if name not in CLOSED and kind is not FeatureGeneratingClassifier
}
SMALL = {
    "n_steps": 40,
    "batch_size": 64,
    "learning_rate": 0.02,
    "hidden": 16,
    "cv": 2,
    "verbose": False,
    "random_state": 0,
}


def small(kind, **parameters):
    """Make an estimator with those of the small settings, and of these parameters, that it has."""
    taken = kind().get_params()
    return kind(**{name: value for name, value in (SMALL | parameters).items() if name in taken})
