"""Templates, lengths, the cache on disk, and the encoder as a transformer."""

import os

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from zsl import ESZSLClassifier, InvalidInputError, TextEncoder
from zsl.encoders import text
from zsl.encoders._text_cache import TextCache


class Letters:
    """Counts a, b and c, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def encode(self, sentences, **_):
        self.asked += sentences
        return np.array([[sentence.count(letter) for letter in "abc"] for sentence in sentences], dtype=float)


@pytest.fixture
def named(monkeypatch):
    """A model that is loaded by any name."""
    model = Letters()
    monkeypatch.setattr(text, "_load", lambda name, offline: model)
    return model


def test_templates_are_averaged_after_each_was_brought_to_length_one():
    found = TextEncoder(Letters(), templates=["a{}", lambda word: f"b{word}bb"]).encode(["ca", "c"])
    first = np.array([2, 0, 1]) / 5**0.5 + np.array([1, 3, 1]) / 11**0.5
    assert_allclose(found[0], first / np.linalg.norm(first))
    assert_allclose(np.linalg.norm(found, axis=1), 1)


def test_a_text_is_encoded_once_even_if_it_comes_twice():
    model = Letters()
    found = TextEncoder(model).encode(["ab", "c", "ab"])
    assert model.asked == ["ab", "c"]
    assert_array_equal(found[0], found[2])


def test_the_cache_spares_the_model(named, tmp_path):
    first = TextEncoder("some-model", cache=tmp_path / "cache").encode(["a", "b b c"])
    again = TextEncoder("some-model", cache=tmp_path / "cache", templates=["{}", "{} a"]).encode(["b b c", "a"])
    assert named.asked == ["a", "b b c", "b b c a", "a a"]
    assert_array_equal(TextEncoder("some-model", cache=tmp_path / "cache").encode(["b b c", "a"]), first[::-1])
    assert again.shape == (2, 3)
    TextEncoder("another-model", cache=tmp_path / "cache").encode(["a"])
    assert named.asked[-1] == "a"
    assert len(named.asked) == 5


def test_many_texts_pass_through_the_cache(named, tmp_path):
    texts = [f"a{number} b" for number in range(1201)]
    encoder = TextEncoder("some-model", cache=tmp_path, verbose=False)
    first = encoder.encode(texts)
    assert len(named.asked) == len(texts)
    assert_array_equal(encoder.encode(texts[::-1]), first[::-1])
    assert len(named.asked) == len(texts)


def test_a_local_model_that_changes_is_another_one(named, tmp_path):
    folder, cache = tmp_path / "model", tmp_path / "cache"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    TextEncoder(folder, cache=cache).encode(["a"])
    TextEncoder(folder, cache=cache).encode(["a"])
    assert named.asked == ["a"]
    (folder / "config.json").write_text('{"changed": true}')
    TextEncoder(folder, cache=cache).encode(["a"])
    assert named.asked == ["a", "a"]


@pytest.mark.parametrize(
    ("parameters", "texts", "message"),
    [
        ({"templates": "a photo"}, ["a"], "templates has 'a photo'; wanted a string with {} where the text goes"),
        ({"templates": []}, ["a"], "templates is empty"),
        ({"templates": lambda word: ""}, ["a"], r"texts\[0\] is empty"),
        ({}, ["zzz"], "model encodes 'zzz' as zeros"),
        ({}, "a", "texts is of type str"),
        ({"cache": "folder"}, ["a"], "cache='folder' with a model of type Letters; wanted a named model"),
    ],
)
def test_what_cannot_be_encoded_is_told(parameters, texts, message):
    with pytest.raises(InvalidInputError, match=message):
        TextEncoder(Letters(), **parameters).encode(texts)


def test_a_cache_that_cannot_be_used_is_told(named, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InvalidInputError, match=r"cache='.*file' can't be used"):
        TextEncoder("some-model", cache=tmp_path / "file").encode(["a"])
    os.makedirs(TextCache(tmp_path, "some-model").path)
    with pytest.raises(InvalidInputError, match=r"can't be used: .* is no regular file"):
        TextEncoder("some-model", cache=tmp_path).encode(["a"])


def test_offline_says_so():
    with pytest.raises(InvalidInputError, match="as a local folder, or from the local cache \\("):
        TextEncoder("no/such-model", offline=True).encode(["a"])


def test_sentences_are_classified_by_sentences():
    encoder = TextEncoder(Letters())
    semantics = {"many a": "a", "many b": "b", "many c": "c"}
    sentences = np.array(["aaab", "aaac", "bbbba", "bbbc", "ccca", "cccb"])
    labels = np.repeat(list(semantics), 2)
    model = make_pipeline(encoder, ESZSLClassifier(semantics=semantics, text_encoder=encoder, cv=None))
    model.fit(sentences, labels)
    assert_array_equal(model.predict(sentences), labels)


def test_it_is_cloned_with_its_parameters():
    encoder = TextEncoder("some-model", templates=["{} a"], batch_size=7)
    assert clone(encoder).get_params() == encoder.get_params()
    assert "TextEncoder(" in repr(encoder)
