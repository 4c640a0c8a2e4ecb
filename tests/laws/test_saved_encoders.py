"""A model that is loaded in another process encodes new classes as the one that was saved, or says why it can't."""

import json
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from saved import edit

import zsl
from zsl import InvalidInputError, ModelFileError, Semantics, TextEncoder, WordVectors
from zsl.encoders import DEFAULT_TEXT_ENCODER
from zsl.encoders.fingerprint import Fingerprint
from zsl.estimators.catalog import BY_NAME, CATALOG
from zsl.testing import LawData

DATA = LawData.small()
NAMES = [entry.name for entry in CATALOG if entry.knows in ("semantics", "texts")]
WORDS = [
    "stripes",
    "horse",
    "wings",
    "water",
    "fur",
    "large",
    "small",
    "red",
    "tail",
    "horn",
    "a",
    "photo",
    "of",
    "thing",
]
KNOWN = {
    label: f"{WORDS[place % 10]} {WORDS[(place + 1 + place // 10 * 2) % 10]}"
    for place, label in enumerate(DATA.semantics.classes.tolist())
}
NEW = {"new": "large red wings", "newer": "small horn"}
TEMPLATES = ["photo of a {}", "{} thing"]
CHILD = """
import json, sys
import numpy as np
import zsl
folder, new = sys.argv[1], json.loads(sys.argv[2])
found = {}
for name in sys.argv[3:]:
    model = zsl.load(f"{folder}/{name}", trusted=True)
    queries = np.load(f"{folder}/{name}.npy")
    found[name] = model.add_classes(semantics=new).predict(queries).tolist()
print(json.dumps(found))
"""


def words_in(folder, name="words.txt", seed=0):
    """A file of word vectors, of as many numbers as samples have features."""
    vectors = np.random.default_rng(seed).normal(size=(len(WORDS), DATA.X.shape[1]))
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in zip(WORDS, vectors, strict=True)]
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder / name


def fit(name, encoder, semantics=KNOWN):
    kind, small = BY_NAME[name].load(), BY_NAME[name].small
    given = {"cv": None, "n_steps": 2} if "n_steps" in kind().get_params() else {"cv": None}
    return kind(**small | given, semantics=semantics, text_encoder=encoder).fit(DATA.X, DATA.y)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return words_in(tmp_path_factory.mktemp("words"))


@pytest.fixture
def encoder(words):
    return TextEncoder(WordVectors(words), templates=TEMPLATES)


def test_new_classes_are_the_same_in_another_process(words, tmp_path):
    wanted = {}
    for place, name in enumerate(NAMES):
        encoder = WordVectors(words) if place % 3 == 0 else TextEncoder(WordVectors(words), templates=TEMPLATES)
        model = fit(name, encoder)
        model.save(tmp_path / name)
        np.save(tmp_path / f"{name}.npy", DATA.queries)
        wanted[name] = model.add_classes(semantics=NEW).predict(DATA.queries).tolist()
    texts = [text for text in KNOWN.values() for _ in range(4)]
    labels = [label for label in KNOWN for _ in range(4)]
    pipe = zsl.ZeroShotPipeline(
        [
            ("texts", TextEncoder(WordVectors(words))),
            (
                "classes",
                zsl.ESZSLClassifier(
                    semantics=KNOWN, text_encoder=TextEncoder(WordVectors(words), templates="{} thing")
                ),
            ),
        ]
    )
    pipe.fit(texts, labels).save(tmp_path / "pipe")
    np.save(tmp_path / "pipe.npy", np.array(texts))
    wanted["pipe"] = pipe.add_classes(semantics=NEW).predict(texts).tolist()
    told = [sys.executable, "-c", CHILD, str(tmp_path), json.dumps(NEW), *NAMES, "pipe"]
    found = json.loads(subprocess.run(told, capture_output=True, text=True, check=True).stdout)
    assert {name for name in wanted if found[name] != wanted[name]} == set()


def test_settings_are_restored_and_what_is_named_is_not_used_on_the_word_of_a_file(encoder, tmp_path):
    model = fit("ESZSLClassifier", encoder)
    model.save(tmp_path / "m")
    loaded = zsl.load(tmp_path / "m")
    assert loaded.text_encoder.templates == TEMPLATES
    assert_array_equal(loaded.predict(DATA.queries), model.predict(DATA.queries))
    before = loaded.classes_
    with pytest.raises(InvalidInputError, match=r"saved with text_encoder=WordVectors.*text_encoder=.*trusted=True"):
        loaded.add_classes(semantics=NEW)
    assert_array_equal(loaded.classes_, before)
    loaded.save(tmp_path / "again")
    trusted = zsl.load(tmp_path / "again", trusted=True)
    model.add_classes(semantics=NEW)
    assert_array_equal(trusted.add_classes(semantics=NEW).class_scores(DATA.queries), model.class_scores(DATA.queries))


def test_a_given_encoder_takes_the_stored_templates(words, encoder, tmp_path):
    model = fit("ESZSLClassifier", encoder)
    model.save(tmp_path / "m")
    model.add_classes(semantics=NEW)
    for given in (WordVectors(words), encoder, TextEncoder(WordVectors(words), templates=TEMPLATES, batch_size=1)):
        loaded = zsl.load(tmp_path / "m", text_encoder=given)
        assert loaded.text_encoder.templates == TEMPLATES
        assert_array_equal(loaded.add_classes(semantics=NEW).predict(DATA.queries), model.predict(DATA.queries))


@pytest.mark.parametrize("described", ["texts", "vectors"])
def test_an_encoder_that_gives_other_vectors_is_refused(described, words, encoder, tmp_path):
    table = KNOWN
    if described == "vectors":
        table = Semantics(encoder.encode(list(KNOWN.values())), classes=list(KNOWN))

    class Probed(TextEncoder):
        """Knows all words."""

        def encode(self, sentences):
            return super().encode([text if set(text.split()) <= set(WORDS) else "fur tail" for text in sentences])

    own = Probed(WordVectors(words), templates=TEMPLATES)
    fit("ESZSLClassifier", own, table).save(tmp_path / "m")
    other = words_in(tmp_path, seed=1)
    for wrong in (
        Probed(WordVectors(words)),
        Probed(WordVectors(words), templates=[*TEMPLATES, "small {}"]),
        Probed(WordVectors(other), templates=TEMPLATES),
    ):
        with pytest.raises(InvalidInputError, match=r"text_encoder=.* isn't the encoder that the model was made with"):
            zsl.load(tmp_path / "m", text_encoder=wrong)
    with pytest.raises(InvalidInputError, match=r"an object of the type Probed, which its file can't.*text_enc"):
        zsl.load(tmp_path / "m", trusted=True).add_classes(semantics=NEW)
    assert "new" in zsl.load(tmp_path / "m", text_encoder=own).add_classes(semantics=NEW).classes_


def test_new_sentences_are_encoded_as_the_known_ones_were(words):
    encoder = TextEncoder(WordVectors(words), templates=TEMPLATES)
    model = fit("ESZSLClassifier", WordVectors(words), Semantics.from_texts(KNOWN, encoder=encoder))
    before = model.classes_
    with pytest.raises(InvalidInputError, match=r"isn't the encoder that the model was made with: .* at length 1"):
        model.add_classes(semantics=NEW)
    assert_array_equal(model.classes_, before)
    model.set_params(text_encoder=encoder).add_classes(semantics=NEW)


def test_a_file_of_word_vectors_is_known_by_its_digest(words, tmp_path):
    own = tmp_path / "own.txt"
    own.write_bytes(words.read_bytes())
    table = Semantics(WordVectors(own).encode(list(KNOWN.values())), classes=list(KNOWN))
    fit("ESZSLClassifier", WordVectors(own), table).save(tmp_path / "m")
    other = words_in(tmp_path, "other.txt", seed=1)
    with pytest.raises(InvalidInputError, match="its sha256 differs"):
        zsl.load(tmp_path / "m", text_encoder=WordVectors(other))
    assert "new" in zsl.load(tmp_path / "m", text_encoder=WordVectors(words)).add_classes(semantics=NEW).classes_
    own.write_bytes(other.read_bytes())
    with pytest.raises(InvalidInputError, match=r"own\.txt isn't the file .* its sha256 differs"):
        zsl.load(tmp_path / "m", trusted=True).add_classes(semantics=NEW)
    own.unlink()
    loaded = zsl.load(tmp_path / "m", trusted=True)
    assert len(loaded.predict(DATA.queries))
    with pytest.raises(InvalidInputError, match=r"own\.txt is not a file"):
        loaded.add_classes(semantics=NEW)


def test_templates_that_are_functions_are_not_stored(words, tmp_path):
    fit("ESZSLClassifier", TextEncoder(WordVectors(words), templates=str.lower)).save(tmp_path / "m")
    with pytest.raises(InvalidInputError, match=r"type TextEncoder, which its file can't hold"):
        zsl.load(tmp_path / "m", trusted=True).add_classes(semantics=NEW)


def test_the_default_model_needs_no_trust(encoder, tmp_path, monkeypatch):
    fit("ESZSLClassifier", encoder).save(tmp_path / "m")
    asked = []

    def load(name, offline):
        asked.append(name)
        raise InvalidInputError(f"{name} isn't here")

    monkeypatch.setattr("zsl.encoders.text._load", load)
    for name, used in ((DEFAULT_TEXT_ENCODER, True), ("somebody/model", False)):
        edit(tmp_path / "m", lambda h: h["parameters"]["text_encoder"]["$TextEncoder"].update(model=name))  # noqa: B023
        with pytest.raises(InvalidInputError, match=f"{name} isn't here" if used else "on its word"):
            zsl.load(tmp_path / "m").add_classes(semantics=NEW)
        assert (asked == [name]) == used
        asked.clear()


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored["model"]["$AbsentEncoder"]["settings"].update(path=3),
        lambda stored: stored["model"]["$AbsentEncoder"]["settings"].update(on_missing="run"),
        lambda stored: stored["model"]["$AbsentEncoder"]["settings"].update(more="code"),
        lambda stored: stored["model"]["$AbsentEncoder"]["settings"].pop("lower"),
        lambda stored: stored["model"]["$AbsentEncoder"].update(kind="a class"),
        lambda stored: stored["model"]["$AbsentEncoder"].update(argument="encoder"),
        lambda stored: stored.update(model=3),
        lambda stored: stored.update(cache="/tmp/elsewhere"),
        lambda stored: stored.update(templates=[3]),
        lambda stored: stored.update(output="code"),
        lambda stored: stored.pop("batch_size"),
    ],
)
def test_altered_encoders_are_refused(change, encoder, tmp_path):
    fit("ESZSLClassifier", encoder).save(tmp_path / "m")
    edit(tmp_path / "m", lambda header: change(header["parameters"]["text_encoder"]["$TextEncoder"]))
    with pytest.raises(ModelFileError, match=r"don't fit together|not as they are saved"):
        zsl.load(tmp_path / "m")


def test_fingerprints_tell_templates_apart(words):
    texts = tuple((text,) for text in list(KNOWN.values())[:3])
    rows = TextEncoder(WordVectors(words)).encode([text for (text,) in texts])
    mark = Fingerprint.of_rows(rows * [[1], [7], [0.1]], (*texts, (), ("",)))
    assert mark.texts == texts
    assert mark.difference(WordVectors(words)) < 1e-12
    for templates in ("a {}", "{} thing", ["{}", "{}", "a {}"]):
        assert mark.difference(TextEncoder(WordVectors(words), templates=templates)) > 0.05
