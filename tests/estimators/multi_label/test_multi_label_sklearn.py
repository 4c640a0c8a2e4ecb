"""Scikit-learn's own checks of a classifier with several classes per sample."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from zsl import MultiLabelClassifier


def cannot_pass(estimator):
    """What scikit-learn asks of classifiers that answer one label per sample, or by probability 0.5."""
    one = "y has one label per sample there, or a column of numbers other than 0 and 1"
    names = ["not_supporting_multiclass", "s_classes", "s_train", "s_regression_target"]
    return {f"check_classifier_{name}".replace("_s_", "s_"): one for name in names} | {
        "check_classifier_data_not_an_array": one,
        "check_decision_proba_consistency": one,
        "check_estimators_dtypes": one,
        "check_fit2d_1feature": one,
        "check_classifier_multioutput": "thresholds are those of best F1, and not probability 0.5",
    }


@parametrize_with_checks([MultiLabelClassifier()], expected_failed_checks=cannot_pass)
def test_sklearn(estimator, check):
    check(estimator)
