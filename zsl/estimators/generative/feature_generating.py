"""Zero-shot classification by generated features and an ordinary classifier, as an estimator."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Literal, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from zsl._device import as_device
from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.stored import ClassImages
from zsl.estimators._checks import check_number, check_whole
from zsl.estimators._described_classes import ClassDescriptionClassifier
from zsl.estimators._packing import Header, Tensors
from zsl.estimators.generative._files import pack, unpack
from zsl.estimators.generative._light import LightClassifier, check_classifier
from zsl.estimators.generative._search import choose
from zsl.estimators.generative._space import GeneratedSpace
from zsl.estimators.generative._training import GENERATORS, N_CHECKS, GeneratorKind, Training
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import unit_moments
from zsl.methods.generative.feature_generator import FeatureGenerator
from zsl.selection.folds import ClassFold, TrainingPart, class_folds, class_splits
from zsl.selection.scaling import FEATURE_SCALINGS, SCALINGS, FeatureScaling, Scaling, Scalings
from zsl.selection.search import Point, Selection
from zsl.semantics import Semantics


class FeatureGeneratingClassifier(ClassDescriptionClassifier):
    r"""Generate features of the classes that have no images, and train an ordinary classifier on real and generated.

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

    The light classifier is trained on real images of the classes that have some, and on generated ones of those that
    have a semantic vector; each class weighs the same. It is trained again, and nothing else is, once scores are asked
    for after classes have come or gone, and for each set of classes that is chosen among. What is generated of a class
    depends on its semantic vector and the seed, not on other classes. The images that this takes are kept.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None, default=None
        The class table, seen and unseen classes; see `RelationClassifier`. Without one, nothing is generated, and
        nothing is chosen on held-out classes.
    text_encoder : str, path, object or None, default=None
        Encodes the sentences of `semantics`, if it holds any.
    generator : {"cvae", "wgan", "aligned_vae"}, default="cvae"
        The generator.
    classifier : estimator or None, default=None
        The light classifier: any of scikit-learn that has `decision_function` or `predict_proba`; clones of it are
        fitted. If it takes no `sample_weight`, classes weigh by their number of images. None stands for a logistic
        regression in which the mean loss counts as much as half the squared length of the weights. Its rows are
        images at the length of the root of their width, or latent vectors.
    n_generated : int, or tuple or list of int, default=100
        Images generated of a class without real ones. Several numbers are chosen among on held-out classes.
    hidden : int, default=512
        Width of the hidden layers.
    n_latent : int, default=32
        Width of the noise or of the latent vectors.
    semantic_noise : float, default=1.0
        Length of the noise that is added to semantic vectors of length 1 in training, 0 or more.
    n_steps : int, default=400
        Training steps; the most there will be if `early_stopping` is on.
    batch_size : int, default=128
        Images a step.
    learning_rate : float, default=0.001
        First step size of AdamW; it falls along half a cosine.
    weight_decay : float, default=0.0001
        Weight decay of AdamW.
    early_stopping : bool, default=True
        Whether the number of steps is chosen on held-out classes.
    feature_scaling : {"whiten", "standard", "center", "none"}, default="center"
        How images of length 1 are scaled; see `ClassNormalizationClassifier`.
    semantic_scaling : {"center", "standard", "none"}, default="center"
        The same for the attributes over the seen classes; rows are brought to length 1 afterwards.
    prior_strength : float, default=4.0
        How many real images the generated ones of a class count as, where a class has both; above 0. With K real
        images it is that share of `prior_strength` + K of `n_generated` that is generated.
    unseen_weight : float, or tuple or list of float, default=1.0
        How much a class without training images weighs for the light classifier, compared with a seen one; above 0.
        This is what the number of generated images does in the papers, which weigh each image the same. Several
        numbers are chosen among on held-out classes.
    max_images : int, default=200
        Images of a class that are kept at most, of training or support, in single precision: a sample by their
        content, the same in whatever order and parts they come. The generator is trained on all.
    seen_bias : float or "auto", default="auto"
        The bias :math:`\gamma` that calibrated stacking takes off the scores of seen classes, in units of the score.
    cv : int, splitter or None, default=3
        Folds of held-out seen classes that everything left open is chosen on: their number, or a splitter such as
        `ClassKFold`. With None or fewer than four seen classes nothing is chosen.
    device : str, default="auto"
        Where to train: "cpu", "cuda" and so on; "auto" takes a GPU if there is one. Prediction is on the CPU.
    verbose : bool, default=True
        Whether a terminal or notebook shows progress when training takes over two seconds.
    random_state : int, RandomState or None, default=None
        An integer gives the same model twice on a CPU.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training images, and the others.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.
    seen_bias_ : float
        :math:`\gamma`.
    temperature_ : float
        What `predict_proba` divides calibrated scores by, in units of the score, chosen by likelihood on held-out
        classes; 1 if none were held out.
    n_steps_, n_generated_ : int
        Training steps of the generator, and images generated of a class without real ones.
    unseen_weight_ : float
        How much a class without training images weighs.
    selection_ : dict
        What held-out classes said: "params", the chosen values; "harmonic_mean" there; "n_folds"; and "grid", one
        record a point.

    Examples
    --------
    >>> from zsl import FeatureGeneratingClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = FeatureGeneratingClassifier(semantics=split.semantics, n_steps=50, cv=None, random_state=0)
    >>> clf.fit(split.X_train, split.y_train).unseen_classes_
    array([7, 8, 9])
    """

    _classes: ClassImages

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        generator: GeneratorKind = "cvae",
        classifier: Any = None,
        n_generated: int | Sequence[int] = 100,
        hidden: int = 512,
        n_latent: int = 32,
        semantic_noise: float = 1.0,
        n_steps: int = 400,
        batch_size: int = 128,
        learning_rate: float = 0.001,
        weight_decay: float = 0.0001,
        early_stopping: bool = True,
        feature_scaling: FeatureScaling = "center",
        semantic_scaling: Scaling = "center",
        prior_strength: float = 4.0,
        unseen_weight: float | Sequence[float] = 1.0,
        max_images: int = 200,
        seen_bias: float | Literal["auto"] = "auto",
        cv: Any = 3,
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.generator = generator
        self.classifier = classifier
        self.n_generated = n_generated
        self.hidden = hidden
        self.n_latent = n_latent
        self.semantic_noise = semantic_noise
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.feature_scaling = feature_scaling
        self.semantic_scaling = semantic_scaling
        self.prior_strength = prior_strength
        self.unseen_weight = unseen_weight
        self.max_images = max_images
        self.seen_bias = seen_bias
        self.cv = cv
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def _fit(self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None) -> ClassImages:
        self._check_parameters()
        training = self._training(int(check_random_state(self.random_state).randint(2**31 - 1)))
        scalings = Scalings(self.feature_scaling, self.semantic_scaling, blocks=() if table is None else table.blocks)
        limit = int(self.max_images)
        whole = unit_moments(X, codes, len(labels))
        given = None if self.seen_bias == "auto" else float(self.seen_bias)
        drawing = [
            {"n_generated": int(count), "unseen_weight": float(weight)}
            for count, weight in product(_as_list(self.n_generated), _as_list(self.unseen_weight))
        ]
        selection = Selection({"n_steps": int(self.n_steps)} | drawing[0], given or 0.0)
        rows = None if table is None else table.rows(labels)
        part = TrainingPart.of(X, codes, None, whole, rows, scalings)
        method = None
        classes = ClassImages.empty(labels, 0 if table is None else table.vectors.shape[1], X.shape[1], limit)
        classes = classes.with_support(labels[codes], X)
        if table is not None and rows is not None:
            opened = self.early_stopping or len(drawing) > 1 or given is None
            splits = class_splits(self.cv, X, codes) if opened else []
            if splits:
                numbers = iter(range(1, len(splits) + 1))

                def spaces(fold: ClassFold) -> Iterator[tuple[Point, GeneratedSpace]]:
                    label = f"held-out classes {next(numbers)}/{len(splits)}"
                    yield from self._spaces(training, fold, scalings, drawing, label)

                folds = class_folds(X, codes, rows, splits, whole, scalings)
                selection = choose(spaces, folds, rows, limit, given)
            progress = "all seen classes" if self.verbose else None
            method = training.run(part, selection.params["n_steps"], progress=progress)
            classes = classes.with_semantics(table.classes, table.vectors)
        space = self._space_of(training, method, part, scalings, selection.params)
        self._install(space, selection, (X.shape[1], part.semantics.shape[1], len(labels)))
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
        self,
        training: Training,
        method: FeatureGenerator | None,
        part: TrainingPart,
        scalings: Scalings,
        way: Point,
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

    def _install(self, space: GeneratedSpace, selection: Selection, sizes: tuple[int, int, int]) -> None:
        """Store the fitted parts; scores depend on no parameter set later on."""
        self._space, self._selection, self._sizes = space, selection, sizes
        self._scaler, self._semantic_scaler = space.scaler, space.semantic_scaler
        self._confidence = selection.confidence
        self._lights: dict[tuple[Any, ...], LightClassifier] = {}
        self.seen_bias_, self.temperature_ = float(selection.seen_bias), float(selection.temperature)
        self.selection_ = {
            "params": dict(selection.params),
            "harmonic_mean": selection.harmonic_mean,
            "n_folds": selection.n_folds,
            "grid": [dict(point) for point in selection.figures],
        }
        for name, value in selection.params.items():
            setattr(self, f"{name}_", value)

    def _set_class_attributes(self) -> None:
        super()._set_class_attributes()
        self._lights = {}

    @property
    def scores_alone(self) -> bool:
        """Whether the score of a class is the same whatever others it is scored beside: not that of a classifier."""
        return False

    def _embed(self, X: FloatArray) -> FloatArray:
        # Support images are kept as they come; the space scales and represents them whenever they are needed.
        return X

    def _score(self, embedded: FloatArray, classes: ClassImages) -> FloatArray:
        order = np.argsort(classes.labels)
        ordered = classes.take(order)
        key = tuple(ordered.labels.tolist())
        if key not in self._lights:
            self._lights[key] = self._space.light(ordered)
        scores = np.empty((len(embedded), len(classes)))
        scores[:, order] = self._lights[key].scores(self._space.embed(embedded))
        return scores

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        return np.where(classes.seen, 0.0, self.seen_bias_)

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: Any) -> Self:
        if encoder is not None:
            raise InvalidInputError(f"encoder={type(encoder).__name__}; a {type(self).__name__} has none.")
        unpack(self, header, tensors)
        return self

    def _check_parameters(self) -> None:
        if self.generator not in GENERATORS:
            raise InvalidInputError(f"generator={self.generator!r}; wanted one of {', '.join(map(repr, GENERATORS))}.")
        if self.classifier is not None:
            check_classifier(self.classifier)
        for name in ("n_generated", "unseen_weight"):
            if not _as_list(getattr(self, name)):
                raise InvalidInputError(f"{name}={getattr(self, name)!r}; wanted one number or more.")
        for count in _as_list(self.n_generated):
            check_whole("n_generated", count)
        for weight in _as_list(self.unseen_weight):
            check_number("unseen_weight", weight, above=0)
        for name in ("hidden", "n_latent", "n_steps", "batch_size", "max_images"):
            check_whole(name, getattr(self, name))
        for name in ("prior_strength", "learning_rate"):
            check_number(name, getattr(self, name), above=0)
        for name in ("semantic_noise", "weight_decay"):
            check_number(name, getattr(self, name), least=0)
        if not (isinstance(self.seen_bias, str) and self.seen_bias == "auto"):
            check_number("seen_bias", self.seen_bias)
        for name, known in (("feature_scaling", FEATURE_SCALINGS), ("semantic_scaling", SCALINGS)):
            if getattr(self, name) not in known:
                raise InvalidInputError(f"{name}={getattr(self, name)!r}; wanted one of {', '.join(map(repr, known))}.")
        if self.cv is not None and (isinstance(self.cv, str) or not hasattr(self.cv, "split")):
            check_whole("cv", self.cv, 2)
        as_device(self.device)


def _as_list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (tuple, list)) else [given]
