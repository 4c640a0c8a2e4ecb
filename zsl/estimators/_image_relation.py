"""What `RelationClassifier` does with a backbone: a relation network on images, known by support images alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from torch import Tensor

from zsl._device import as_device
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._checks import check_number, check_whole
from zsl.estimators._episode_training import History, embed_blocks, train_on_episodes
from zsl.estimators._images import Shape, build_backbone, channel_moments
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._settings import as_mix
from zsl.exceptions import InvalidInputError
from zsl.methods.convolutional_relation import ConvolutionalRelationNetwork
from zsl.training.few_shot import EpisodeTraining

if TYPE_CHECKING:
    from zsl.estimators.relation import RelationClassifier

_N_SPLITS = 2
_BLOCK = 4096


def build_relation(
    estimator: "RelationClassifier", shape: Shape, moments: tuple[Tensor, Tensor] | None, generator: torch.Generator
) -> ConvolutionalRelationNetwork:
    """Build the network that the parameters describe."""
    backbone = build_backbone(estimator.backbone, shape, moments, maps=True, generator=generator)
    return ConvolutionalRelationNetwork(
        backbone.module,
        map_shape=backbone.map_shape,
        similarity="relation" if estimator.similarity == "relation" else "both",
        transductive=bool(estimator.transductive),
        loss=estimator.loss,
        generator=generator,
    )


def train_relation(
    estimator: "RelationClassifier", X: NDArray[Any], codes: NDArray[np.intp], groups: Any, validation: Any
) -> tuple[ConvolutionalRelationNetwork, History]:
    """Build and train the network; return it with its accuracies on validation classes."""
    how = image_episodes(estimator)
    generator = torch.Generator().manual_seed(int(check_random_state(estimator.random_state).randint(2**31 - 1)))
    shape = (int(X.shape[1]), int(X.shape[2]), int(X.shape[3]))
    device = as_device(estimator.device)
    network = build_relation(estimator, shape, channel_moments(X), generator).to(device)
    history = train_on_episodes(
        network,
        X,
        codes,
        how,
        groups=groups,
        validation=validation,
        device=device,
        generator=generator,
        verbose=bool(estimator.verbose),
    )
    return network.requires_grad_(False).eval(), history


def known_by_images(
    network: ConvolutionalRelationNetwork,
    X: NDArray[Any],
    codes: NDArray[np.intp],
    labels: LabelArray,
    device: torch.device,
) -> ClassRegistry:
    """Classes by the sums of their images' maps, in blocks of images."""
    classes = ClassRegistry.of_seen(labels, 0, embed_blocks(network, X[:2], device).shape[1])
    for start in range(0, len(X), _BLOCK):
        block = slice(start, start + _BLOCK)
        classes = classes.with_support(labels[codes[block]], embed_blocks(network, X[block], device))
    return classes


def score_images(network: ConvolutionalRelationNetwork, embedded: FloatArray, classes: ClassRegistry) -> FloatArray:
    """Score embedded images against classes; each class is one support image, its mean."""
    kind = next(network.parameters())
    means = classes.sums / np.maximum(classes.counts, 1)[:, None]
    with torch.inference_mode():
        scores = network.scores(
            torch.as_tensor(means, dtype=kind.dtype, device=kind.device)[None],
            torch.arange(len(classes), device=kind.device)[None],
            torch.as_tensor(embedded, dtype=kind.dtype, device=kind.device)[None],
            len(classes),
        )
    found: FloatArray = scores[0].cpu().numpy().astype(np.float64)
    return found


def image_episodes(estimator: "RelationClassifier") -> EpisodeTraining:
    """Check the parameters; episodes of `n_way` classes, where the mix of shots becomes a sequence to go through."""
    if estimator.semantics is not None:
        raise InvalidInputError("semantics was given beside a backbone; a backbone learns from images alone.")
    if estimator.encoder is not None:
        raise InvalidInputError("encoder was given beside a backbone; wanted one of them.")
    if estimator.similarity not in ("both", "relation"):
        raise InvalidInputError(f"similarity={estimator.similarity!r} with a backbone; wanted 'both' or 'relation'.")
    if estimator.loss not in ("cross_entropy", "mse"):
        raise InvalidInputError(f"loss={estimator.loss!r}; wanted 'cross_entropy' or 'mse'.")
    if estimator.precision not in ("float32", "bfloat16"):
        raise InvalidInputError(f"precision={estimator.precision!r}; wanted 'float32' or 'bfloat16'.")
    check_whole("n_way", estimator.n_way, 2)
    for name in ("n_episodes", "n_query"):
        check_whole(name, getattr(estimator, name))
    check_number("learning_rate", estimator.learning_rate, above=0)
    check_number("weight_decay", estimator.weight_decay, least=0)
    return EpisodeTraining(
        n_way=int(estimator.n_way),
        n_shot=_cycle(as_mix(estimator.episode_mix)),
        n_query=max(1, int(estimator.n_query) // int(estimator.n_way)),
        n_episodes=int(estimator.n_episodes),
        n_splits=_N_SPLITS,
        learning_rate=float(estimator.learning_rate),
        weight_decay=float(estimator.weight_decay),
        augment=bool(estimator.augment),
        bfloat16=estimator.precision == "bfloat16",
    )


def _cycle(mix: Sequence[tuple[int, float]]) -> tuple[int, ...]:
    few = [(shots, share) for shots, share in mix if shots] or [(1, 1.0)]
    least = min(share for _, share in few)
    return tuple(shots for shots, share in few for _ in range(min(20, round(share / least))))
