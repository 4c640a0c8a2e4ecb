"""Ink of the other colour than what was fitted on: found, said, and nothing else."""

import warnings

import numpy as np
import pytest
from few_shot_images import SMALL

from zsl import PrototypicalClassifier, load
from zsl.estimators.few_shot._pixels import are_inverted

RNG = np.random.default_rng(0)
INK = np.zeros((24, 20, 20), dtype=np.uint8)
for number, each in enumerate(INK):
    each[4:16, 3 + number // 4 * 2 : 6 + number // 4 * 2] = RNG.integers(150, 256, (12, 3))
Y = np.repeat(np.arange(6), 4)


def fitted(X):
    return PrototypicalClassifier(backbone="conv4_strided", **SMALL).fit(X, Y)


def warns(call):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return [str(each.message) for each in found]


@pytest.mark.parametrize("unit", [1, 255])
@pytest.mark.parametrize("bright", [False, True])
def test_inverted_ink_is_said_on_both_grounds(unit, bright):
    own = (255 - INK if bright else INK) if unit == 255 else abs(float(bright) - INK / 255)
    clf = fitted(own)
    found = warns(lambda: clf.predict(unit - own[:5]))
    assert len(found) == 1
    assert "X looks inverted" in found[0]
    assert f"give {unit} - X" in found[0]
    assert warns(lambda: clf.predict(own)) == []
    assert len(warns(lambda: clf.add_classes(unit - own, Y))) == 1


def test_a_loaded_model_says_so_too(tmp_path):
    fitted(INK).save(tmp_path / "model")
    assert len(warns(lambda: load(tmp_path / "model").predict(255 - INK))) == 1


def test_the_shipped_networks_say_so_from_their_first_support():
    clf = PrototypicalClassifier.from_pretrained("omniglot")
    drawings = np.pad(INK, ((0, 0), (4, 4), (4, 4)))
    assert len(warns(lambda: clf.add_classes(255 - drawings, Y))) == 1
    assert warns(lambda: clf.add_classes(drawings, Y).predict(drawings)) == []


def test_what_isnt_inverted_ink_is_taken_in_silence():
    clf = fitted(INK)
    noise = RNG.integers(0, 256, INK.shape, dtype=np.uint8)
    for images in (noise, np.zeros_like(INK), np.full_like(INK, 255), INK // 9, np.concatenate([INK, 255 - INK[:9]])):
        assert warns(lambda X=images: clf.predict(X)) == []
    assert warns(lambda: fitted(noise).predict(255 - INK)) == []  # no ink was fitted on
    colour = RNG.integers(0, 40, (24, 3, 20, 20), dtype=np.uint8)
    assert warns(lambda: fitted(colour).predict(255 - colour)) == []


def test_where_a_border_is_dark_nothing_is_inverted():
    framed = np.full((1, 1, 28, 28), 1.0)
    framed[..., 0, :] = framed[..., -1, :] = framed[..., :, 0] = framed[..., :, -1] = 0.0
    assert not are_inverted(framed)[0]
    assert are_inverted(1 - INK[:, None] / 255).all()
    assert not are_inverted(INK[:, None]).any()
