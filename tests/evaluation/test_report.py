"""The report: its numbers, what stands on the page, and how a browser shows it."""

import contextlib
import fcntl
import io
import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import sklearn
from nearest_prototype import NearestPrototype, gaussian_split
from PIL import Image
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import RelationClassifier
from zsl.datasets import make_zero_shot
from zsl.evaluation import ClassKFold, GZSLSplit, expected_calibration_error, k_occurrence, measure_gzsl
from zsl.exceptions import InvalidInputError, MissingExtraError
from zsl.report import write_report
from zsl.report._choices import choices_of
from zsl.report._explanations import REST
from zsl.report._parts import collect
from zsl.report._texts import as_text
from zsl.semantics import Semantics

ATTACK = "<script>document.title = 'attacked'</script>"
QUICK = {"n_episodes": 5, "cv": 2, "random_state": 0, "verbose": False}


@pytest.fixture(scope="module")
def split():
    """Names of classes, attributes, data set and origin that would be code if they weren't escaped."""
    made = make_zero_shot(8, 4, n_features=12, n_attributes=10, n_per_class=12, noise=0.8, random_state=0)

    def renamed(labels):
        return np.array([f"{ATTACK} $x{{ {label}" for label in labels.tolist()])

    return GZSLSplit(
        made.X_train,
        renamed(made.y_train),
        made.X_test_seen,
        renamed(made.y_test_seen),
        made.X_test_unseen,
        renamed(made.y_test_unseen),
        Semantics(
            made.semantics.vectors,
            classes=renamed(made.semantics.classes),
            attributes=[f"\"'><img src=http://example.org/{place}>" for place in range(10)],
        ),
        name=f"synthetic {ATTACK}",
        info={f"from {ATTACK}": f"with {ATTACK}"},
    )


@pytest.fixture(scope="module")
def fitted(split):
    return RelationClassifier(semantics=split.semantics, **QUICK).fit(split.X_train, split.y_train)


@pytest.fixture(scope="module")
def numbers(fitted, split):
    return collect(fitted, split, k=2, n_examples=3, others={})


@pytest.fixture(scope="module")
def plain():
    """A split and an estimator that cannot explain."""
    split = gaussian_split(6, 3, n_per_class=10, noise=0.4)
    return NearestPrototype(semantics=split.semantics, seen_bias=0.5).fit(split.X_train, split.y_train), split


@pytest.fixture(scope="module")
def page(fitted, split, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    others = {f"linear {ATTACK}": measure_gzsl(fitted, split)}
    versions = {"zsl": ATTACK}
    return write_report(
        fitted,
        split,
        folder / "page.html",
        others=others,
        png_folder=folder / "a" / "b",
        versions=versions,
        date=ATTACK,
    )


@pytest.fixture(autouse=True)
def _undrawn(page, monkeypatch):
    """All pages but the first have no plots in them, which would take the most time."""
    monkeypatch.setattr("zsl.plots._display.as_png", lambda ax: b"no picture")


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def named(self, tag):
        return [attributes for found, attributes in self.tags if found == tag]


def read(path):
    return Page(path.read_text(encoding="utf-8"))


def test_numbers_are_those_of_the_estimator(numbers, fitted, split):
    wanted = measure_gzsl(fitted, split)
    assert numbers.result.to_frame().equals(wanted.to_frame())
    scores = fitted.class_scores(split.X_test_unseen, calibrated=True)
    assert numbers.classes.tolist() == fitted.classes_.tolist()
    assert numbers.occurrence.tolist() == k_occurrence(scores, 2).tolist()
    assert numbers.classes[numbers.seen].tolist() == split.seen_classes.tolist()
    assert numbers.n_hits == (fitted.predict(split.X_test_unseen) == split.y_test_unseen).sum()
    counts = [count for _, _, count in numbers.hubs]
    assert counts == sorted(numbers.occurrence.tolist(), reverse=True)[:5]


def test_confusions_are_the_largest_ones_off_the_diagonal(numbers, fitted, split):
    predicted = fitted.predict(split.X_test_unseen, classes=split.unseen_classes)
    table = pd.crosstab(split.y_test_unseen, predicted, normalize="index")
    mistakes = numbers.among_unseen.mistakes(8)
    shares = [share for _, _, share in mistakes]
    assert shares == sorted(shares, reverse=True)
    assert 0 < len(shares) <= 8
    for true, guess, share in mistakes:
        assert true != guess
        assert share == pytest.approx(table.loc[true, guess])
    assert numbers.confusion.counts.sum() == len(split.y_test_seen) + len(split.y_test_unseen)
    assert numbers.n_unseen == len(split.y_test_unseen)


def test_reliability_is_that_of_all_test_samples(numbers, fitted, split):
    X, y = np.concatenate([split.X_test_seen, split.X_test_unseen]), [*split.y_test_seen, *split.y_test_unseen]
    wanted = expected_calibration_error(y, fitted.predict_proba(X), classes=fitted.classes_)
    assert numbers.reliability.expected_calibration_error == pytest.approx(wanted)


def test_examples_are_hits_and_misses_with_the_right_rivals(numbers, fitted, split):
    scores = fitted.class_scores(split.X_test_unseen, calibrated=True)
    ranked = fitted.classes_[np.argsort(-scores, axis=1)]
    assert 0 < len(numbers.hits) <= 3
    assert 0 < len(numbers.misses) <= 3
    for example in numbers.hits:
        assert example.true == example.predicted == split.y_test_unseen[example.sample]
        assert example.rival == ranked[example.sample, 1]
    for example in numbers.misses:
        assert example.rival == example.true == split.y_test_unseen[example.sample]
        assert example.predicted == ranked[example.sample, 0] != example.true
    for example in (*numbers.hits, *numbers.misses):
        pair = fitted.class_scores(
            split.X_test_unseen[[example.sample]], [example.predicted, example.rival], calibrated=True
        )[0]
        assert example.total == pytest.approx(pair[0] - pair[1], abs=2e-3)
        assert sum(part.amount for part in example.contributions) == pytest.approx(example.total)
        assert len(example.contributions) == 7
        assert example.contributions[-1].name == REST
        sizes = [abs(part.amount) for part in example.contributions[:-1]]
        assert sizes == sorted(sizes, reverse=True)
        assert example.largest >= sizes[0]


def test_examples_tell_what_the_class_table_says(numbers, split):
    table = split.semantics.to_frame()
    example = numbers.misses[0]
    told = [part for part in example.contributions if part.values[0] is not None]
    assert told
    for part in told:
        assert part.values == tuple(table.loc[[example.predicted, example.rival], part.name])


def test_labels_may_be_objects(plain, tmp_path):
    _, split = plain
    parts = {name: getattr(split, name) for name in ("X_train", "X_test_seen", "X_test_unseen", "semantics")}
    labels = {name: getattr(split, name).astype(object) for name in ("y_train", "y_test_seen", "y_test_unseen")}
    of_objects = GZSLSplit(**parts, **labels)
    fitted = RelationClassifier(semantics=split.semantics, **QUICK)
    fitted.fit(split.X_train, labels["y_train"])
    text = read(write_report(fitted, of_objects, tmp_path / "page.html")).text
    assert "runner-up" in text


@pytest.mark.parametrize(
    ("count", "places"), [(0, []), (1, [2]), (2, [1, 3]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_examples_are_taken_at_even_steps(count, places):
    class Explains(NearestPrototype):
        def explain(self, x, among):
            return pd.DataFrame({"contribution": [1.0, -0.25]}, index=["a", "b"])

    split = gaussian_split(5, 1, n_per_class=10, noise=0.01)
    fitted = Explains(semantics=split.semantics, seen_bias=100.0).fit(split.X_train, split.y_train)
    found = collect(fitted, split, k=1, n_examples=count, others={})
    assert [example.sample for example in found.hits] == places
    assert found.misses == ()
    assert all(example.total == 0.75 for example in found.hits)
    assert all(part.values == (None, None) for example in found.hits for part in example.contributions)


def test_explanation_that_is_refused_is_told(tmp_path):
    split = make_zero_shot(6, 2, n_features=8, n_attributes=4, n_per_class=8, noise=0.1, random_state=0)
    fitted = RelationClassifier(**QUICK).fit(split.X_train, split.y_train)
    fitted.add_classes(split.X_support, split.y_support)
    text = read(write_report(fitted, split, tmp_path / "page.html")).text
    assert "Not explained: " in text
    assert "without semantics" in text


def test_page_holds_everything(page, numbers):
    found, result = read(page), numbers.result
    for value in (result.t1, result.seen, result.unseen, result.harmonic_mean, result.ausuc, result.seen_bias):
        assert f"{value:.3f}".replace("-", "−") in found.text
    for label in numbers.classes.tolist():
        assert label in found.text
    for words in (
        *("Seen against unseen", "Hubs", "Confusion", "Hits", "Misses", "runner-up", "hyper-parameter"),
        *("H on held-out seen classes", "How far probabilities can be trusted", "n_episodes", "semantic_scaling"),
        "test samples of unseen classes",
    ):
        assert words in found.text
    headings = [tag for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert all(int(b[1]) - int(a[1]) <= 1 for a, b in pairwise(headings))


def test_page_has_nothing_of_the_names_as_code(page):
    found = read(page)
    assert not found.named("script")
    assert f"synthetic {ATTACK}" in found.text
    assert f"from {ATTACK}" in found.text
    assert f"with {ATTACK}" in found.text
    pictures = found.named("img") + found.named("source")
    assert len(pictures) == 12
    assert all((tag.get("src") or tag["srcset"]).startswith("data:image/png;base64,") for tag in pictures)
    assert all(len(tag["alt"]) > 20 for tag in found.named("img"))
    assert not found.named("link")
    assert not [attributes for _, attributes in found.tags if any(name.startswith("on") for name in attributes)]
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    labelled = [attributes["aria-labelledby"] for _, attributes in found.tags if "aria-labelledby" in attributes]
    assert len(set(ids)) == len(ids)
    assert set(labelled) <= set(ids)


def test_pictures_lie_beside_the_page(page):
    written = sorted(path.name for path in (page.parent / "a" / "b").iterdir())
    names = ("confusion", "confusion_unseen", "hubness", "per_class", "reliability", "seen_unseen")
    assert written == [f"{name}_{theme}.png" for name in names for theme in ("dark", "light")]


def test_same_arguments_make_the_same_page(fitted, split, tmp_path):
    texts, before = [], plt.get_fignums()
    for name in "ab":
        text = write_report(fitted, split, tmp_path / name, n_examples=1).read_text(encoding="utf-8")
        texts.append(re.sub(r"took \S+ s", "", text))
    assert texts[0] == texts[1]
    assert plt.get_fignums() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_estimator_without_explanations(plain, tmp_path):
    fitted, split = plain
    text = read(write_report(fitted, split, tmp_path / "page.html", title="Given <title>", k=4)).text
    assert "NearestPrototype has no method explain" in text
    assert "one of their 4 best matches" in text
    assert text.count("Given <title>") == 2
    assert "predicts no probabilities" in text
    assert date.today().isoformat() in text
    assert f"scikit-learn {sklearn.__version__}" in text


def test_estimator_without_bias_or_anything_chosen(plain, tmp_path):
    class Bare(NearestPrototype):
        def fit(self, X, y):
            super().fit(X, y)
            del self.seen_bias_, self.n_features_in_
            return self

        def class_scores(self, X, classes=None, *, calibrated=False):
            self.seen_bias_, self.n_features_in_ = 0.0, 12
            scores = super().class_scores(X, classes)
            del self.seen_bias_, self.n_features_in_
            return scores

    _, split = plain
    fitted = Bare(semantics=split.semantics).fit(split.X_train, split.y_train)
    text = read(write_report(fitted, split, tmp_path / "page.html")).text
    assert "this estimator has none" in text
    assert "Bare shows nothing that it chose." in text
    assert "The mark is at" not in text


def test_no_mistakes_and_no_class_table(tmp_path):
    split = gaussian_split(5, 1, n_per_class=10, noise=0.01)
    fitted = NearestPrototype(semantics=split.semantics).fit(split.X_train, split.y_train)
    bare = GZSLSplit(
        split.X_train, split.y_train, split.X_test_seen, split.y_test_seen, split.X_test_unseen, split.y_test_unseen
    )
    text = read(write_report(fitted, bare, tmp_path / "page.html", date="", versions={})).text
    assert date.today().isoformat() not in text
    assert "made with" not in text.lower()
    assert "There are no mistakes." in text
    assert "no class table" in text
    assert "Zero-shot report: NearestPrototype" in text


def test_search_over_a_pipeline_is_looked_through(plain, tmp_path):
    _, split = plain
    search = GridSearchCV(
        make_pipeline(StandardScaler(), NearestPrototype(semantics=split.semantics)),
        {"nearestprototype__seen_bias": [0.25]},
        cv=ClassKFold(2, random_state=0),
    ).fit(split.X_train, split.y_train)
    text = read(write_report(search, split, tmp_path / "page.html")).text
    assert "nearestprototype__seen_bias, by GridSearchCV" in text
    assert "StandardScaler → NearestPrototype on" in text
    assert "0.250" in text


def test_selection_of_another_shape():
    split = gaussian_split(4, 2, n_per_class=6, noise=0.1)
    fitted = NearestPrototype(semantics=split.semantics).fit(split.X_train, split.y_train)
    fitted.selection_ = ["alpha", 0.5]
    assert ("selection", "alpha, 0.5") in choices_of(fitted, fitted).others


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"k": 10}, "k=10; wanted a whole number from 1 to 9"),
        ({"n_examples": -1}, "n_examples=-1"),
        ({"n_examples": 1.5}, "n_examples=1.5"),
        ({"n_examples": True}, "n_examples=True"),
        ({"others": {"a": 0.5}}, "others has a float for 'a'; wanted a GZSLResult"),
    ],
)
def test_bad_arguments_write_nothing(plain, tmp_path, changes, complaint):
    fitted, split = plain
    with pytest.raises(InvalidInputError, match=complaint):
        write_report(fitted, split, tmp_path / "page.html", png_folder=tmp_path / "png", **changes)
    assert not list(tmp_path.iterdir())


def test_a_second_estimator_of_the_same_name_is_refused(plain, tmp_path):
    fitted, split = plain
    with pytest.raises(InvalidInputError, match="named 'NearestPrototype', the name of the estimator itself"):
        write_report(fitted, split, tmp_path / "page.html", others={"NearestPrototype": measure_gzsl(fitted, split)})


def test_missing_matplotlib_is_told_before_anything_is_measured(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match="zslearn"):
        write_report(None, None, tmp_path / "page.html")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "yes"),
        (np.float64(1 / 3), "0.3333"),
        (np.array([1, 2]), "1, 2"),
        ({"a": 0.5, "b": [1, (2, 3)]}, "a: 0.5, b: (1, (2, 3))"),
        ((), "empty"),
        (list(range(10)), "0, 1, 2, 3, … 2 more …, 6, 7, 8, 9"),
        ([{"a": 1}], "(a: 1)"),
        (dict.fromkeys(range(10), "x"), ", ".join(f"{key}: x" for key in range(8)) + ", and 2 more"),
        ("x" * 300, "x" * 199 + "…"),
        (type("Long", (), {"__str__": lambda self: "x" * 300})(), "Long"),
    ],
)
def test_text_of_anything(value, text):
    assert as_text(value) == text


def test_choices_are_told_beside_what_was_tried():
    model = SimpleNamespace(
        n_features_in_=9,
        alpha_=0.5,
        seen_bias_=0.25,
        width_=2.0,
        selection_={
            "params": {"alpha": 0.5, "root": True},
            "alternatives": {"alpha": {"0.5": 0.75, "1.0": 0.5}, "root": {"True": 0.75, "False": 0.25}},
            "harmonic_mean": 0.75,
            "seen_bias": [(0, 0.25), (5, 0.125)],
            "grid": [{}] * 4,
            "n_folds": 3,
            "unlabeled": {"start_bias": 0.5},
        },
    )
    found = choices_of(model, model)
    assert [(choice.name, choice.chosen) for choice in found.compared] == [("alpha", "0.5"), ("root", "yes")]
    assert [(one.value, one.is_chosen, one.figure) for choice in found.compared for one in choice.tried] == [
        ("0.5", True, 0.75), ("1", False, 0.5), ("yes", True, 0.75), ("no", False, 0.25)
    ]  # fmt: skip
    assert dict(found.others) == {
        "seen-class bias γ": "0.25",
        "width": "2",
        "H on held-out seen classes": "0.75",
        "folds of held-out seen classes": "3",
        "use of unlabelled samples": "start bias: 0.5",
        "γ by support samples per class": "0: 0.25, 5: 0.125",
        "combinations tried": "4",
    }
    assert not choices_of(SimpleNamespace(), SimpleNamespace())


def test_pictures_of_the_examples(fitted, split, plain, tmp_path):
    images = [np.full((4, 4), place, dtype=np.uint8) for place in range(len(split.X_test_unseen))]
    found = collect(fitted, split, k=1, n_examples=2, others={}, images=images)
    for example in (*found.hits, *found.misses):
        shown = Image.open(io.BytesIO(example.picture))
        assert np.asarray(shown).tolist() == np.full((4, 4, 3), example.sample).tolist()
    page = read(write_report(fitted, split, tmp_path / "page.html", images=images))
    alts = [tag["alt"] for tag in page.named("img")]
    assert sum(alt.startswith("Test sample ") for alt in alts) == len(found.hits) + len(found.misses)
    assert any("fit each unseen class best" in alt for alt in alts)
    bare, other = plain
    told = replace(other, info={"images": [images[0]] * len(other.X_test_unseen)})
    page = read(write_report(bare, told, tmp_path / "page.html"))
    assert "has no method explain" in page.text
    assert sum(tag["alt"].startswith("Test sample ") for tag in page.named("img")) > 0
    with pytest.raises(InvalidInputError, match=r"images has 2 entries for \d+ samples"):
        write_report(fitted, split, tmp_path / "other.html", images=images[:2])
    with pytest.raises(InvalidInputError, match=r"images\[\d+\] can't be opened as an image"):
        write_report(fitted, split, tmp_path / "other.html", images=["missing.png"] * len(images))
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium to open the page")
def test_browser_shows_the_page(page, tmp_path):
    with browser(CHROMIUM, tmp_path) as tab:
        shown = {}
        for width in (320, 768, 1280):
            for scheme in ("light", "dark"):
                tab.open(page.as_uri(), width, scheme)
                assert tab.value("document.documentElement.scrollWidth") <= width
                shown[scheme] = (
                    tab.value("getComputedStyle(document.body).backgroundColor"),
                    tab.value("[...document.images].map(image => image.currentSrc).join()"),
                )
                assert tab.value("[...document.images].every(image => image.naturalWidth > 300)")
                assert tab.value("document.title").startswith("Zero-shot report: synthetic <script>")
                asked = [event["params"]["request"]["url"] for event in tab.events("Network.requestWillBeSent")]
                assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
                assert not tab.events("Runtime.consoleAPICalled") + tab.events("Runtime.exceptionThrown")
                assert not tab.events("Log.entryAdded")
        assert shown["light"][0] != shown["dark"][0]
        assert shown["light"][1] != shown["dark"][1]
        boxes = "[...document.querySelectorAll('table')].every(table => table.parentElement.matches('.scroll'))"
        assert tab.value(boxes)
        tab.open(page.as_uri(), 320, "light")
        cells = (
            "[...document.querySelectorAll('.scores td:last-child')].map(cell => cell.getBoundingClientRect().right)"
        )
        assert 0 < max(tab.value(cells)) <= 320


@contextlib.contextmanager
def browser(executable, profile):
    """Headless Chromium with an empty profile, spoken to through its debugging pipe."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
             f"--user-data-dir={profile / 'profile'}", "about:blank"]  # fmt: skip
    # Chromium reads from descriptor 3 and writes to 4; high numbers here keep the copies from overwriting each other.
    ends = [pair for _ in range(2) for pair in os.pipe()]
    its_in, our_out, our_in, its_out = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 64) for end in ends)
    for end in ends:
        os.close(end)
    launch = "import os, sys; a, b, *c = sys.argv[1:]; os.dup2(int(a), 3); os.dup2(int(b), 4); os.execv(c[0], c)"
    process = subprocess.Popen(
        [sys.executable, "-c", launch, str(its_in), str(its_out), executable, *flags],
        pass_fds=(its_in, its_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        os.close(its_in)
        os.close(its_out)
        yield Tab(our_in, our_out)
    finally:
        for end in (our_in, our_out):
            os.close(end)
        try:
            process.wait(5)  # it ends when the pipe is closed
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Tab:
    """A tab of the browser: calls of the DevTools protocol, and the events that came since the page was opened."""

    def __init__(self, our_in, our_out):
        self._in, self._out, self._bytes, self._calls, self._session, self._events = our_in, our_out, b"", 0, None, []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, address, width, scheme):
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=True)
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._events.clear()
        self._call("Page.navigate", url=address)
        deadline = time.monotonic() + 15
        while not self.events("Page.loadEventFired"):
            self._events.append(self._message(deadline))

    def value(self, expression):
        return self._call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

    def events(self, method):
        return [event for event in self._events if event.get("method") == method]

    def _call(self, method, **params):
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 15
        while (answer := self._message(deadline)).get("id") != self._calls:
            self._events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _message(self, deadline):
        while b"\0" not in self._bytes:
            if not select.select([self._in], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser doesn't answer")
            part = os.read(self._in, 1 << 20)
            assert part, "the browser has gone"
            self._bytes += part
        message, _, self._bytes = self._bytes.partition(b"\0")
        return json.loads(message)
