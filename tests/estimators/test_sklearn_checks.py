"""All of scikit-learn's own checks, with no expected failure."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from zsl import RelationClassifier

SMALL = {"n_episodes": 40, "n_folds": 2, "mapper_hidden": (16,), "relation_hidden": (8,), "random_state": 0}


@parametrize_with_checks([RelationClassifier(**SMALL), RelationClassifier(**SMALL, similarity="metric")])
def test_sklearn(estimator, check):
    check(estimator)
