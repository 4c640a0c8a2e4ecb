"""Prompts and images of one joint space: cosines by hand, ensembles of templates, widths, what `fit` leaves alone."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit
from scipy.special import softmax

from zsl import (
    InvalidInputError,
    ModelFileError,
    PromptClassifier,
    Semantics,
    SemanticsError,
    TextEncoder,
    load,
    zero_shot_methods,
)
from zsl.datasets import make_zero_shot
from zsl.functional.linear.origins import unit_rows

PROMPTS = {"a": [3.0, 0.0, 4.0], "b": [0.0, 2.0, 0.0], "new": [0.0, 0.0, 5.0]}
X = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0], [0.0, 3.0, 4.0]])


@pytest.fixture
def fitted():
    return PromptClassifier(semantics=PROMPTS).fit(X, ["a", "b", "b"])


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(12, 4, n_features=8, n_attributes=8, n_per_class=10, random_state=0)


def test_scores_are_cosines(fitted):
    assert_allclose(fitted.class_scores(X), [[0.6, 0.0, 0.0], [0.8, 0.0, 1.0], [0.64, 0.6, 0.8]], atol=1e-12)
    assert fitted.predict(X).tolist() == ["a", "new", "new"]
    assert_array_equal(fitted.class_scores(X, calibrated=True), fitted.class_scores(X))
    assert_allclose(fitted.predict_proba(X), softmax(100 * fitted.class_scores(X), axis=1))


def test_support_images_pool_with_the_prompts(fitted):
    few = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 7.0]])
    fitted.set_params(prior_strength=1000.0)  # of no account once fitted
    fitted.add_classes(few, ["new", "new"]).add_classes([[5.0, 0.0, 0.0]], ["images only"])
    pooled = unit_rows(np.array([[0.0, 1.0, 4.0 + 1.0]]))[0]
    assert_allclose(fitted.class_scores(X, ["new"])[:, 0], unit_rows(X) @ pooled)
    assert_allclose(fitted.class_scores(X, ["images only"])[:, 0], unit_rows(X)[:, 0])


def test_training_images_say_only_which_classes_are_seen(world):
    rng = np.random.default_rng(0)
    first, other = (
        PromptClassifier(semantics=world.semantics).fit(images, world.y_train)
        for images in (world.X_train, rng.normal(size=world.X_train.shape))
    )
    assert_array_equal(first.class_scores(world.X_test_unseen), other.class_scores(world.X_test_unseen))
    assert_array_equal(first.seen_classes_, world.seen_classes)
    assert first.seen_bias_ == 0
    assert first.temperature_ == 0.01
    assert first.selection_["n_folds"] == 0


class Letters:
    """Counts a, b and c."""

    def encode(self, texts, **_):
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=float)


def test_an_ensemble_is_the_mean_of_unit_vectors_brought_to_length_one():
    templates = ["{}", "bbb {}", "c {} cc"]
    names = {"one": "aab", "two": "b", "three": "ca"}
    by_hand = {
        name: sum(unit_rows(Letters().encode([template.format(text)]))[0] for template in templates)
        for name, text in names.items()
    }
    expected = unit_rows(X) @ unit_rows(np.stack([by_hand[name] for name in sorted(names)])).T
    several = {name: [template.format(text) for template in templates] for name, text in names.items()}
    for semantics, encoder in (
        (names, TextEncoder(Letters(), templates=templates)),
        (several, Letters()),
        (Semantics.from_texts(several, encoder=Letters()), None),
    ):
        clf = PromptClassifier(semantics=semantics, text_encoder=encoder).fit(X, ["one", "two", "two"])
        assert_allclose(clf.class_scores(X), expected, atol=1e-12)


def test_without_semantics_a_class_is_its_mean_image(world):
    clf = PromptClassifier().fit(world.X_train, world.y_train)
    images = unit_rows(world.X_train)
    means = np.stack([images[world.y_train == label].mean(axis=0) for label in clf.classes_])
    assert_allclose(
        clf.class_scores(world.X_test_unseen), unit_rows(world.X_test_unseen) @ unit_rows(means).T, atol=1e-12
    )


def test_other_widths_are_refused(fitted):
    before = copy.deepcopy(vars(fitted))
    with pytest.raises(SemanticsError, match="semantics has 3 columns and X 2 features; wanted one width"):
        fitted.fit(X[:, :2], ["a", "b", "b"])
    assert vars(fitted).keys() == before.keys()
    assert fitted.n_features_in_ == 3


def test_a_file_of_two_widths_is_refused(fitted, tmp_path):
    fitted.save(tmp_path)
    edit(tmp_path, lambda header: header["state"].update(_sizes={"$tuple": [3, 4, 2]}))
    with pytest.raises(ModelFileError, match=r"don't fit together \(sizes of \(3, 4, 2\)\)"):
        load(tmp_path)


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, "cold", None, True])
def test_a_temperature_out_of_range(temperature):
    with pytest.raises(InvalidInputError, match="temperature="):
        PromptClassifier(semantics=PROMPTS, temperature=temperature).fit(X, ["a", "b", "b"])


def test_bias_and_temperature_are_chosen_if_asked_for(world):
    both = PromptClassifier(semantics=world.semantics, seen_bias="auto", temperature="auto")
    both.fit(world.X_train, world.y_train)
    assert both.selection_["n_folds"] == 5
    assert both.temperature_ not in (0.01, 1.0)
    assert both.seen_bias_ != 0
    bias = PromptClassifier(semantics=world.semantics, seen_bias="auto").fit(world.X_train, world.y_train)
    assert (bias.seen_bias_, bias.temperature_) == (both.seen_bias_, 0.01)
    warm = PromptClassifier(semantics=world.semantics, temperature="auto").fit(world.X_train, world.y_train)
    assert warm.seen_bias_ == 0
    assert warm.temperature_ != both.temperature_
    assert PromptClassifier(temperature="auto").fit(X, [0, 1, 1]).temperature_ == 1.0


def test_the_fitted_temperature_is_stored(fitted, tmp_path):
    fitted.set_params(temperature=5.0).save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.temperature_ == 0.01
    assert loaded.temperature == 5.0
    assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded.fit(X, ["a", "b", "b"]).temperature_ == 5.0


def test_it_stands_apart_from_the_methods_for_any_semantics():
    assert "PromptClassifier" not in zero_shot_methods()
