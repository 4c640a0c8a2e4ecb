"""Zero-, one- and few-shot classification from class descriptions."""

import gc
from importlib import import_module
from typing import Any

from zsl.estimators.catalog import CATALOG

__version__ = "0.1.0"

_HOMES = {
    "zsl.datasets": (
        "load_cifar_fs load_digits_zsl load_fc100 load_features load_folder load_gbu load_mini_imagenet load_omniglot"
    ),
    "zsl.encoders": "ImageEncoder TextEncoder WordVectors",
    "zsl.estimators.catalog": "few_shot_methods zero_shot_methods",
    "zsl.estimators.saving.folders": "load save",
    "zsl.evaluation": (
        "ClassKFold FewShotSplit GZSLSplit evaluate_episodes evaluate_gzsl evaluate_shots run_benchmark"
    ),
    "zsl.exceptions": (
        "InvalidInputError MissingExtraError ModelFileError ScalingWarning SemanticsError SemanticsWarning ZSLError"
    ),
    "zsl.report": "write_report",
    "zsl.scale": "export",
    "zsl.semantics": "Semantics",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()} | {
    entry.name: f"zsl.estimators.{entry.module}" for entry in CATALOG
}
_ROOMS = (
    "zsl.evaluation",
    "zsl.datasets",
    "zsl.semantics",
    "zsl.taxonomy",
    "zsl.plots",
    "zsl.encoders",
    "zsl.estimators",
)

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    # Names are looked up when first used, so that `zsl --help` and the class table don't wait for PyTorch.
    if name in _HOME_OF:
        return getattr(_imported(_HOME_OF[name]), name)
    homes = [] if name.startswith("_") else [room for room in _ROOMS if name in import_module(room).__all__]
    if homes or name.startswith("_"):
        hint = f"; it is in {homes[0]}" if homes else ""
    else:
        hint = import_module("zsl._suggestions").did_you_mean(name, __all__).replace(" Did", ". Did", 1)
    raise AttributeError(f"module 'zsl' has no attribute {name!r}{hint}", name=name)


def _imported(home: str) -> Any:
    """Import a module without garbage collection: what imports make stays, and is looked through again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return import_module(home)
    finally:
        if collects:
            gc.enable()


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
