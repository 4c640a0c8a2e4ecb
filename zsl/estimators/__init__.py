"""Scikit-learn style estimators, imported when they are first used, and what new ones are derived from."""

from importlib import import_module
from typing import Any

from zsl.estimators.catalog import BY_NAME, few_shot_methods, zero_shot_methods

_KINDS = "Auto Device Finite Folds Grid NotNegative Positive Whole Widths number parameters several whole"
_SHELLS = (
    {
        "ClosedFormClassifier": "zero_shot.closed_form",
        "DescribedClassesClassifier": "_described_classes",
        "EpisodicClassifier": "few_shot._episodic",
        "FittedClassifier": "saving.protocol",
        "FrozenClassifier": "few_shot._frozen",
        "GradientClassifier": "zero_shot._gradient",
        "KnownClassesClassifier": "_known_classes",
        "Ranking": "applications.retriever",
        "SeparateClassesClassifier": "_described_classes",
    }
    | dict.fromkeys(_KINDS.split(), "_parameters")
    | dict.fromkeys(["load", "save"], "saving.folders")
)
"""Public bases, and what parameters are declared with; see `templates/` and CONTRIBUTING."""

__all__ = ["few_shot_methods", "zero_shot_methods"]
__all__ += sorted([*BY_NAME, *_SHELLS])


def __getattr__(name: str) -> Any:
    if name in BY_NAME:
        return BY_NAME[name].load()
    if name in _SHELLS:
        return getattr(import_module(f"zsl.estimators.{_SHELLS[name]}"), name)
    raise AttributeError(f"module 'zsl.estimators' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
