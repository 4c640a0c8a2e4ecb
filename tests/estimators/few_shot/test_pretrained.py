"""The trained networks that ship: small, loadable, and better than pixels on drawings that they weren't trained on."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from zsl import InvalidInputError, PrototypicalClassifier, RelationNetworkClassifier, SiameseClassifier, load_omniglot
from zsl._resources import data_path
from zsl.evaluation import measure_episodes

KINDS = [PrototypicalClassifier, RelationNetworkClassifier]
OMNIGLOT = Path(__file__).parents[2].parent / "shared" / "data" / "omniglot"


@pytest.fixture(scope="module")
def digits():
    """Images, their labels, and the same as drawings of 28 × 28 pixels with ink high."""
    X, y = load_digits(return_X_y=True)
    images = torch.tensor(X.reshape(-1, 1, 8, 8) / 16, dtype=torch.float32)
    images = torch.nn.functional.interpolate(images, size=(20, 20), mode="bicubic").clamp(0, 1)
    return X, y, (255 * torch.nn.functional.pad(images, (4, 4, 4, 4))).to(torch.uint8).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_one_drawing_a_digit_beats_pixels(kind, digits):
    X, y, drawings = digits
    pixels = PrototypicalClassifier(distance="cosine").fit(X, y)
    few = {"n_way": 10, "n_shot": 1, "n_query": 5, "n_episodes": 100}
    found = measure_episodes(kind.from_pretrained("omniglot"), drawings, y, **few)
    assert found.mean > measure_episodes(pixels, X, y, **few).mean


@pytest.mark.parametrize("kind", KINDS)
def test_it_knows_nothing_until_classes_are_added(kind, digits):
    _, y, drawings = digits
    clf = kind.from_pretrained("omniglot")
    assert len(clf.classes_) == 0
    with pytest.raises(InvalidInputError, match="No classes are known"):
        clf.predict(drawings[:2])
    first = [y.tolist().index(digit) for digit in range(3)]
    clf.add_classes(drawings[first], np.array(["nil", "one", "two"]))
    assert clf.predict(drawings[first]).tolist() == ["nil", "one", "two"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_small_and_has_a_card(kind):
    folder = data_path("pretrained/omniglot")
    assert sum(file.stat().st_size for file in (folder / kind.__name__).iterdir()) < 1_000_000
    assert "Limits" in (folder / "README.md").read_text(encoding="utf-8")


def test_what_does_not_ship_is_told():
    with pytest.raises(InvalidInputError, match=r"ships trained on \['omniglot'\]"):
        PrototypicalClassifier.from_pretrained("cats")
    with pytest.raises(InvalidInputError, match="ships trained on nothing"):
        SiameseClassifier.from_pretrained("omniglot")


@pytest.mark.skipif(not OMNIGLOT.is_dir(), reason="needs Omniglot in ../shared/data")
@pytest.mark.parametrize("kind", KINDS)
def test_characters_that_it_was_not_trained_on(kind):
    X, y = load_omniglot(OMNIGLOT, split="vinyals").part("test")
    found = measure_episodes(kind.from_pretrained("omniglot"), X[:4000], y[:4000], n_way=20, n_episodes=100)
    assert found.mean > 0.93
