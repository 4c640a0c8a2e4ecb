"""Names that users choose, in tables of text and Markdown, in spreadsheets, reports and terminals."""

import dataclasses
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsl import ESZSLClassifier, Semantics
from zsl._escaping import in_latex, in_markdown, in_spreadsheet, one_line
from zsl.datasets import make_zero_shot
from zsl.evaluation import BenchmarkResult, run_benchmark
from zsl.report import write_report

NASTY = [
    "a\nb", "a|b", "a\\|b", "*a*", "_a_", "`a`", "<b>a</b>", "[a](b)", "~~a~~", "&lt;", "a\\", "$a$", "=1+1", "\r\nb",
    "{{ 7 }}", "\x1b[2Jb", "a\u202eb", "a\x00b", "-", "n_steps", "'tis", "\u2028b", "# a", "![a](b)",
]  # fmt: skip


def test_ordinary_names_stay_as_they_are():
    for name in ("ESZSL", "n_steps=3, α=0.5", "grün", "大熊猫", "👩‍🔬", "a-b (c)", "x  y", "-1", "3.5", "+2e-3", ""):
        assert one_line(name) == in_spreadsheet(name) == name
    for name in ("ESZSL", "n_steps=3, α=0.5", "grün", "大熊猫", "👩‍🔬", "a-b (c)", "x  y", "-1"):
        assert in_markdown(name) == name


@given(st.text())
def test_one_line_is_one_line_and_steers_no_terminal(name):
    shown = one_line(name)
    assert len(shown.splitlines()) <= 1
    assert not set(shown) & set(map(chr, [*range(32), *range(127, 160)]))
    shown.encode()


@given(st.text(alphabet=st.sampled_from("ab|\\*_`<>[]()~$&;#!=x\n \t'\"")))
def test_markdown_shows_names_as_they_are(name):
    """In a cell of a table, as an independent renderer reads it."""
    markdown = (
        pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    )
    table = markdown.parse(f"| name | t1 |\n| --- | --- |\n| {in_markdown(name)} | 7 |")
    rows = [token for token in table if token.type == "inline"]
    assert len(rows) == 4
    assert all(child.type == "text" for child in rows[2].children)
    assert "".join(child.content for child in rows[2].children) == one_line(name).strip()
    assert rows[3].content == "7"


@given(st.text(alphabet=st.sampled_from("ab\\{}$&#%_~^<>|[]*-`'\n")))
def test_latex_shows_names_as_they_are(name):
    """Every sign that LaTeX acts upon is a command or in braces; taking these back gives the name."""
    text = in_latex(name)
    shown = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar)\{\}",
                   lambda found: chr(1) + found[1], text)  # fmt: skip
    shown = shown.replace("-{}", "-").replace("{[}", "[").replace("{*}", "*")
    assert not re.search(r"(?<!\\)[{}$&#%_~^<>|]", shown)
    assert "--" not in text
    commands = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<",
                "textgreater": ">", "textbar": "|"}  # fmt: skip
    shown = re.sub(r"\\([{}$&#%_])", r"\1", shown)
    for command, sign in commands.items():
        shown = shown.replace(chr(1) + command, sign)
    assert shown == one_line(name)


def starts_a_formula(cell):
    return bool(re.match(r"[=+\-@＝＋－＠]", cell.lstrip())) and not re.fullmatch(
        r"[+-]?[\d.]+(e[+-]?\d+)?", cell, re.I
    )


@given(st.text(alphabet=st.sampled_from("=+-@'＝ \t1.e5aAb\n")))
def test_cells_are_no_formulas_and_can_be_read_back(name):
    cell = in_spreadsheet(name)
    assert not starts_a_formula(cell)
    assert cell.removeprefix("'") == name


@pytest.mark.parametrize("value", [1, -1, 0.5, None, np.int64(-3)])
def test_other_cells_than_text_stay(value):
    assert in_spreadsheet(value) is value


@pytest.fixture(scope="module")
def result():
    """A benchmark whose methods, data and choices have nasty names."""
    split = make_zero_shot(4, 2, n_features=6, n_attributes=4, n_per_class=5, n_test_per_class=3, random_state=0)
    (cell,) = run_benchmark({"m": ESZSLClassifier(cv=None)}, {"d": split}, seeds=1, verbose=False).cells
    return BenchmarkResult(
        [cell | {"method": name, "data": name, "chosen": {name: name}, "warnings": [name]} for name in NASTY]
    )


def test_tables_of_text_have_one_line_per_row(result):
    lines = result.to_text().split("\n")
    assert lines.index("") == 2 + len(NASTY)
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("Warned:") for line in lines) == len(NASTY)


def test_tables_in_markdown_have_one_line_per_row(result):
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = markdown.parse(result.to_markdown())
    inline = [token for token in tokens if token.type == "inline"]
    cells = [token.children for token in inline[: 12 * (1 + len(NASTY))]]
    methods = ["".join(child.content for child in cells[place]) for place in range(13, len(cells), 12)]
    assert methods == [one_line(name).strip() for name in NASTY]
    assert sum(token.type == "list_item_open" for token in tokens) == len(inline) - len(cells)
    assert not {"html_inline", "link_open", "em_open", "strong_open", "code_inline"} & {
        child.type for token in inline for child in token.children
    }


def test_csv_runs_no_formula_and_is_read_back(result):
    read = pd.read_csv(io.StringIO(result.to_csv(), newline=""), dtype=str, keep_default_na=False)
    raw = pd.read_csv(io.StringIO(result.to_csv(raw=True), newline=""), dtype=str, keep_default_na=False)
    assert not any(starts_a_formula(cell) for cell in read["method"])
    assert any(starts_a_formula(cell) for cell in raw["method"])
    assert [cell.removeprefix("'") for cell in read["method"]] == raw["method"].tolist()


def test_a_report_on_nasty_names(tmp_path):
    html = pytest.importorskip("html.parser")
    split = make_zero_shot(16, 8, n_features=30, n_attributes=25, n_per_class=4, n_test_per_class=2, random_state=0)
    table = split.semantics
    assert len(NASTY) == len(table.classes)
    names = dict(zip(table.classes.tolist(), NASTY, strict=True))
    table = Semantics(table.vectors, classes=NASTY, attributes=[f"{name} " * 2 for name in [*NASTY, "one more"]])
    parts = {
        part: np.array([names[label] for label in getattr(split, part).tolist()])
        for part in ("y_train", "y_test_seen", "y_test_unseen")
    }
    split = dataclasses.replace(
        split,
        **parts,
        semantics=table,
        X_support=None,
        y_support=None,
        name=NASTY[6],
        info={name: name for name in NASTY},
    )
    fitted = ESZSLClassifier(semantics=table, cv=None).fit(split.X_train, split.y_train)
    page = write_report(fitted, split, tmp_path / "r.html", title=NASTY[6], versions={NASTY[6]: NASTY[0]}).read_text(
        "utf-8"
    )

    texts = []

    class Reader(html.HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "script":
                texts.append(tag)

        def handle_data(self, data):
            texts.append(data.strip())

    Reader().feed(page)
    shown = set(texts)
    assert {" ".join(one_line(name).split()) for name in NASTY} <= {" ".join(text.split()) for text in shown}
    assert not set(page) & set(map(chr, [*range(9), 11, 12, 13, 27, 127, 0x202E]))
