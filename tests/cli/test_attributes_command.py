"""``zsl attributes``: a class table by questions, from names to a fitted model."""

import io
import sys

import pandas as pd
import pytest
from command import run

from zsl import Semantics, load_digits_zsl
from zsl.semantics import AttributeDraft

FACTS = pd.DataFrame(
    {"striped": [1, 0, 0, 0], "flies": [0, 0, 1, 0], "swims": [0, 0, 0, 1]}, index=["zebra", "horse", "crow", "trout"]
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "classes.txt").write_text("zebra\nhorse\n\ncrow\ntrout\n")
    (tmp_path / "names.txt").write_text("striped\nflies\nswims\n")
    return tmp_path


@pytest.fixture
def started(here):
    run(["attributes", "new", "classes.txt", "--attributes", "names.txt", "-o", "draft.csv", "--quiet"], check=True)
    return here


def ask(answers, capsys, monkeypatch, *more, stdin=io.StringIO, check=True):
    monkeypatch.setattr(sys, "stdin", stdin("".join(f"{answer}\n" for answer in answers)))
    return run(["attributes", "ask", "draft.csv", *more], capsys, check)


def test_a_draft_from_names(here, capsys):
    told = run(
        ["attributes", "new", "classes.txt", "--attributes", "names.txt", "-o", "draft.csv"], capsys, check=True
    )[1]
    assert "draft.csv, 4 classes × 3 attributes: 0 given, 0 filled in, 12 open" in told
    assert (here / "draft.csv").read_text().startswith("class,striped,flies,swims\nzebra,,,\n")
    (here / "texts.csv").write_text("class,text\n7,A seven.\n8,An eight.\n7,Another.\n")
    run(["attributes", "new", "texts.csv", "--attributes", "round, 'a, b'", "-o", "two.csv"], capsys, check=True)
    draft = AttributeDraft.from_csv("two.csv")
    assert draft.classes.tolist() == [7, 8]
    assert draft.attributes == ("round", "'a", "b'")


def test_answers_are_saved_one_by_one(started, capsys, monkeypatch):
    out = ask(["y", "No", "0,25", "undo", "skip", "2", "u", "true", "q", "never read"], capsys, monkeypatch)[1]
    draft = AttributeDraft.from_csv("draft.csv")
    assert draft.values[:3, 0].tolist()[:2] == [1, 0]
    assert "[6 pairs] zebra: striped? y" in out
    assert "Answered 3, skipped 1." in out
    assert draft.given.sum() == 3
    assert draft.open[2, 0], "was undone, then skipped"
    assert "undo" not in ask(["undo"], capsys, monkeypatch)[2]


def test_questions_end_when_all_are_told_apart(started, capsys, monkeypatch):
    class Knowing(io.StringIO):
        """Answers the question that was printed last."""

        def readline(self):
            label, attribute = capsys.readouterr().out.split("] ")[-1].removesuffix("? ").split(": ")
            return f"{FACTS.loc[label, attribute]}\n"

    out = ask([], capsys, monkeypatch, stdin=Knowing)[1]
    draft = AttributeDraft.from_csv("draft.csv")
    assert draft.pairs().empty
    assert "All pairs of classes are told apart by an attribute." in out
    assert draft.open.any()
    ask([], capsys, monkeypatch, "--all", stdin=Knowing)
    draft = AttributeDraft.from_csv("draft.csv")
    pd.testing.assert_frame_equal(
        draft.to_frame().astype(int), FACTS, check_names=False, check_index_type=False, check_column_type=False
    )
    assert Semantics.from_csv("draft.csv") == draft.to_semantics()


def test_the_choice_of_attributes_and_the_end_of_input(started, capsys, monkeypatch):
    out = ask(["n"], capsys, monkeypatch, "--attribute", "swims", "--quiet")[1]
    assert out.splitlines()[0] == "[6 pairs] zebra: swims? n"
    assert "horse: swims?" in out
    assert "Answered" not in out
    assert AttributeDraft.from_csv("draft.csv").given.sum() == 1


def test_a_slip_is_asked_again_on_a_terminal_and_refused_in_a_file(started, capsys, monkeypatch):
    out = ask(["yess", "y", "u", "u", "q"], capsys, monkeypatch, stdin=Terminal)[1]
    assert "'yess' is no answer; wanted yes, no" in out
    assert out.count("zebra: striped?") == 4
    assert "nothing to undo" in out
    code, _, err = ask(["y", "yess", "n"], capsys, monkeypatch, check=False)
    assert code == 2
    assert "Line 2 of standard input is 'yess'; wanted yes, no" in err
    assert AttributeDraft.from_csv("draft.csv").values[0, 0] == 1


def test_check(started, capsys, monkeypatch):
    ask(["y", "n", "n", "n"], capsys, monkeypatch)
    out = run(["attributes", "check", "draft.csv", "--top", "2"], capsys, check=True)[1]
    for text in (
        "4 given, 0 filled in, 8 open",
        "3 of 6 pairs of classes aren't told apart by any attribute.",
        "  horse, crow",
        "and 1 more; --top 3 shows all",
        "What would help most",
        "Next question: horse: flies?",
        "Audit: 'flies', 'swims' have no value",
    ):
        assert text in out, out
    FACTS.loc[:, ["striped"]].to_csv("draft.csv")
    out = run(["attributes", "check", "draft.csv", "--by", "2"], capsys, check=True)[1]
    assert "No open cell can tell them apart; wanted another attribute" in out
    assert "zebra, horse, by 1 so far (most different: striped, by 1)" in out


def test_fill_and_finish_and_fit(here, capsys, monkeypatch):
    split = load_digits_zsl()
    table = split.semantics.to_frame()
    words = {
        "zero": 0,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
    }
    sentences = {number: word for word, number in words.items()}
    pd.Series(sentences, name="text").rename_axis("class").to_csv("texts.csv")
    part = table.copy()
    part.iloc[8:, 2:] = float("nan")
    part["never"] = float("nan")
    part.to_csv("draft.csv")
    vectors = here / "words.txt"
    vectors.write_text("\n".join(f"{word} {' '.join(map(str, table.loc[n][:6]))}" for word, n in words.items()))

    import zsl.semantics.builders
    from zsl import WordVectors

    monkeypatch.setattr(zsl.semantics.builders, "text_parts", _by_vectors(WordVectors(vectors)))
    out = run(
        ["attributes", "fill", "draft.csv", "--descriptions", "texts.csv", "-o", "filled.csv"], capsys, check=True
    )[1]
    filled = AttributeDraft.from_csv("filled.csv")
    assert f"Filled in {(filled.sources == 'sentence').sum()} cells" in out
    assert (filled.sources == "sentence").any()
    assert AttributeDraft.from_csv("draft.csv").open.sum() == part.isna().sum().sum()
    out = run(["attributes", "finish", "filled.csv", "-o", "table.csv"], capsys, check=True)[1]
    assert "10 classes × 28 attributes" in out
    pd.DataFrame(split.X_train).assign(label=split.y_train).to_csv("train.csv", index=False)
    fit = ["fit", "train.csv", "--semantics", "table.csv", "--method", "ESZSLClassifier", "-o", "model"]
    assert "Known by semantics only: 3 classes: 7, 8, 9" in run(fit, capsys, check=True)[1]


def _by_vectors(encoder):
    """The reading of sentences, with word vectors in place of the default model, which tests don't wait for."""
    from zsl.semantics._texts import text_parts

    return lambda texts, _, batch_size: text_parts(texts, encoder, batch_size)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["new", "classes.txt", "--attributes", "names.txt", "-o", "draft.csv"], "--output draft.csv exists"),
        (["new", "clases.txt", "--attributes", "names.txt", "-o", "d.csv"], "Did you mean 'classes.txt'"),
        (["new", "classes.txt", "--attributes", "name.txt", "-o", "d.csv"], "Did you mean 'names.txt'"),
        (["new", "classes.txt", "--attributes", ",", "-o", "d.csv"], "--attributes , is empty"),
        (["new", "classes.txt", "--attributes", "a,a", "-o", "d.csv"], "'a' more than once"),
        (["new", "classes.txt", "--attributes", "a", "-o", "no/d.csv"], "folder that doesn't exist"),
        (["ask", "drafts.csv"], "Did you mean 'draft.csv'"),
        (["ask", "draft.csv", "--attribute", "fly"], "attribute is 'fly'"),
        (["ask", "draft.csv", "--margin", "2"], "--margin 2.0; wanted"),
        (["check", "draft.csv", "--by", "0"], "--by 0; wanted"),
        (["fill", "draft.csv", "--descriptions", "text.csv"], "text.csv is not a file"),
        (["finish", "draft.csv", "-o", "draft.csv"], "--output draft.csv exists"),
        (["finish", "draft.csv", "-o", "table.csv"], "no value in any cell"),
    ],
)
def test_errors_say_what_is_wanted(told, message, started, capsys, monkeypatch):
    before = (started / "draft.csv").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, _, err = run(["attributes", *told], capsys)
    assert code == 2
    assert message in " ".join(err.split()), err
    assert (started / "draft.csv").read_bytes() == before
