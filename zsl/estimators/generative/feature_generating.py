"""Zero-shot classification by generated features and an ordinary classifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from os import PathLike
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from zsl._device import as_device
from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.stored import StoredSamples
from zsl.estimators._described_classes import DescribedClassesClassifier
from zsl.estimators._explanations import Parts
from zsl.estimators._groups import Scaled, Selected, Steps
from zsl.estimators._parameters import Folds, NotNegative, Positive, Whole, as_tuple, number, parameters, several, whole
from zsl.estimators._state import Weights, check_together, filled
from zsl.estimators.generative._explain import explained
from zsl.estimators.generative._light import LightClassifier, check_classifier, check_size
from zsl.estimators.generative._search import GeneratedScores, known_classes
from zsl.estimators.generative._space import GeneratedSpace, n_rows
from zsl.estimators.generative._training import N_CHECKS, GeneratorKind, Training
from zsl.exceptions import InvalidInputError
from zsl.methods.generative.feature_generator import FeatureGenerator
from zsl.selection.folds import ClassFold, TrainingPart, class_folds, class_splits
from zsl.selection.scaling import Scalings
from zsl.selection.search import Point, Selection, search
from zsl.selection.split_moments import SplitMoments
from zsl.semantics import Semantics
from zsl.training.journal import seed_of


@parameters
class FeatureGeneratingClassifier(Scaled, Steps, Selected, DescribedClassesClassifier):
    r"""Ordinary classifier on real features and on generated ones of the classes that have no samples.

    A generator learns on the seen classes how features follow from a semantic vector and noise:

    - "cvae", a conditional variational autoencoder, after A. Mishra et al., "A Generative Model for Zero Shot Learning
      Using Conditional Variational Autoencoders", 2018, arXiv:1709.00663
      (`zsl.methods.generative.feature_cvae.FeatureCVAE`);
    - "wgan", a conditional Wasserstein GAN with gradient penalty and classification loss, after Y. Xian et al.,
      "Feature Generating Networks for Zero-Shot Learning", 2018, arXiv:1712.00981
      (`zsl.methods.generative.feature_wgan.FeatureWGAN`);
    - "aligned_vae", two variational autoencoders with one latent space, after E. Schönfeld et al., "Generalized Zero-
      and Few-Shot Learning via Aligned Variational Autoencoders", 2019, arXiv:1812.01784
      (`zsl.methods.generative.aligned_vae.AlignedVAE`); what is generated and classified are latent vectors.

    The final classifier is trained on real samples of the classes that have some, and on generated ones of those that
    have a semantic vector; each class weighs the same. Only this classifier is trained again: when scores are needed
    after classes were added or removed, and for each subset of classes predicted among. What is generated for a class
    depends on its semantic vector and the seed, not on other classes. The samples that this takes are kept.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None
        The class table, seen and unseen classes; see `RelationClassifier`. Without one, nothing is generated, and
        nothing is chosen on held-out classes.
    generator : {"cvae", "wgan", "aligned_vae"}
        The generator.
    classifier : estimator or None
        The final classifier: any of scikit-learn that has `decision_function` or `predict_proba`; clones of it are
        fitted. If it takes no `sample_weight`, classes weigh by their number of samples. None stands for a logistic
        regression in which the mean loss counts as much as half the squared length of the weights. Its rows are
        samples at the length of the root of their width, or latent vectors.
    n_generated : int, or tuple or list of int
        Samples generated per class without real ones. Several numbers are chosen among on held-out classes.
    hidden : int
        Width of the hidden layers.
    n_latent : int
        Width of the noise or of the latent vectors.
    semantic_noise : float
        Length of the noise that is added to semantic vectors of length 1 in training, 0 or more.
    prior_strength : float
        How many real samples the generated ones of a class count as, where a class has both; above 0. With K real
        samples it is that share of `prior_strength` + K of `n_generated` that is generated.
    unseen_weight : float, or tuple or list of float
        How much a class without training samples weighs for the final classifier, compared with a seen one; above 0.
        This is what the number of generated samples does in the papers, which weigh each sample the same. Several
        numbers are chosen among on held-out classes.
    max_samples : int
        Samples per class that are kept at most, of training or support, in single precision: a random subset that
        depends only on the samples, not on their order. The generator is trained on all.

    Attributes
    ----------
    method_ : FeatureGenerator or None
        The trained generator; None without semantics.
    n_steps_, n_generated_ : int
        Training steps of the generator, and samples generated per class without real ones.
    unseen_weight_ : float
        How much a class without training samples weighs.

    See Also
    --------
    NPlusOneClassifier : Generated samples as an extra class.

    Examples
    --------
    >>> from zsl import FeatureGeneratingClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = FeatureGeneratingClassifier(semantics=split.semantics, n_steps=50, cv=None, random_state=0)
    >>> clf.fit(split.X_train, split.y_train).unseen_classes_
    array([7, 8, 9])
    """

    generator: GeneratorKind = "cvae"
    classifier: Annotated[Any, check_classifier] = None
    n_generated: Whole | Annotated[Sequence[int], several(whole())] = 100
    hidden: Whole = 512
    n_latent: Whole = 32
    semantic_noise: NotNegative = 1.0
    n_steps: Whole = 400
    batch_size: Whole = 128
    learning_rate: Positive = 0.001
    unseen_weight: Positive | Annotated[Sequence[float], several(number(above=0))] = 1.0
    max_samples: Whole = 200
    cv: Folds = 3
    _takes_steps = True
    _state: ClassVar[Mapping[str, Any]] = {
        "_classes": StoredSamples,
        "_sizes": tuple[int, int, int],
        "method_": Weights | None,
        "_space": GeneratedSpace,
        "_selection": Selection,
    }

    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> StoredSamples:
        training = self._training(seed_of(self.random_state))
        scalings = Scalings(self.feature_scaling, self.semantic_scaling, blocks=() if table is None else table.blocks)
        limit = int(self.max_samples)
        origin = scalings.origin(X)
        given = None if self.seen_bias == "auto" else float(self.seen_bias)
        drawing = [
            {"n_generated": int(count), "unseen_weight": float(weight)}
            for count, weight in product(as_tuple(self.n_generated), as_tuple(self.unseen_weight))
        ]
        selection = Selection({"n_steps": int(self.n_steps)} | drawing[0], given or 0.0)
        rows = None if table is None else table.rows(labels)
        opened = table is not None and (self.early_stopping or len(drawing) > 1 or given is None)
        splits = class_splits(self.cv, X, codes, labels) if opened else []
        moments = SplitMoments(X, codes, len(labels), splits, origin)
        part = TrainingPart.of(X, codes, None, moments.whole, rows, scalings, origin)
        method = None
        vectors = np.zeros((0, 0)) if table is None else table.vectors
        classes = StoredSamples.empty(labels, vectors.shape[1], X.shape[1], limit, vectors.dtype)
        classes = classes.with_support(labels[codes], origin.directions(X))
        if table is not None and rows is not None:
            if splits:
                if self.classifier is None:
                    most = max(way["n_generated"] for way in drawing)
                    made = np.ones(len(labels), dtype=bool)
                    check_size(n_rows(classes.counts, made, int(most), float(self.prior_strength)), len(labels))
                numbers = iter(range(1, len(splits) + 1))

                def measure(fold: ClassFold) -> list[tuple[Point, GeneratedScores]]:
                    label = f"held-out classes {next(numbers)}/{len(splits)}"
                    known = known_classes(fold, rows, limit)
                    found = list(self._spaces(training, fold, scalings, drawing, label))
                    return [(point, GeneratedScores.of(space, fold, known, len(found))) for point, space in found]

                selection = search(measure, class_folds(X, codes, rows, splits, moments, scalings, origin), given)
            progress = "all seen classes" if self.verbose else None
            method = training.run(part, selection.params["n_steps"], progress=progress)
            classes = classes.with_semantics(table.classes, table.vectors)
        self._space = self._space_of(training, method, part, scalings, selection.params)
        self._selection, self._sizes = selection, (X.shape[1], part.semantics.shape[1], len(labels))
        self._install()
        return classes

    def _spaces(
        self, training: Training, fold: ClassFold, scalings: Scalings, drawing: Sequence[Point], label: str
    ) -> Iterator[tuple[Point, GeneratedSpace]]:
        """Spaces along the training on a fold, each with all ways to draw from it."""
        found: list[tuple[Point, GeneratedSpace]] = []

        def keep(method: FeatureGenerator, done: int) -> None:
            for way in drawing:
                found.append(({"n_steps": done} | way, self._space_of(training, method, fold.part, scalings, way)))

        every = -(-self.n_steps // N_CHECKS) if self.early_stopping else 0
        progress = label if self.verbose else None
        training.run(fold.part, int(self.n_steps), progress=progress, check_every=every, check=keep)
        yield from found

    def _space_of(
        self, training: Training, method: FeatureGenerator | None, part: TrainingPart, scalings: Scalings, way: Point
    ) -> GeneratedSpace:
        return GeneratedSpace(
            method,
            part.scaler,
            part.semantic_scaler,
            scalings,
            way["n_generated"],
            float(self.prior_strength),
            way["unseen_weight"],
            None if self.classifier is None else clone(self.classifier),
            training.seed,
        )

    def _training(self, seed: int) -> Training:
        return Training(
            self.generator,
            int(self.hidden),
            int(self.n_latent),
            float(self.semantic_noise),
            int(self.batch_size),
            float(self.learning_rate),
            float(self.weight_decay),
            as_device(self.device),
            seed,
        )

    def _install(self) -> None:
        """Derive what follows from the state; scores depend on no parameter set later on."""
        self.method_ = self._space.method
        self._lights: dict[tuple[Any, ...], LightClassifier] = {}
        self._show(self._selection)

    def _set_state(self, state: dict[str, Any]) -> None:
        sizes, table, space = state["_sizes"], state["_table"], state["_space"]
        width = state["n_features_in_"] if table is None else table.vectors.shape[1]
        check_together(sizes[:2] == (state["n_features_in_"], width) and sizes[2] > 1, f"sizes of {sizes}")
        found = space.scaler.mean.shape + space.semantic_scaler.mean.shape
        check_together(found == sizes[:2], f"samples and semantics are scaled at the widths {found}")
        check_together((state["method_"] is None) == (table is None), "a generator without a table, or the reverse")
        self._check_choice(state["_selection"].params)
        if table is not None:
            training = self._training(0)
            method = filled(lambda: training.build(*sizes).double(), state["method_"]).requires_grad_(False).eval()
            state["_space"] = replace(space, method=method)
        super()._set_state(state)
        self._install()

    def _check_scores(self) -> None:
        """Nothing is scored, since that would train the final classifier on as many samples as a file says."""
        self._check_width(self.n_features_in_)

    def save(self, path: str | PathLike[str]) -> None:
        """Save the fitted estimator in a folder, as `Stateful.save`; the default classifier is fitted again on loading.

        Parameters
        ----------
        path : str or path
            The folder.

        Raises
        ------
        InvalidInputError
            If `classifier` isn't the default one, or something other than a model lies at `path`.
        """
        if self.classifier is not None:
            raise InvalidInputError(
                f"classifier={type(self.classifier).__name__} cannot be saved; wanted the default one, None."
            )
        super().save(path)

    def _set_class_attributes(self) -> None:
        super()._set_class_attributes()
        self._lights = {}

    @property
    def scores_alone(self) -> bool:
        """Always False: the final classifier scores classes jointly."""
        return False

    def _embed(self, X: FloatArray) -> FloatArray:  # support is kept so; the space scales it when it is needed
        return self._space.directions(X)

    def _score(self, embedded: FloatArray, classes: Any) -> FloatArray:
        order = np.argsort(classes.labels)
        scores = np.empty((len(embedded), len(classes)))
        scores[:, order] = self._light(classes.take(order)).scores(self._space.embed(embedded))
        return scores

    def _light(self, classes: Any) -> LightClassifier:
        """The final classifier of these classes, in sorted order; of several threads, the first to finish counts."""
        key = tuple(classes.labels.tolist())
        return self._lights.get(key) or self._lights.setdefault(key, self._space.light(classes))

    def _parts(self, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
        return explained(self._space, self._light(self._classes), self._classes, embedded, pair, max_steps)

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        return np.where(classes.seen, 0.0, self.seen_bias_)
