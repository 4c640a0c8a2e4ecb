"""The part *attributes*: what it answers and refuses, and how a table is made on the page."""

import json

import numpy as np
import pytest
from app_client import bare_server, serving
from chromium_page import Browser, find_chromium

from zsl.app.parts._attributes import MOST_ATTRIBUTES, MOST_CLASSES, MOST_CSV
from zsl.semantics import AttributeDraft

CLASSES, ATTRIBUTES = ["zebra", "horse", "crow"], ["striped", "flies"]
VALUES = [[1, None], [None, 0], [None, None]]
ASKED = {"classes": CLASSES, "attributes": ATTRIBUTES, "values": VALUES, "skip": []}


@pytest.fixture(scope="module")
def client():
    with serving(bare_server()) as found:
        yield found


def as_draft(values):
    return AttributeDraft(np.array(values, dtype=float), classes=CLASSES, attributes=ATTRIBUTES)


def test_the_answer_is_that_of_the_draft(client):
    status, found = client.ask("/api/attributes", ASKED)
    draft = as_draft(VALUES)
    question, helpful = draft.question(), draft.helpful()
    assert status == 200
    assert found["question"] == {
        "row": CLASSES.index(question.label),
        "column": ATTRIBUTES.index(question.attribute),
        "pairs": question.pairs,
    }
    assert (found["together"], found["of"], found["open"]) == (len(draft.pairs()), 3, 4)
    assert found["pairs"] == draft.pairs()[["one", "other"]].to_numpy().tolist()
    assert [name for name, _, _ in found["helpful"]] == helpful.index[helpful["pairs"] > 0].tolist()
    assert found["helpful"][0][1:] == helpful.iloc[0][["pairs", "questions"]].tolist()


def test_skipped_cells_are_not_asked_about(client):
    first = client.ask("/api/attributes", ASKED)[1]["question"]
    cell = [first["row"], first["column"]]
    second = client.ask("/api/attributes", {**ASKED, "skip": [cell]})[1]["question"]
    assert [second["row"], second["column"]] != cell
    every = [[row, column] for row in range(3) for column in range(2)]
    found = client.ask("/api/attributes", {**ASKED, "skip": every})[1]
    assert found["question"] is None
    assert found["together"] > 0


def test_what_is_told_apart_asks_nothing(client):
    found = client.ask("/api/attributes", {**ASKED, "values": [[1, 0], [0, 0], [0, 1]]})[1]
    assert (found["question"], found["together"], found["pairs"], found["helpful"]) == (None, 0, [], [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"classes": []}, "classes has 0 entries"),
        ({"classes": ["zebra", "zebra ", "crow"]}, "Two classes are called 'zebra'"),
        ({"attributes": ["flies", "flies"]}, "Two attributes are called 'flies'"),
        ({"classes": ["zebra", "a\u202eb", "crow"]}, "can't be printed"),
        ({"classes": ["zebra", "\x00", "crow"]}, "can't be printed"),
        ({"classes": ["zebra", " ", "crow"]}, "name is empty"),
        ({"classes": ["zebra", 7, "crow"]}, "no text"),
        ({"classes": ["zebra", "x" * 81, "crow"]}, "80 at most"),
        ({"classes": "zebra"}, "no list"),
        ({"classes": [str(each) for each in range(MOST_CLASSES + 1)]}, "101 entries; wanted 1 to 100"),
        ({"attributes": [str(each) for each in range(MOST_ATTRIBUTES + 1)]}, "101 entries; wanted 1 to 100"),
        ({"values": VALUES[:2]}, "values has 2 entries; wanted 3"),
        ({"values": [[1], [None, 0], [None, None]]}, "row has 1 entries; wanted 2"),
        ({"values": [[1, "yes"], [None, 0], [None, None]]}, "no number"),
        ({"values": [[1, True], [None, 0], [None, None]]}, "no number"),
        ({"values": [[1, 1e10], [None, 0], [None, None]]}, "beyond"),
        ({"values": [[1, 0], 5, [None, None]]}, "no list"),
        ({"skip": None}, "skip is missing"),
        ({"skip": [[0, 2]]}, "column is no whole number from 0 to 1"),
        ({"skip": [[-1, 0]]}, "row is no whole number from 0 to 2"),
        ({"skip": [[0]]}, "cell has 1 entries"),
        ({"skip": [[0, 0]] * 1001}, "skip has 1001 entries"),
    ],
)
def test_bad_drafts_are_refused(client, change, words):
    status, found = client.ask("/api/attributes", {**ASKED, **change})
    assert status == 400
    assert words in found["error"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing or empty"),
        (None, "missing or empty"),
        ("nonsense", "The table has one column"),
        ("class,a\nx,1\nx,2", "'x' more than once"),
        ("class,a\nx,hello", "isn't numeric"),
        ("class,a\nx,inf", "infinite"),
        ("class,a\nx,1e300\ny,2", "beyond"),
        ("class,a\n\u202ex,1", "can't be printed"),
        ("class,a\nx,1,2", "3 fields in line 2"),
        ("class,a\n" + "\n".join(f"{row},1" for row in range(MOST_CLASSES + 1)), "too large"),
        ("class" + ",a" * (MOST_ATTRIBUTES + 1) + "\n", "too large"),
        ('class;"' + "\n" * 9 + '"' + ";a" * 60_000, "too large"),
        ('c,"' + "x" * 150_000, "no CSV"),
        ("x" * (MOST_CSV + 1), "200,000 at most"),
    ],
)
def test_bad_tables_are_refused(client, text, words):
    status, found = client.ask("/api/attributes/open", {"text": text})
    assert status == 400
    assert words in found["error"]
    assert "/" not in found["error"]  # nothing of the machine's files is told


def test_what_is_saved_opens_again(client, tmp_path):
    names = ["=1+1", 'a,"b"', "<script>"]
    draft = {"classes": names, "attributes": ATTRIBUTES, "values": [[1, None], [0.25, -3], [None, 0]]}
    status, saved = client.ask("/api/attributes/save", draft)
    path = tmp_path / "draft.csv"
    path.write_text(saved["text"], encoding="utf-8")
    values = np.array(draft["values"], dtype=float)
    assert status == 200
    assert AttributeDraft.from_csv(path) == AttributeDraft(values, classes=names, attributes=ATTRIBUTES)
    assert client.ask("/api/attributes/open", saved) == (200, draft)


def test_the_largest_table_fits_into_a_request(client):
    values = np.random.default_rng(0).random((MOST_CLASSES, MOST_ATTRIBUTES)).round(4).tolist()
    names = [f"{each:080}" for each in range(100)]
    status, found = client.ask(
        "/api/attributes", {"classes": names, "attributes": names, "values": values, "skip": [[0, 0]] * 1000}
    )
    assert (status, found["of"]) == (200, 4950)


QUESTION = "document.getElementById('attributes-question').innerText"
CELLS = "[...document.querySelectorAll('#attributes-table .cell')].map(e => e.innerText)"
needs_browser = pytest.mark.skipif(
    find_chromium() is None, reason="needs a Chromium, such as `apt-get install chromium`"
)


@pytest.fixture
def browser(client, tmp_path):
    found = Browser(tmp_path / "profile", width=320, height=640, touch=True)
    found.open(f"http://{client.host}/#attributes")
    found.wait(f"{QUESTION} === 'zebra: striped?'")
    yield found
    found.close()


def typed(browser, kind, words):
    browser.run(
        f"(() => {{ const e = document.getElementById('attributes-{kind}'); e.value = {json.dumps(words)};"
        "e.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def click(browser, name):
    browser.run(f"document.getElementById('attributes-{name}').click()")


@needs_browser
def test_a_table_is_made_on_the_page(browser, tmp_path):
    typed(browser, "classes", "zebra\nhorse\n<img src=x onerror=window.hacked=1>")
    typed(browser, "attributes", "striped\nlegs")
    browser.wait("document.querySelectorAll('#attributes-table .cell').length === 6")
    browser.run("document.getElementById('attributes-no').focus()")
    browser.key("y")
    browser.wait(f"{QUESTION} === 'horse: striped?'")
    assert browser.run("document.activeElement.id") == "attributes-no"
    click(browser, "skip")
    browser.wait(f"{QUESTION}.includes('<img')")
    click(browser, "undo")
    browser.wait(f"{QUESTION} === 'horse: striped?'")
    click(browser, "undo")
    browser.wait(f"{QUESTION} === 'zebra: striped?'")
    assert browser.run(CELLS) == ["·"] * 6
    click(browser, "undo")
    assert browser.run("document.getElementById('attributes-problem').innerText") == "There is nothing to undo."
    browser.run("document.querySelector('#attributes-table .cell').focus()")
    for key in ("y", "ArrowRight", "4", "Enter", "ArrowDown", "0", "Enter", "ArrowLeft", "n"):
        browser.key(key)
        if key.isdigit():
            browser.run(f"document.activeElement.value = {key!r}")
    assert browser.run(CELLS) == ["yes", "4", "no", "0", "·", "·"]
    assert browser.run("document.activeElement.getAttribute('aria-label')") == "horse, striped: no"
    browser.run("document.activeElement.click()")
    assert browser.run(CELLS)[2] == "·"
    browser.run("document.activeElement.click()")
    browser.wait("document.getElementById('attributes-apart').innerText.startsWith('2 of 3 pairs')")
    assert browser.run("window.hacked === undefined && document.querySelectorAll('#attributes img').length === 0")
    assert browser.run("document.documentElement.scrollWidth") <= 320
    over = "[...document.querySelectorAll('#attributes *')].filter(e => !e.closest('.sheet table')"
    assert browser.run(f"{over} && e.getBoundingClientRect().right > 321).map(e => e.outerHTML)") == []
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    click(browser, "save")
    browser.wait("new Promise(done => setTimeout(() => done(true), 700))")
    saved = AttributeDraft.from_csv(tmp_path / "draft.csv")
    assert saved.attributes == ("striped", "legs")
    np.testing.assert_array_equal(saved.values, [[1, 4], [1, 0], [np.nan, np.nan]])
    assert browser.complaints == []


@needs_browser
def test_a_table_is_opened_and_bad_names_are_said(browser):
    browser.run(
        "(() => { const input = document.getElementById('attributes-file'), data = new DataTransfer();"
        "data.items.add(new File(['class,legs,tail\\nspider,8,\\nsnake,0,1'], 'draft.csv')); input.files = data.files;"
        "input.dispatchEvent(new Event('change')); })()"
    )
    browser.wait(f"{QUESTION}.startsWith('All pairs')")
    assert browser.run(CELLS) == ["8", "·", "0", "yes"]
    assert browser.run("document.getElementById('attributes-classes').value") == "spider\nsnake"
    assert browser.complaints == []
    browser.run("document.getElementById('attributes-csv').value = 'nonsense'")
    click(browser, "read")
    browser.wait("document.getElementById('attributes-problem').innerText.includes('one column')")
    typed(browser, "classes", "spider\nspider")
    browser.wait("document.getElementById('attributes-problem').innerText.includes('called \\'spider\\'')")
    typed(browser, "classes", "spider\nsnake\nworm")
    browser.wait("document.querySelectorAll('#attributes-table .cell').length === 6")
    assert browser.run(CELLS) == ["8", "·", "0", "yes", "·", "·"]
    assert browser.run("document.getElementById('attributes-problem').hidden")
