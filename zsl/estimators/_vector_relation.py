"""How `RelationClassifier` is trained: what held-out classes choose, then the network on all seen classes."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from torch import nn

from zsl._device import as_device
from zsl._typing import FloatArray
from zsl.estimators._relation_training import train_network
from zsl.estimators._scaling import Scaler, Scalings
from zsl.estimators._selection import Choice, choose
from zsl.estimators._settings import Settings, as_mix, as_widths
from zsl.exceptions import InvalidInputError
from zsl.methods.relation import RelationNetwork

if TYPE_CHECKING:
    from zsl.estimators.relation import RelationClassifier


def train_on_vectors(
    estimator: "RelationClassifier",
    X: FloatArray,
    codes: NDArray[np.intp],
    rows: FloatArray | None,
    blocks: tuple[int, ...],
) -> tuple[RelationNetwork, Scaler, Scaler, Choice]:
    """Choose what is "auto" on held-out classes, then train on all images.

    `rows` are the semantics of the classes, in `blocks`. The network comes with the scalers of images and semantics,
    and with what was chosen; what the parameters give stands there in place of it, but for the seen-class bias.
    """
    settings = vector_settings(estimator)
    _check_choices(estimator)
    scaler = Scaler.fit("feature_scaling", estimator.feature_scaling, X, codes)
    semantic_scaler = Scaler.fit(
        "semantic_scaling", estimator.semantic_scaling, np.empty((1, 0)) if rows is None else rows, blocks=blocks
    )
    if rows is None:
        settings = settings.without_semantics()
    seed = int(check_random_state(estimator.random_state).randint(2**31 - 1))
    choice = Choice(settings.n_episodes)
    if estimator.early_stopping or "auto" in (estimator.prior_strength, estimator.seen_bias):
        choice = choose(
            settings,
            X,
            codes,
            rows,
            scalings=Scalings(estimator.feature_scaling, estimator.semantic_scaling, blocks=blocks),
            n_folds=estimator.n_folds,
            early_stopping=estimator.early_stopping,
            seen_bias=None if estimator.seen_bias == "auto" else float(estimator.seen_bias),
            seed=seed,
        )
    if estimator.prior_strength != "auto":
        choice = replace(choice, prior_strength=float(estimator.prior_strength))
    network = train_network(
        settings,
        scaler(X),
        codes,
        None if rows is None else semantic_scaler.unit(rows),
        seed=seed,
        n_steps=choice.n_episodes,
        label="all seen classes",
    )
    network.prior_strength.fill_(choice.prior_strength)
    return network, scaler, semantic_scaler, choice


def selection_of(choice: Choice) -> dict[str, Any]:
    """The attribute `selection_`."""
    return {
        "params": {"n_episodes": choice.n_episodes, "prior_strength": choice.prior_strength},
        "history": [list(entry) for entry in choice.history],
        "harmonic_mean": choice.harmonic_mean,
        "seen_bias": [list(pair) for pair in zip(choice.bias_shots, choice.bias, strict=True)],
        "n_folds": choice.n_folds,
    }


def vector_settings(estimator: "RelationClassifier") -> Settings:
    """Check the parameters of the network and its training."""
    if estimator.encoder is not None and not isinstance(estimator.encoder, nn.Module):
        raise InvalidInputError(f"encoder is a {type(estimator.encoder).__name__}; wanted an nn.Module or None.")
    return Settings(
        encoder=estimator.encoder,
        mapper_hidden=as_widths("mapper_hidden", estimator.mapper_hidden),
        relation_hidden=as_widths("relation_hidden", estimator.relation_hidden),
        similarity=estimator.similarity,
        loss=estimator.loss,
        episode_mix=as_mix(estimator.episode_mix),
        n_episodes=estimator.n_episodes,
        n_query=estimator.n_query,
        learning_rate=estimator.learning_rate,
        weight_decay=estimator.weight_decay,
        relation_penalty=estimator.relation_penalty,
        scale=estimator.scale,
        semantic_noise=estimator.semantic_noise,
        feature_noise=estimator.feature_noise,
        device=as_device(estimator.device),
        progress=bool(estimator.verbose),
    )


def _check_choices(estimator: "RelationClassifier") -> None:
    if isinstance(estimator.n_folds, bool) or estimator.n_folds not in range(6):
        raise InvalidInputError(f"n_folds={estimator.n_folds!r}; wanted a whole number from 0 to 5.")
    strength, bias = estimator.prior_strength, estimator.seen_bias
    if strength != "auto" and not (isinstance(strength, (int, float, np.number)) and 0 < strength < np.inf):
        raise InvalidInputError(f"prior_strength={strength!r}; wanted 'auto' or a number above 0.")
    if bias != "auto" and not (isinstance(bias, (int, float, np.number)) and np.isfinite(bias)):
        raise InvalidInputError(f"seen_bias={bias!r}; wanted 'auto' or a finite number.")
