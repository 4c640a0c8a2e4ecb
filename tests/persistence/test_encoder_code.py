"""A model file names an encoder of sentences, and a folder of that name holds code: it never runs."""

import copy
import json
import pickle
import sys

import numpy as np
import pytest
from saved import edit

from zsl import ESZSLClassifier, InvalidInputError, SimpleShotClassifier, load
from zsl.cli import main
from zsl.datasets import make_zero_shot
from zsl.encoders.text import UntrustedName


class Encoder:
    """Encodes texts by their lengths."""

    def encode(self, sentences):
        """Five numbers per text."""
        return np.array([[len(text), text.count("a"), text.count("e"), 1.0, 2.0] for text in sentences])


WORLD = make_zero_shot(6, 2, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
NEW = {"new": "a sentence"}


@pytest.fixture
def marker(tmp_path):
    """What the code would leave."""
    return tmp_path / "executed"


@pytest.fixture
def attack(tmp_path, marker):
    """A model whose file names a folder with code as its encoder."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    parts = [{"idx": 0, "name": "0", "path": "", "type": "attack_on_encoders.Module"}]
    (folder / "modules.json").write_text(json.dumps(parts))
    (folder / "config_sentence_transformers.json").write_text("{}")
    (folder / "attack_on_encoders.py").write_text(
        f"from torch import nn\nopen({str(marker)!r}, 'w').close()\nclass Module(nn.Module): pass\n"
    )
    estimator = ESZSLClassifier(semantics=WORLD.semantics, cv=None).fit(WORLD.X_train, WORLD.y_train)
    estimator.save(tmp_path / "model")
    edit(tmp_path / "model", lambda header: header["parameters"].update(text_encoder=str(folder)))
    return tmp_path / "model"


def test_a_named_encoder_is_not_used(attack, marker):
    estimator = load(attack)
    assert estimator.text_encoder.endswith("encoder")
    others = (copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator)), copy.copy(estimator))
    for each in (estimator, *others):
        with pytest.raises(InvalidInputError, match=r"was named by the file of the model.*text_encoder=.*trusted=True"):
            each.add_classes(semantics=NEW)
    estimator.save(attack.with_name("again"))
    with pytest.raises(InvalidInputError, match="was named by the file"):
        load(attack.with_name("again")).add_classes(semantics=NEW)
    assert not marker.exists()
    assert "attack_on_encoders" not in sys.modules


def test_even_a_trusted_one_runs_no_code_of_its_folder(attack, marker):
    with pytest.raises(InvalidInputError, match="encoder"):
        load(attack, trusted=True).add_classes(semantics=NEW)
    assert not marker.exists()


def test_on_the_command_line(attack, marker, tmp_path, monkeypatch, capsys):
    (tmp_path / "texts.csv").write_text("class,text\nnew,a sentence\n")
    np.save(tmp_path / "X.npy", WORLD.X_test_seen)
    asked = ["predict", str(attack), str(tmp_path / "X.npy"), "--texts", "--add-semantics", str(tmp_path / "texts.csv")]
    monkeypatch.setattr(sys, "argv", ["zsl", *asked])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code not in (0, None)
    assert "was named by the file of the model" in " ".join(capsys.readouterr().err.split())
    assert not marker.exists()


def test_an_encoder_of_ones_own_takes_its_place(attack):
    estimator = load(attack, text_encoder=Encoder())
    assert "new" in estimator.add_classes(semantics=NEW).classes_.tolist()
    assert not isinstance(load(attack, trusted=True).text_encoder, UntrustedName)
    SimpleShotClassifier().fit(WORLD.X_train, WORLD.y_train).save(attack.with_name("few"))
    with pytest.raises(InvalidInputError, match="encodes no sentences"):
        load(attack.with_name("few"), text_encoder=Encoder())


def test_no_name_is_the_default_model(tmp_path):
    ESZSLClassifier(semantics=WORLD.semantics, cv=None).fit(WORLD.X_train, WORLD.y_train).save(tmp_path / "m")
    assert load(tmp_path / "m").text_encoder is None
