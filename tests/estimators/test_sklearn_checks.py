"""All of scikit-learn's own checks, with no expected failure."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from zsl import RelationClassifier
from zsl.estimators import zero_shot_methods

SMALL = {"n_episodes": 40, "n_folds": 2, "mapper_hidden": (16,), "relation_hidden": (8,), "random_state": 0}
STEPS = {"n_steps": 40, "batch_size": 32, "learning_rate": 0.3, "hidden": 16, "verbose": False, "random_state": 0}


def small(kind):
    """Make an estimator that fits fast."""
    if kind is RelationClassifier:
        return kind(**SMALL)
    return kind(**{name: value for name, value in STEPS.items() if name in kind().get_params()})


@parametrize_with_checks([*map(small, zero_shot_methods().values()), RelationClassifier(**SMALL, similarity="metric")])
def test_sklearn(estimator, check):
    check(estimator)
