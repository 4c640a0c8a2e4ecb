"""All of scikit-learn's own checks, once per estimator; those that one cannot pass by what it is are named with why."""

from inspect import signature

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from zsl import PrototypicalClassifier, RelationClassifier
from zsl.estimators.catalog import CATALOG

STEPS = {"n_steps": 40, "batch_size": 32, "learning_rate": 0.3, "hidden": 16}
SMALL = {
    "n_episodes": 5,
    "inner_steps": 2,
    "n_tasks": 2,
    "cv": 2,
    "random_state": 0,
    "verbose": False,
}
"""For an estimator that has them: enough to tell blobs apart, as some of the checks want."""
OWN = {
    "MetaLSTMClassifier": {"inner_steps": 3},
    "MemoryAugmentedClassifier": {"n_hidden": 16, "n_slots": 16, "slot_width": 8, "n_reads": 1},
    "NPlusOneClassifier": {"n_steps": 80, "learning_rate": 0.01, "weight_decay": 0.01, "cv": None},
}
TRANSDUCTIVE = ("BDCSPNClassifier", "LaplacianShotClassifier")


def small(kind, **more):
    """Make an estimator that fits fast."""
    taken = kind().get_params()
    given = (
        SMALL
        | ({} if taken.get("cv") else {"cv": None})
        | (STEPS if "n_steps" in taken else {})
        | OWN.get(kind.__name__, {})
        | more
    )
    return kind(**{name: value for name, value in given.items() if name in taken})


def cannot_pass(estimator):
    """The checks that ask for the contrary of what an estimator is for, each with the reason."""
    if type(estimator).__name__ in TRANSDUCTIVE:
        return {"check_methods_subset_invariance": "transductive: samples of a call are labelled together"}
    if isinstance(estimator, PrototypicalClassifier) and estimator.refinement is not None:
        return {"check_classifiers_classes": "-1 marks samples without a label, and the check takes it for a class"}
    if "sample_weight" in signature(estimator.fit).parameters:
        return {
            "check_sample_weight_equivalence_on_dense_data": "its folds hold out samples, and ours whole classes: "
            "tests/laws/test_sample_weight.py"
        }
    return {}


TRAINED_LONGEST = (*OWN, "MAMLClassifier")
AGAIN = ("check_classifiers_train", "check_classifier_data_not_an_array", "check_estimators_dtypes")
"""Checks that fit once more what others fit, in other forms or types: slow where training is longest."""


def all_checks():
    """What scikit-learn checks of each estimator."""
    estimators = [
        *[small(entry.load()) for entry in CATALOG if entry.knows],
        small(RelationClassifier, similarity="both"),
        small(PrototypicalClassifier, refinement="masked"),
    ]
    mark = parametrize_with_checks(estimators, expected_failed_checks=cannot_pass)
    names, given = mark.args
    return pytest.mark.parametrize(names, [maybe_slow(each) for each in given], **mark.kwargs)


def maybe_slow(given):
    """An estimator and its check, which may be marked as slow."""
    estimator, check = given.values if hasattr(given, "values") else given
    plain = check.func.__name__ == "check_classifiers_train" and not check.keywords
    if type(estimator).__name__ not in TRAINED_LONGEST or check.func.__name__ not in AGAIN or plain:
        return given
    return pytest.param(estimator, check, marks=[*getattr(given, "marks", ()), pytest.mark.slow])


# Samples of some checks lie far from the origin; a comparison by the cosine, without centring, warns of that.
@pytest.mark.filterwarnings("ignore::zsl.exceptions.ScalingWarning")
@all_checks()
def test_sklearn(estimator, check):
    check(estimator)
