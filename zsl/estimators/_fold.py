"""One fold of the selection: some seen classes play the unseen ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._scaling import Scaler, Scalings
from zsl.estimators._scoring import embed, represent, score
from zsl.estimators._temperature import Scored
from zsl.evaluation.metrics import SeenUnseenCurve, per_class_accuracy, seen_unseen_curve
from zsl.methods.relation import RelationNetwork

PRIOR_STRENGTHS = 2.0 ** np.arange(-2, 9)
"""The grid that κ is chosen from, in units of images."""


class Fold:
    """One set of held-out classes, and the network trained without them, as it was at each check."""

    def __init__(
        self,
        X: FloatArray,
        codes: NDArray[np.intp],
        table: FloatArray | None,
        split: tuple[NDArray[np.intp], NDArray[np.intp]],
        scalings: Scalings,
        rng: np.random.Generator,
    ) -> None:
        train, test = split
        self.kept = np.unique(codes[train])
        is_seen = np.isin(codes[test], self.kept)
        X = Scaler.fit("feature_scaling", scalings.features, X[train], codes[train])(X)
        self.X_train, self.y_train = X[train], codes[train]
        self.X_seen, self.y_seen = X[test[is_seen]], codes[test[is_seen]]
        self.X_held, self.y_held = X[test[~is_seen]], codes[test[~is_seen]]
        self.networks: dict[int, RelationNetwork] = {}
        self._rng = rng
        labels = np.arange(codes.max() + 1)
        described = np.full(len(labels), table is not None)
        rows: FloatArray = np.zeros((len(labels), 0))
        if table is not None:
            scaler = Scaler.fit("semantic_scaling", scalings.semantics, table[self.kept], blocks=scalings.blocks)
            rows = scaler.unit(table)
        self._rows, self._seen, self._described = rows, np.isin(labels, self.kept), described

    @property
    def semantics(self) -> FloatArray | None:
        """Scaled rows of the classes that are trained on."""
        return self._rows[self.kept] if self._described.any() else None

    def curves(self, network: RelationNetwork, shots: int, count: int) -> list[SeenUnseenCurve]:
        """Seen-unseen curves with the held-out classes as the unseen ones, one a draw of the support."""
        classes = self._known(network)
        kept, held_out = classes.take(classes.seen), classes.take(~classes.seen)
        seen, held = embed(network, self.X_seen), embed(network, self.X_held)
        of_kept = represent(network, kept)
        seen_on_kept, held_on_kept = score(network, seen, of_kept), score(network, held, of_kept)
        found = []
        for support in self._supports(shots, count):
            of_held = represent(network, held_out.with_support(self.y_held[support], held[support]))
            found.append(
                seen_unseen_curve(
                    np.hstack([seen_on_kept, score(network, seen, of_held)]),
                    self.y_seen,
                    np.hstack([held_on_kept[~support], score(network, held[~support], of_held)]),
                    self.y_held[~support],
                    classes=np.concatenate([kept.labels, held_out.labels]),
                    seen_classes=kept.labels,
                )
            )
        return found

    def scored(self, network: RelationNetwork, shots: int) -> Scored:
        """All scores of the test images without a bias, with one draw of the support."""
        classes = self._known(network)
        seen, held = embed(network, self.X_seen), embed(network, self.X_held)
        (support,) = self._supports(shots, 1)
        classes = classes.with_support(self.y_held[support], held[support])
        images = np.concatenate([seen, held[~support]])
        scores = score(network, images, represent(network, classes))
        return scores, classes.seen, np.concatenate([self.y_seen, self.y_held[~support]])

    def accuracies(self, network: RelationNetwork, shots: int, count: int) -> FloatArray:
        """T1 among the held-out classes for each prior strength of the grid, averaged over draws of the support."""
        classes = self._known(network)
        held_out, held = classes.take(~classes.seen), embed(network, self.X_held)
        found = np.zeros(len(PRIOR_STRENGTHS))
        for support in self._supports(shots, count):
            among = held_out.with_support(self.y_held[support], held[support])
            for place, strength in enumerate(PRIOR_STRENGTHS):
                network.prior_strength.fill_(strength)
                scores = score(network, held[~support], represent(network, among))
                found[place] += per_class_accuracy(self.y_held[~support], among.labels[scores.argmax(axis=1)]) / count
        return found

    def _known(self, network: RelationNetwork) -> ClassRegistry:
        """What is known of all classes before any support of the held-out ones."""
        n, width = len(self._rows), network.relation.n_features
        classes = ClassRegistry(
            np.arange(n), self._seen, self._described, self._rows, np.zeros((0, width)), np.zeros(n)
        )
        return classes if self._described.any() else classes.with_support(self.y_train, embed(network, self.X_train))

    def _supports(self, shots: int, count: int) -> Iterator[NDArray[np.bool_]]:
        """Which held-out images are drawn as support: `shots` of each class, `count` times."""
        for _ in range(count if shots else 1):
            support = np.zeros(len(self.y_held), dtype=bool)
            for label in np.unique(self.y_held):
                support[self._rng.permutation(np.flatnonzero(self.y_held == label))[:shots]] = True
            yield support
