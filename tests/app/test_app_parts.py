"""What the parts describe, draw and text answer, and what they refuse."""

import base64
import copy
import io
import json
import threading
import time
from urllib.parse import quote

import numpy as np
import pytest
from app_client import Letters
from PIL import Image

from zsl import ESZSLClassifier, ImageEncoder, PrototypicalClassifier, RelationClassifier, load_digits_zsl
from zsl.app.http._refusals import Refused
from zsl.app.http._routes import Question
from zsl.app.http._work import Loaded, Recent
from zsl.app.parts._describe import Describe
from zsl.app.parts._describing import described
from zsl.app.parts._draw import Draw
from zsl.app.parts._gallery import check_count, digit_gallery, own_gallery
from zsl.app.parts._phrases import Phrases
from zsl.app.parts._pngs import grey_png
from zsl.app.parts._sentences import SentenceVectors, find_sentence_vectors
from zsl.app.parts._symbols import upright_ink
from zsl.datasets import read_samples
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

ALICE, BOB = "a" * 32, "b" * 32


def ready(value):
    loaded = Loaded(lambda: value)
    loaded.start()
    loaded._done.wait(10)
    return loaded


def lines(*ends):
    """A drawing of straight lines between pixels of 28 × 28, two pixels thick."""
    drawing = np.zeros((28, 28), dtype=np.uint8)
    for (x, y), (u, v) in ends:
        for share in np.linspace(0, 1, 60):
            row, column = round(y + share * (v - y)), round(x + share * (u - x))
            drawing[row : row + 2, column : column + 2] = 255
    return drawing


CROSS = lines(((4, 4), (22, 22)), ((22, 4), (4, 22)))
BAR = lines(((13, 4), (13, 22)))
SQUARE = lines(((5, 5), (21, 5)), ((21, 5), (21, 21)), ((21, 21), (5, 21)), ((5, 21), (5, 5)))


def sent(drawing):
    return base64.b64encode(np.ascontiguousarray(drawing, dtype=np.uint8).tobytes()).decode()


def drawn(query, *supports):
    names = ("cross", "bar", "square")
    classes = [{"name": n, "drawings": [sent(each) for each in own]} for n, own in zip(names, supports, strict=True)]
    return {"classes": classes, "query": sent(query)}


def test_drawings_are_recognised_as_the_estimator_does(page):
    moved = np.roll(CROSS, 1, axis=1)
    status, found = page.ask(
        "/api/draw", drawn(moved, [CROSS], [BAR], [SQUARE, np.roll(SQUARE, 1, axis=0)]), X_Client=ALICE
    )
    own = PrototypicalClassifier.from_pretrained("omniglot")
    own.add_classes(np.stack([CROSS, BAR, SQUARE, np.roll(SQUARE, 1, axis=0)]), [0, 1, 2, 2])
    assert status == 200
    assert found["note"] == ""
    assert [each["name"] for each in found["classes"]] == ["cross", "bar", "square"]
    np.testing.assert_allclose([each["p"] for each in found["classes"]], own.predict_proba(moved[None])[0], atol=1e-6)
    assert max(found["classes"], key=lambda each: each["p"])["name"] == "cross"


def test_inverted_ink_is_turned_and_said(page):
    supports = [CROSS], [BAR], [SQUARE]
    straight = page.ask("/api/draw", drawn(np.roll(BAR, 2, axis=1), *supports))[1]
    query = page.ask("/api/draw", drawn(255 - np.roll(BAR, 2, axis=1), *supports))[1]
    all_of_it = page.ask("/api/draw", drawn(255 - np.roll(BAR, 2, axis=1), [255 - CROSS], [BAR], [255 - SQUARE]))[1]
    assert "inverted" in query["note"]
    assert "inverted" in all_of_it["note"]
    assert query["classes"] == all_of_it["classes"] == straight["classes"]


def test_an_uploaded_drawing_is_brought_to_its_place(page):
    large = np.pad(np.kron(CROSS, np.ones((9, 9), dtype=np.uint8)), ((150, 20), (30, 300)))
    data = io.BytesIO()
    Image.fromarray(255 - large // 2).save(data, "PNG")  # pale ink in a corner of a large sheet
    status, found = page.ask("/api/draw/picture", data.getvalue(), **{"Content-Type": "application/octet-stream"})
    pixels = np.frombuffer(base64.b64decode(found["drawing"]), dtype=np.uint8).reshape(28, 28)
    rows, columns = np.flatnonzero(pixels.max(1) > 99), np.flatnonzero(pixels.max(0) > 99)
    assert status == 200
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (4, 23, 4, 23)
    assert pixels.max() == 255
    shares = page.ask("/api/draw", drawn(pixels, [CROSS], [BAR], [SQUARE]))[1]["classes"]
    assert shares[0]["p"] == max(each["p"] for each in shares)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"classes": []}, "0 entries; wanted 2 to 10"),
        ({"classes": [{"name": str(k), "drawings": [sent(BAR)]} for k in range(11)]}, "11 entries"),
        ({"classes": [{"name": "a", "drawings": []}] * 2}, "called 'a'"),
        ({"classes": [{"name": "a", "drawings": []}, {"name": "b", "drawings": []}]}, "wanted 1 to 5"),
        ({"classes": [{"name": "a", "drawings": [sent(BAR)] * 6}, {"name": "b", "drawings": []}]}, "wanted 1 to 5"),
        ({"classes": [1, 2]}, "name is missing"),
        ({"classes": {"a": 1}}, "no list"),
        ({"classes": [{"name": "a\u202eb", "drawings": []}, {"name": "b", "drawings": []}]}, "can't be printed"),
        ({"classes": [{"name": "a" * 41, "drawings": []}, {"name": "b", "drawings": []}]}, "40 at most"),
        ({"query": None}, "0 bytes"),
        ({"query": "!!"}, "no base64"),
        ({"query": sent(BAR[:27])}, "wanted 28 × 28"),
    ],
)
def test_bad_drawings_are_refused(page, change, words):
    status, found = page.ask("/api/draw", {**drawn(BAR, [CROSS], [BAR], [SQUARE]), **change})
    assert status == 400
    assert words in found["error"]


def test_no_ink_is_inverted_that_is_not():
    blank, full = np.zeros((1, 28, 28), dtype=np.uint8), np.full((1, 28, 28), 255, dtype=np.uint8)
    bold = np.zeros((1, 28, 28), dtype=np.uint8)
    bold[:, 2:26, 2:26] = 255  # mostly ink, on a ground that is empty all the same
    for each in (CROSS[None], BAR[None], SQUARE[None], blank, full, bold):
        np.testing.assert_array_equal(upright_ink(each)[0], each)


def test_text_by_names_examples_and_both(page):
    classes = [{"name": "aaa bbb", "examples": []}, {"name": "ccc", "examples": []}]
    status, found = page.ask("/api/text", {"classes": classes, "query": "abab"}, X_Client=ALICE)
    assert status == 200
    assert found["classes"][0]["p"] > 0.99
    before = page.ask("/api/text", {"classes": classes, "query": "zz"}, X_Client=ALICE)[1]["classes"]
    classes[1]["examples"] = ["zzzz", "zzzc"]
    after = page.ask("/api/text", {"classes": classes, "query": "zz"}, X_Client=ALICE)[1]["classes"]
    assert after[1]["p"] > 0.9 > before[1]["p"]
    assert [each["examples"] for each in after] == [0, 2]
    assert page.ask("/api/text", {"classes": classes, "query": "ccc"}, X_Client=ALICE)[1]["classes"][1]["p"] > 0.9


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"classes": [{"name": "a", "examples": []}, {"name": "b", "examples": []}]}, "query is missing"),
        ({"classes": [{"name": "a", "examples": []}, {"name": "b", "examples": []}], "query": " "}, "query is empty"),
        (
            {"classes": [{"name": "a", "examples": ["x" * 401]}, {"name": "b", "examples": []}], "query": "c"},
            "400 at most",
        ),
        ({"classes": [{"name": "a", "examples": [5]}, {"name": "b", "examples": []}], "query": "c"}, "no text"),
        ({"classes": [{"name": "a", "examples": ["x"] * 11}, {"name": "b", "examples": []}], "query": "c"}, "0 to 10"),
        ({"classes": [{"name": "a", "examples": []}, {"name": " a ", "examples": []}], "query": "c"}, "called 'a'"),
    ],
)
def test_bad_texts_are_refused(page, body, words):
    status, found = page.ask("/api/text", body)
    assert status == 400
    assert words in found["error"]


@pytest.fixture(scope="module")
def table():
    return load_digits_zsl().semantics


def test_a_described_digit_is_found(page, table):
    values = table.rows([7])[0].tolist()
    status, found = page.ask("/api/describe", {"name": "my seven", "values": values})
    truth = dict(found["truth"])
    assert status == 200
    assert found["found"] == sum(truth.values())
    assert truth["7"] >= 20  # of 30, and of no other digit as many
    assert truth["7"] > 2 * max(count for label, count in truth.items() if label != "7")
    hits = [tile for tile in found["tiles"] if tile["hit"]]
    assert all(tile["as"] == "my seven" for tile in hits)
    assert [tile["p"] for tile in hits] == sorted((tile["p"] for tile in hits), reverse=True)
    kind, data = page.request("GET", hits[0]["picture"])[1:]
    assert kind["Content-Type"] == "image/png"
    assert data.startswith(b"\x89PNG")


def test_why_sums_to_the_difference(page, table):
    values = table.rows([8])[0].tolist()
    place = page.ask("/api/describe", {"name": "eight", "values": values})[1]["tiles"][0]["place"]
    status, found = page.ask("/api/describe/why", {"name": "eight", "values": values, "place": place})
    assert status == 200
    assert sum(part["amount"] for part in found["parts"]) + found["rest"] == pytest.approx(found["total"])
    assert found["rival"] in {"0", "1", "2", "3", "4", "5", "6"}
    assert any(part["amount"] > 0 for part in found["parts"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"values": [0.0] * 27}, "27 entries"),
        ({"values": [True] * 28}, "no number"),
        ({"values": [0.0] * 28}, "move a slider"),
        ({"values": [10**400] * 28}, "beyond 1e+09"),
        ({"values": [-1e300] * 28}, "beyond 1e+09"),
        ({"name": ""}, "name is empty"),
        ({"place": -1}, "whole number"),
        ({"place": 10**9}, "whole number"),
    ],
)
def test_bad_descriptions_are_refused(page, change, words):
    body = {"name": "a", "values": [0.5] * 28, "place": 0, **change}
    status, found = page.ask("/api/describe/why" if "place" in change else "/api/describe", body)
    assert status == 400
    assert words in found["error"]


def test_infinity_is_no_number(page):
    status, found = page.ask("/api/describe", b'{"name": "a", "values": [' + b"1e999," * 27 + b"1]}")
    assert status == 400
    assert "beyond" in found["error"]


def test_nothing_is_kept_of_a_description(page, table):
    before = page.server.routes.state()["describe"]
    page.ask("/api/describe", {"name": "secret name", "values": table.rows([9])[0].tolist()})
    after = page.server.routes.state()
    assert after["describe"] == before
    assert "secret" not in json.dumps(after)


def test_pictures_are_those_of_this_run_only(page):
    run = page.ask("/api/describe", {"name": "a", "values": [0.5] * 28})[1]["tiles"][0]["picture"].split("/")[3]
    for path in (f"{run}/99999999", f"{run}/-1", f"{run}/216", f"{run}/", "00000000/1", f"{run}/1/1", f"{run}/٣"):
        assert page.request("GET", quote(f"/api/picture/{path}"))[0] == 404


def test_phrases_move_the_nearest_attribute(table):
    class Words:
        def encode(self, texts):
            known = ("bar", "top", "bottom", "hole", "lower", "crossing", "striped")
            rows = np.array([[text.count(word) for word in known] for text in texts], dtype=float) + 1e-6
            return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    phrases, names = Phrases(table), list(table.attributes)
    found = phrases.values("a bar at the top, no hole lower and striped; crossing", Words().encode)
    assert [(names[place], value) for place, value, _ in found] == [
        ("bar_top", 1.0),
        ("hole_lower", 0.0),
        ("crossing", 1.0),
    ]
    assert phrases.values("no, not!", Words().encode) == []


def test_clients_share_nothing():
    recent, made = Recent(2), []

    def make(name):
        return lambda: made.append(name) or name

    assert [recent.get(client, b"k", make(client)) for client in (ALICE, BOB, ALICE)] == [ALICE, BOB, ALICE]
    assert made == [ALICE, BOB]
    recent.get("", b"k", make("nobody"))
    recent.get("", b"k", make("nobody"))
    assert made == [ALICE, BOB, "nobody", "nobody"]
    recent.get(ALICE, b"other", make("third"))  # forgets the one that was asked for longest ago
    recent.get(BOB, b"k", make("again"))
    assert made[-1] == "again"


def test_many_clients_at_a_time_get_their_own_answers(page):
    answers = {}

    def ask(number):
        names = [f"{chr(97 + number)}{chr(97 + number)}", "zzz"]
        body = {"classes": [{"name": name, "examples": []} for name in names], "query": names[0]}
        answers[number] = page.ask("/api/text", body, X_Client=f"{number:032d}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 20
    for number, (status, found) in answers.items():
        assert status == 200
        assert found["classes"][0]["name"] == chr(97 + number) * 2
        assert found["classes"][0]["p"] > 0.9


def test_texts_that_come_together_are_encoded_together():
    inside, go_on, seen = threading.Event(), threading.Event(), []

    class Slow(Letters):
        def encode(self, texts):
            seen.append(list(texts))
            inside.set()
            go_on.wait(10)
            if "bad" in texts:
                raise InvalidInputError("a text fails")
            return np.array(super().encode(texts))

    vectors, found = SentenceVectors(Slow()), {}

    def ask(text):
        try:
            found[text] = vectors.encode([text])
        except InvalidInputError as error:
            found[text] = error

    threads = [threading.Thread(target=ask, args=(text,)) for text in ("first", "second", "bad", "third")]
    threads[0].start()
    assert inside.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(vectors._waiting) < 3:
        time.sleep(0.01)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert seen[0] == ["first"]
    assert sorted(seen[1]) == ["bad", "second", "third"]
    assert sorted(map(len, seen[2:])) == [1, 1, 1]  # each alone, after one of them failed
    assert str(found.pop("bad")) == "a text fails"
    for text, rows in found.items():
        np.testing.assert_array_equal(rows, Letters().encode([text]))


def test_who_waits_too_long_for_the_encoder_is_refused():
    vectors = SentenceVectors(Letters(), patience=0.05)
    with vectors._turn, pytest.raises(Refused, match="try again"):
        vectors.encode(["a"])
    assert vectors._waiting == []


def test_a_model_of_ones_own(tmp_path):
    split = load_digits_zsl()
    names = [f"digit {label}" for label in range(10)]
    table = Semantics(split.semantics.vectors, classes=names, attributes=split.semantics.attributes)
    seen = [f"digit {label}" for label in split.y_train]
    model = ESZSLClassifier(semantics=table).fit(split.X_train, seen)
    np.savez(tmp_path / "gallery.npz", X=split.X_test_unseen[:40], label=split.y_test_unseen[:40].astype(str))
    own = described(model, own_gallery(read_samples(tmp_path / "gallery.npz"), tmp_path))
    assert own.gallery.labels[0] in {"7", "8", "9"}
    assert own.gallery.picture is None
    assert list(own.starts)[:2] == ["digit 0", "digit 1"]
    with pytest.raises(InvalidInputError, match="2001 samples; wanted 2000 at most"):
        check_count(2001)
    with pytest.raises(InvalidInputError, match="5 features per sample; the model was fitted on 64"):
        described(model, digit_gallery(np.zeros((2, 5)), np.arange(2)))
    with pytest.raises(InvalidInputError, match="PrototypicalClassifier without a class table"):
        described(PrototypicalClassifier.from_pretrained("omniglot"), own.gallery)
    with pytest.raises(InvalidInputError, match="without a class table"):
        described(RelationClassifier(cv=None).fit(split.X_train[:50], split.y_train[:50]), own.gallery)


def test_a_folder_of_pictures_and_a_model_of_texts(tmp_path):
    for name, colour in (("one.png", (250, 0, 0)), ("two.jpg", (0, 0, 250)), ("three.png", (240, 20, 20))):
        Image.new("RGB", (300, 200), colour).save(tmp_path / name)

    class Colours:
        def encode(self, images):
            return [np.asarray(image).reshape(-1, 3).mean(axis=0) for image in images]

    class Words:
        def encode(self, texts):
            return [[1 + 9 * text.count(word) for word in ("red", "green", "blue")] for text in texts]

    samples = read_samples(tmp_path, encoder=ImageEncoder(Colours()), verbose=False)
    model = ESZSLClassifier(semantics={"sky": "blue", "grass": "green"}, text_encoder=Words())
    model.fit(np.diag([0, 250, 250])[1:] + 1.0, ["grass", "sky"])
    own = described(model, own_gallery(samples, tmp_path))
    part = Describe(ready(own), ready(None), "run")
    state = part.state()
    assert (state["by_text"], state["attributes"], state["sentences"]) == (True, [], "ready")
    found = part.find(Question({"name": "fire", "sentence": "red"}, b"", ALICE))
    assert len(found["tiles"]) == found["of"] == 3
    assert {tile["name"] for tile in found["tiles"]} == {"one.png", "two.jpg", "three.png"}
    assert found["truth"] is None
    shown = Image.open(io.BytesIO(part.picture("run/0")))
    assert max(shown.size) == 128
    assert part.picture("run/3") is None


@pytest.mark.slow
def test_a_missing_sentence_encoder_is_said():
    with pytest.raises(InvalidInputError, match="nowhere"):
        find_sentence_vectors("nowhere/of-this-name")
    assert find_sentence_vectors(Letters()).encode(["abc"]).shape == (1, 26)


def test_pngs_are_what_they_show():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 9), dtype=np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(grey_png(pixels)))), pixels)


def test_the_shared_network_learns_nothing_from_questions():
    draw = Draw()
    draw.loaded.start()
    network = draw.loaded.get()
    copy.copy(network).add_classes(CROSS[None], [0])
    assert len(network.classes_) == 0
