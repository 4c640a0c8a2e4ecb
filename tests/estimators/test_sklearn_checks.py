"""All of scikit-learn's own checks; those that some estimator cannot pass by what it is are named with the reason."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from zsl import (
    BDCSPNClassifier,
    FeatureGeneratingClassifier,
    LaplacianShotClassifier,
    MAMLClassifier,
    MatchingClassifier,
    MemoryAugmentedClassifier,
    MetaLSTMClassifier,
    NPlusOneClassifier,
    PromptClassifier,
    PrototypicalClassifier,
    RelationClassifier,
    RelationNetworkClassifier,
    SharedGaussianClassifier,
    SiameseClassifier,
    SimpleShotClassifier,
    TipAdapterClassifier,
)
from zsl.estimators import zero_shot_methods

SMALL = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "random_state": 0}
STEPS = {"n_steps": 40, "batch_size": 32, "learning_rate": 0.3, "hidden": 16, "verbose": False, "random_state": 0}
FEW_SHOT = [
    SiameseClassifier(n_episodes=5),
    MatchingClassifier(n_episodes=5),
    MatchingClassifier(full_context=True, n_episodes=5),
    RelationNetworkClassifier(n_episodes=5),
    RelationNetworkClassifier(n_episodes=60, similarity="relation", loss="mse", random_state=0),
    PrototypicalClassifier(),
    *[PrototypicalClassifier(refinement=each, n_episodes=5) for each in ("soft_kmeans", "distractor", "masked")],
    *[MAMLClassifier(algorithm=each, n_episodes=5) for each in ("maml", "first_order", "anil")],
    MetaLSTMClassifier(n_episodes=5, inner_steps=3),
    MemoryAugmentedClassifier(n_episodes=5, n_hidden=16, n_slots=16, slot_width=8, n_reads=1, n_tasks=2),
    SimpleShotClassifier(),
    SharedGaussianClassifier(),
    TipAdapterClassifier(),
    BDCSPNClassifier(),
    LaplacianShotClassifier(),
]
GENERATED = [
    *[FeatureGeneratingClassifier(**STEPS, generator=each) for each in ("wgan", "aligned_vae")],
    NPlusOneClassifier(**STEPS | {"n_steps": 80, "learning_rate": 0.01, "weight_decay": 0.01}),
]


def small(kind):
    """Make an estimator that fits fast."""
    if kind is RelationClassifier:
        return kind(**SMALL)
    return kind(**{name: value for name, value in STEPS.items() if name in kind().get_params()})


def cannot_pass(estimator):
    """The checks that ask for the contrary of what an estimator is for, each with the reason."""
    if isinstance(estimator, (BDCSPNClassifier, LaplacianShotClassifier)):
        return {"check_methods_subset_invariance": "transductive: images of a call are labelled together"}
    if isinstance(estimator, PrototypicalClassifier) and estimator.refinement is not None:
        return {"check_classifiers_classes": "-1 marks images without a label, and the check takes it for a class"}
    return {}


@parametrize_with_checks(
    [
        *map(small, zero_shot_methods().values()),
        RelationClassifier(**SMALL, similarity="both"),
        PromptClassifier(),
        *FEW_SHOT,
        *GENERATED,
    ],
    expected_failed_checks=cannot_pass,
)
def test_sklearn(estimator, check):
    check(estimator)
