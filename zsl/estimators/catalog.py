"""The catalogue: one line per estimator, from which names, loading, the command line and the checks follow.

Nothing here waits for PyTorch: an estimator's module is imported when the estimator is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

Knows = Literal["semantics", "support", "texts", "samples", ""]


@dataclass(frozen=True)
class Entry:
    """One estimator.

    Parameters
    ----------
    name : str
        Name of the class, which files are saved under.
    module : str
        Where it is, below `zsl.estimators`.
    knows : {"semantics", "support", "texts", "samples", ""}
        What a class is known by that no sample was trained on: any semantics, a few samples alone, texts of the encoder
        that encoded X, or samples that all is trained on again. Empty for what isn't a classifier.
    small : dict
        Parameters for a quick fit in checks.
    exempt : tuple of str
        Laws of `zsl.testing` that don't apply.
    """

    name: str
    module: str
    knows: Knows
    small: dict[str, Any] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()

    def load(self) -> type[Any]:
        """Import the class."""
        found: type[Any] = getattr(import_module(f"zsl.estimators.{self.module}"), self.name)
        return found


_QUIET = {"random_state": 0, "device": "cpu", "verbose": False}
_STEPS = {"n_steps": 30} | _QUIET
_EPISODES = {"n_episodes": 20, "n_way": 3} | _QUIET
_FROZEN = {"device": "cpu", "cv": 2}

CATALOG: tuple[Entry, ...] = (
    Entry("ALEClassifier", "zero_shot.ranking", "semantics", _STEPS),
    Entry("ClassNormalizationClassifier", "zero_shot.visual_space", "semantics", _STEPS | {"hidden": 32}),
    Entry("ConSEClassifier", "zero_shot.mixtures", "semantics", _STEPS),
    Entry("DAPClassifier", "zero_shot.attributes", "semantics", _STEPS),
    Entry("DEMClassifier", "zero_shot.visual_space", "semantics", _STEPS | {"hidden": 32}),
    Entry("DeViSEClassifier", "zero_shot.ranking", "semantics", _STEPS),
    Entry("ESZSLClassifier", "zero_shot.closed_form", "semantics"),
    Entry("FeatureGeneratingClassifier", "generative.feature_generating", "semantics", _STEPS | {"hidden": 16}),
    Entry("IAPClassifier", "zero_shot.attributes", "semantics", _STEPS),
    Entry("LatEmClassifier", "zero_shot.ranking", "semantics", _STEPS),
    Entry("RelationClassifier", "relation.classifier", "semantics", _QUIET),
    Entry("RidgePrototypeClassifier", "zero_shot.closed_form", "semantics"),
    Entry("SAEClassifier", "zero_shot.closed_form", "semantics"),
    Entry("SJEClassifier", "zero_shot.ranking", "semantics", _STEPS),
    Entry("SSEClassifier", "zero_shot.mixtures", "semantics", _STEPS),
    Entry("SynCClassifier", "zero_shot.closed_form", "semantics"),
    Entry("BDCSPNClassifier", "few_shot.transductive", "support", _FROZEN, ("check_batches",)),
    Entry("LaplacianShotClassifier", "few_shot.transductive", "support", _FROZEN, ("check_batches",)),
    Entry("MAMLClassifier", "few_shot.learners", "support", _EPISODES | {"hidden": (8,), "n_tasks": 2}),
    Entry("MatchingClassifier", "few_shot.metric", "support", _EPISODES),
    Entry("MemoryAugmentedClassifier", "few_shot.learners", "support", _EPISODES | {"n_slots": 8, "n_hidden": 8}),
    Entry("MetaLSTMClassifier", "few_shot.learners", "support", _EPISODES | {"hidden": (8,)}),
    Entry("PrototypicalClassifier", "few_shot.metric", "support", _EPISODES),
    Entry("RelationNetworkClassifier", "few_shot.metric", "support", _EPISODES),
    Entry("SharedGaussianClassifier", "few_shot.frozen", "support", _FROZEN),
    Entry("SiameseClassifier", "few_shot.metric", "support", _EPISODES),
    Entry("SimpleShotClassifier", "few_shot.frozen", "support", _FROZEN),
    Entry("TipAdapterClassifier", "few_shot.frozen", "support", _FROZEN),
    Entry("AnchoredProbeClassifier", "joint.adapters", "texts"),
    Entry("BlendedProbeClassifier", "joint.adapters", "texts"),
    Entry("KernelResidualClassifier", "joint.adapters", "texts"),
    Entry("PromptClassifier", "zero_shot.prompt", "texts"),
    Entry("NPlusOneClassifier", "generative.n_plus_one", "samples", _STEPS | {"hidden": 16}, ("check_removal",)),
    Entry("AttributePredictor", "applications.attribute_predictor", ""),
    Entry("AttributeDialogue", "applications.attribute_dialogue", ""),
    Entry("ClassIndex", "applications.class_index", ""),
    Entry("RankClassifier", "ranks.classifier", ""),
    Entry("ZeroShotRetriever", "applications.retriever", ""),
    Entry("MultiLabelClassifier", "multi_label.classifier", ""),
    Entry("ZeroShotPipeline", "pipelines.pipeline", ""),
    Entry("ConformalClassifier", "sets.classifier", ""),
)
BY_NAME = {entry.name: entry for entry in CATALOG}


def zero_shot_methods() -> dict[str, type[Any]]:
    """List the estimators that predict unseen classes from any semantics.

    `PromptClassifier`, for class texts that were encoded together with the images, is left out.

    Returns
    -------
    dict of str to class
        Each estimator by its name, sorted.
    """
    return _of("semantics")


def few_shot_methods() -> dict[str, type[Any]]:
    """List the estimators that know classes by support samples alone; `RelationClassifier` does both.

    Returns
    -------
    dict of str to class
        Each estimator by its name, sorted.
    """
    return _of("support")


def _of(knows: Knows) -> dict[str, type[Any]]:
    return {entry.name: entry.load() for entry in sorted(CATALOG, key=lambda e: e.name) if entry.knows == knows}


def fitted_by_blocks() -> list[str]:
    """Names of the estimators whose `fit` reads samples on disk block by block."""
    return [entry.name for entry in CATALOG if getattr(entry.load(), "_fits_by_blocks", False)]
