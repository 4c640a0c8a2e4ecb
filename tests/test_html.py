"""What a notebook shows of results and class tables: everything, escaped, and nothing from outside."""

from html.parser import HTMLParser

import numpy as np
import pytest

from zsl import ESZSLClassifier, Semantics
from zsl._escaping import html_table
from zsl.datasets import make_zero_shot
from zsl.evaluation import EpisodeResult, PresentationResult, measure_gzsl, measure_retrieval, run_benchmark
from zsl.taxonomy import Taxonomy

ATTACK = "<script src=http://example.org/x>alert('1')</script>\n$&"
SPLIT = make_zero_shot(6, 3, n_features=8, n_attributes=5, n_per_class=8, n_test_per_class=6, random_state=0)
FITTED = ESZSLClassifier(semantics=SPLIT.semantics, cv=2).fit(SPLIT.X_train, SPLIT.y_train)
VECTORS = np.arange(30.0).reshape(3, 10) % 7
TABLE = Semantics(
    VECTORS,
    classes=[ATTACK, "b", "c"],
    attributes=[f"{ATTACK} {place}" for place in range(10)],
    imputed=np.arange(30).reshape(3, 10) == 1,
)
SHOWN = {
    "GZSLResult": measure_gzsl(FITTED, SPLIT),
    "RetrievalResult": measure_retrieval(FITTED, SPLIT.X_test_unseen, SPLIT.y_test_unseen, k=[1, 5]),
    "EpisodeResult": EpisodeResult(np.array([0.5, 0.75]), 5, 1, False),
    "PresentationResult": PresentationResult(np.array([[0.25, 0.75], [0.25, 1.0]]), 5),
    "BenchmarkResult": run_benchmark({ATTACK: ESZSLClassifier(cv=2)}, {ATTACK: SPLIT}, seeds=1, verbose=False),
    "Semantics": TABLE,
    "Audit": TABLE.audit(),
    "Taxonomy": Taxonomy({ATTACK: ["a", "b"], "other": [f"c{place}" for place in range(20)]}),
}


class Parsed(HTMLParser):
    """Tags, and the text of each cell."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self.text, self.open = [], [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


@pytest.mark.parametrize("thing", SHOWN.values(), ids=SHOWN)
def test_tables_are_whole_and_load_nothing(thing):
    text = thing._repr_html_()
    found = Parsed(text)
    assert not found.open
    assert {tag for tag, _ in found.tags} <= {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "i"}
    assert {name for _, attributes in found.tags for name in attributes} <= {"style"}
    styles = " ".join(attributes["style"] for _, attributes in found.tags if "style" in attributes)
    assert not any(part in styles for part in ("url(", "#", "rgb(", "black", "white"))
    assert "<script" not in text
    assert repr(thing) == repr(thing)
    assert "<table" not in repr(thing)


def test_figures_of_a_result():
    result = SHOWN["GZSLResult"]
    found = Parsed(result._repr_html_())
    for name, value in (("T1", result.t1), ("S", result.seen), ("U", result.unseen), ("H", result.harmonic_mean)):
        assert found.cells[found.cells.index(name) + 1] == f"{value:.3f}"
    assert "6 seen and 3 unseen classes" in found.text


def test_figures_of_others():
    retrieval = SHOWN["RetrievalResult"]
    assert Parsed(retrieval._repr_html_()).cells[3:6] == [
        "1", f"{retrieval.mean_precision(1):.3f}", f"{retrieval.mean_recall(1):.3f}"
    ]  # fmt: skip
    assert Parsed(SHOWN["EpisodeResult"]._repr_html_()).cells[6:9] == ["5", "1", "62.500"]
    assert Parsed(SHOWN["PresentationResult"]._repr_html_()).cells[6:8] == ["2", "87.500"]
    assert any(" ".join(ATTACK.split()) in cell for cell in Parsed(SHOWN["BenchmarkResult"]._repr_html_()).cells)


def test_class_table_with_its_findings():
    found = Parsed(TABLE._repr_html_())
    assert "Class table: 3 classes × 10 attributes" in found.text
    assert "The first 3 of 3 classes and 8 of 10 attributes are shown." in found.text
    assert found.cells[9] == " ".join(ATTACK.split("\n"))
    assert found.cells[10:18] == [f"{value:g}" for value in VECTORS[0, :8]]
    assert [tag for tag, _ in found.tags].count("i") == 1
    for finding in TABLE.audit():
        assert finding.kind in found.text
    plain = Semantics([[1, 0], [0, 1]], classes=[3, 5])
    assert "The audit found nothing." in plain._repr_html_()
    assert "are shown" not in plain._repr_html_()


def test_sentences_stand_for_their_vectors():
    texts = [["a striped horse", "it lives in Africa"], ["x" * 200], []]
    found = Parsed(Semantics(VECTORS, classes=["a", "b", "c"], texts=texts)._repr_html_())
    assert found.cells[2:] == ["a", "a striped horse and 1 more", "b", "x" * 99 + "…", "c", ""]
    assert "10 numbers of a text encoder" in found.text


def test_large_tables_are_not_audited_each_time_they_are_shown(monkeypatch):
    table = Semantics(np.eye(2001), classes=range(2001))
    monkeypatch.setattr(Semantics, "audit", None)
    assert "audit() looks for" in table._repr_html_()


def test_cells():
    text = html_table(["a", "b"], [["x", 0.12345], ["<y>", None], ["z", float("nan")], ["z", -1.0]], marked=[(0, 1)])
    assert Parsed(text).cells == ["a", "b", "x", "0.123", "<y>", "–", "z", "–", "z", "−1.000"]
    assert "<i>0.123</i>" in text
    assert text.count("text-align: right") == 5


def test_groups_are_shown_with_what_is_below_them():
    found = Parsed(SHOWN["Taxonomy"]._repr_html_())
    assert found.cells[4:8] == ["root", "", "22", f"{' '.join(ATTACK.split())}, other"]
    assert found.cells[12:16] == ["other", "root", "20", "c0, c1, c2, c3, c4, c5, c6, c7 and 12 more"]
    many = Taxonomy({f"group {place}": [f"class {place}"] for place in range(30)})
    assert "The first 12 of 31 groups are shown." in Parsed(many._repr_html_()).text
