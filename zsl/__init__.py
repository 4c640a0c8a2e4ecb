"""Zero-, one- and few-shot classification from class descriptions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zsl.datasets import load_digits_zsl, load_features, make_zero_shot, read_features
    from zsl.estimators import RelationClassifier, load
    from zsl.evaluation import (
        ClassKFold,
        GZSLResult,
        GZSLSplit,
        SeenUnseenCurve,
        accuracy_by_class,
        ausuc_score,
        evaluate_gzsl,
        evaluate_shots,
        harmonic_mean,
        harmonic_score,
        mean_confidence_interval,
        measure_gzsl,
        per_class_accuracy,
        seen_score,
        seen_unseen_curve,
        t1_score,
        unseen_score,
    )
    from zsl.exceptions import (
        InvalidInputError,
        MissingExtraError,
        ModelFileError,
        SemanticsError,
        SemanticsWarning,
        ZSLError,
    )
    from zsl.semantics import Audit, Finding, Semantics

_HOMES = {
    "zsl.datasets": ("load_digits_zsl", "load_features", "make_zero_shot", "read_features"),
    "zsl.estimators": ("RelationClassifier", "load"),
    "zsl.evaluation": (
        "ClassKFold",
        "GZSLResult",
        "GZSLSplit",
        "SeenUnseenCurve",
        "accuracy_by_class",
        "ausuc_score",
        "evaluate_gzsl",
        "evaluate_shots",
        "harmonic_mean",
        "harmonic_score",
        "mean_confidence_interval",
        "measure_gzsl",
        "per_class_accuracy",
        "seen_score",
        "seen_unseen_curve",
        "t1_score",
        "unseen_score",
    ),
    "zsl.exceptions": (
        "InvalidInputError",
        "MissingExtraError",
        "ModelFileError",
        "SemanticsError",
        "SemanticsWarning",
        "ZSLError",
    ),
    "zsl.semantics": ("Audit", "Finding", "Semantics"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "ClassKFold",
    "Finding",
    "GZSLResult",
    "GZSLSplit",
    "InvalidInputError",
    "MissingExtraError",
    "ModelFileError",
    "RelationClassifier",
    "SeenUnseenCurve",
    "Semantics",
    "SemanticsError",
    "SemanticsWarning",
    "ZSLError",
    "accuracy_by_class",
    "ausuc_score",
    "evaluate_gzsl",
    "evaluate_shots",
    "harmonic_mean",
    "harmonic_score",
    "load",
    "load_digits_zsl",
    "load_features",
    "make_zero_shot",
    "mean_confidence_interval",
    "measure_gzsl",
    "per_class_accuracy",
    "read_features",
    "seen_score",
    "seen_unseen_curve",
    "t1_score",
    "unseen_score",
]


def __getattr__(name: str) -> Any:
    # Names are looked up when first used, so that `zsl --help` and the class table don't wait for torch.
    if name not in _HOME_OF:
        raise AttributeError(f"module 'zsl' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
