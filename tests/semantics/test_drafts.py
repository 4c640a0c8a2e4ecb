"""A class table in the making: answers, questions, what is told apart, filling from sentences, files."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl import RidgePrototypeClassifier, Semantics, SemanticsError, load_digits_zsl
from zsl.semantics import AttributeDraft, SemanticAlignment

ANIMALS = ["zebra", "horse", "crow", "trout"]
FACTS = pd.DataFrame(
    {"striped": [1, 0, 0, 0], "flies": [0, 0, 1, 0], "swims": [0, 0, 0, 1], "alive": [1, 1, 1, 1]}, index=ANIMALS
)


class Letters:
    """An encoder of sentences that counts letters."""

    def encode(self, sentences, **options):
        return np.array([[text.count(letter) for letter in "abcdefgh"] for text in sentences], dtype=float)


@pytest.fixture
def started():
    """Two attributes answered, one in part, one open."""
    draft = AttributeDraft.empty(ANIMALS, FACTS.columns)
    for name, attribute in [(a, "striped") for a in ANIMALS] + [("zebra", "flies"), ("crow", "flies")]:
        draft = draft.answer(name, attribute, FACTS.loc[name, attribute])
    return draft


@pytest.fixture
def lettered():
    """Classes whose values follow the letters of their sentences, four of them unanswered; and these sentences."""
    rng = np.random.default_rng(0)
    texts = {f"class {n:02}": "".join(rng.choice(list("abcdefgh"), 12)) for n in range(24)}
    rows = Letters().encode(list(texts.values()))
    frame = pd.DataFrame({"many a": rows[:, 0], "noise": rng.normal(size=24), "same": 2.0}, index=list(texts))
    frame.iloc[20:] = np.nan
    return AttributeDraft(frame, classes=list(texts), attributes=frame.columns), texts


def test_answers_and_undo(started):
    assert started.values[started.row("crow"), started.column("flies")] == 1
    assert repr(started) == "AttributeDraft(4 classes × 4 attributes: 6 given, 0 filled in, 10 open)"
    other = started.answer("horse", "flies", False).answer("zebra", "striped", None).answer("zebra", "striped", 0.5)
    assert (other.values[1, 1], other.values[0, 0], other.sources[0, 0]) == (0, 0.5, "asked")
    assert started.values[0, 0] == 1
    assert other.undo().open[0, 0]
    assert other.undo().undo().undo() == started
    empty = AttributeDraft.empty(ANIMALS, FACTS.columns)
    for _ in range(6):
        started = started.undo()
    assert started == empty
    with pytest.raises(SemanticsError, match="nothing to undo"):
        started.undo()


def test_pairs_that_nothing_tells_apart(started):
    found = started.pairs()
    assert list(map(set, zip(found["one"], found["other"], strict=True))) == [
        {"horse", "crow"},
        {"horse", "trout"},
        {"crow", "trout"},
    ]
    assert (found["difference"] == 0).all()
    assert found["most different"].isna().all()
    graded = started.answer("horse", "flies", 0.6)
    assert len(graded.pairs(margin=0.4)) == 2
    assert graded.pairs()["difference"].tolist() == pytest.approx([0, 0, 0.4])
    assert graded.pairs()["most different"].fillna("").tolist() == ["", "", "flies"]
    assert len(started.pairs(by=2)) == 5
    assert len(AttributeDraft.from_semantics(FACTS).pairs()) == 0


def test_values_in_any_unit_are_compared_by_their_range():
    draft = AttributeDraft([[2000.0], [2010], [2016], [2020]], classes=ANIMALS, attributes=["year"])
    found = draft.pairs()
    assert [set(pair) for pair in zip(found["one"], found["other"], strict=True)] == [
        {"crow", "trout"},
        {"horse", "crow"},
    ]
    assert_allclose(found["difference"], [0.2, 0.3])


def test_questions_go_on_until_all_are_told_apart(started):
    asked = set()
    while question := started.question():
        assert (question.label, question.attribute) not in asked
        assert started.open[started.row(question.label), started.column(question.attribute)]
        asked.add((question.label, question.attribute))
        assert question.pairs > 0
        started = started.answer(question.label, question.attribute, FACTS.loc[question.label, question.attribute])
    assert started.pairs().empty
    assert "zebra" not in {label for label, _ in asked}, "is told apart already"
    assert (started.helpful() == 0).all(axis=None)


def test_the_most_helpful_attribute_comes_first(started):
    found = started.helpful()
    assert found.index[0] == "flies"
    assert found.loc["flies", "questions"] == 2
    assert found.loc["striped", "pairs"] == 0
    # horse and trout against crow, which flies: of the urn {0, 1, no, yes} half; against each other both are open
    assert found.loc["flies", "pairs"] == pytest.approx(2 * 0.5 + 4 / 5 * 0.5)
    assert_allclose(found["pairs per question"] * found["questions"], found["pairs"])
    assert started.question().attribute == "flies"
    assert started.question(among="swims").attribute == "swims"
    assert started.question(skip=[("horse", "flies"), ("trout", "flies")]).attribute != "flies"
    assert started.question(among="striped") is None


def test_what_cannot_be_told_apart_ends_the_questions():
    twins = AttributeDraft([[1.0, 0.0], [1.0, 0.0]], classes=["a", "b"], attributes=["x", "y"])
    assert twins.question() is None
    assert len(twins.pairs()) == 1
    more = twins.extend(attributes=["z"], classes=["c"])
    assert more.question().label == "c"
    assert more.helpful().index[0] in ("x", "y")
    assert more.values.shape == (3, 3)
    with pytest.raises(SemanticsError, match="'a' more than once"):
        twins.extend(classes=["a"])


def test_filling_is_that_of_the_alignment(lettered):
    draft, texts = lettered
    filled = draft.fill(texts, text_encoder=Letters(), min_r2=0.3)
    told = draft.predictability(texts, text_encoder=Letters(), min_r2=0.3)
    known = list(texts)[:20]
    table = Semantics.from_texts(texts, encoder=Letters())
    own = Semantics(draft.values[:20, :2], classes=known, attributes=["many a", "noise"])
    # both have values for the same classes, as has "same", which counts for nothing in the choice of the penalty
    alignment = SemanticAlignment().fit(table, own)
    assert_allclose(told["r2"][:2], alignment.quality_["r2"])
    assert told["given"].tolist() == [20, 20, 20]
    assert told["filled"].tolist() == [4, 0, 0]
    assert told["open"].tolist() == [0, 4, 4]
    assert (filled.sources[20:, 0] == "sentence").all()
    assert filled.open[20:, 1:].all()
    expected = alignment.translate(table.select(list(texts)[20:])).vectors[:, 0]
    low, high = draft.values[:20, 0].min(), draft.values[:20, 0].max()
    assert_allclose(filled.values[20:, 0], np.clip(expected, low, high), atol=0.006)
    squares = (1 - told.loc["many a", "r2"]) * (20 / 19) ** 2 * np.var(draft.values[:20, 0])
    assert_allclose(filled.uncertainty[20:, 0], np.sqrt(squares), rtol=1e-2)
    assert_array_equal(filled.values[:20], draft.values[:20])
    assert not draft.fill(texts, text_encoder=Letters(), min_r2=None).open[:, 1].any()
    assert filled.undo() == draft


def test_predictions_are_made_anew_and_answers_stay(lettered):
    draft, texts = lettered
    filled = draft.fill(texts, text_encoder=Letters())
    corrected = filled.answer("class 20", "many a", 9.0)
    again = corrected.fill(texts, text_encoder=Letters())
    assert again.values[20, 0] == 9
    assert again.sources[20, 0] == "asked"
    assert (again.values[21:, 0] != filled.values[21:, 0]).any()
    emptied = corrected.fill(texts, text_encoder=Letters(), min_r2=0.999)
    assert emptied.open[21:].all()


def test_predictions_count_by_what_their_error_leaves():
    values, classes = [[1.0], [0.2]], ["a", "b"]
    sources, names = [["typed"], ["sentence"]], ["x"]
    sure = AttributeDraft(values, classes=classes, attributes=names, sources=sources, uncertainty=[[0], [0.1]])
    unsure = AttributeDraft(values, classes=classes, attributes=names, sources=sources, uncertainty=[[0], [0.4]])
    unknown = AttributeDraft(values, classes=classes, attributes=names, sources=sources)
    assert sure.pairs().empty
    assert unsure.pairs()["difference"].tolist() == pytest.approx([0.4])
    assert unknown.pairs()["difference"].tolist() == [0]
    assert unsure.question() is None
    assert unsure.question(confirm=True).label == "b"
    assert unsure.answer("b", "x", 0.2).pairs().empty


def test_a_table_marks_what_nobody_gave(lettered):
    draft, texts = lettered
    filled = draft.fill(texts, text_encoder=Letters(), min_r2=0.3)
    with pytest.raises(SemanticsError, match="class 20"):
        filled.to_semantics()
    table = filled.to_semantics(missing="mean")
    assert_array_equal(table.imputed, ~filled.given)
    assert_allclose(table.vectors[20:, 2], 2.0)
    assert_array_equal(table.vectors[:, 0], filled.values[:, 0])
    back = AttributeDraft.from_semantics(table)
    assert set(back.sources[20:].ravel()) == {"imputed"}
    assert np.isinf(back.uncertainty[20:]).all()
    assert filled.to_frame().isna().sum().tolist() == [0, 4, 4]


def test_audit(started):
    found = {finding.kind: finding for finding in started.audit(seen=["zebra", "horse"])}
    assert found["empty-attributes"].attributes == ("swims", "alive")
    assert found["open-cells"].message == "10 of 16 cells have no value, in 4 classes."
    assert found["classes-not-told-apart"].classes == ("horse", "crow", "trout")
    assert "'horse' and 'crow'" in found["classes-not-told-apart"].message
    assert "imputed-attributes" not in found
    sources = np.where(started.open, "", "sentence")
    values, names = started.values, {"classes": ANIMALS, "attributes": FACTS.columns}
    guessed = AttributeDraft(values, **names, sources=sources).audit()
    assert "6 of 8 values were filled in" in str(guessed)
    assert "fewer than 2" in str(started.audit(by=2)).lower()
    done = AttributeDraft.from_semantics(FACTS).audit()
    assert [finding.kind for finding in done] == [finding.kind for finding in Semantics.from_frame(FACTS).audit()]
    assert {"empty-attributes", "open-cells"} <= {each.kind for each in AttributeDraft.empty(["a"], ["x"]).audit()}


@pytest.mark.parametrize(("sep", "decimal"), [(",", "."), (";", ","), ("\t", ".")])
def test_files_are_read_back_as_they_were(sep, decimal, tmp_path, lettered):
    draft, texts = lettered
    filled = (
        draft.fill(texts, text_encoder=Letters()).answer("class 03", "noise", 1 / 3).answer("class 05", "same", None)
    )
    filled.to_csv(tmp_path / "draft.csv", sep=sep, decimal=decimal)
    assert AttributeDraft.from_csv(tmp_path / "draft.csv", decimal=decimal) == filled
    table = Semantics.from_csv(tmp_path / "draft.csv", missing="mean", decimal=decimal)
    assert_allclose(table.vectors, filled.to_semantics(missing="mean").vectors)
    said = (tmp_path / "draft.sources.csv").read_text().splitlines()
    assert said[0].split(sep) == ["class", "many a", "noise", "same"]
    assert said[4].split(sep)[1:] == ["typed", "asked", "typed"]
    assert said[22].split(sep)[1].startswith("sentence ")


def test_names_of_all_kinds_are_read_back(tmp_path):
    for number, classes in enumerate(
        [[3, -1, 7], ["007", "1", "NA"], ['a, "b"', "c\nd", "=1+1"], ["ä", "日本", "x;y"]]
    ):
        draft = (
            AttributeDraft.empty(classes, ["yes, or no", "2"]).answer(classes[0], "2", 1e-17).answer(classes[1], "2", 0)
        )
        draft.to_csv(tmp_path / f"{number}.csv")
        assert AttributeDraft.from_csv(tmp_path / f"{number}.csv") == draft


def test_what_is_edited_by_hand_counts_as_typed(tmp_path):
    draft = AttributeDraft(
        [[1.0, 0.25], [0.0, 0.5], [np.nan, 0.75]],
        classes=["a", "b", "c"],
        attributes=["x", "y"],
        sources=[["asked", "sentence"], ["typed", "sentence"], ["", "imputed"]],
        uncertainty=[[0, 0.1], [0, 0.1], [0, np.inf]],
    )
    draft.to_csv(tmp_path / "draft.csv")
    (tmp_path / "draft.csv").write_text("class,y,new,x\nb,0.5,,0\na,1,1,1\nc,.75,,\nd,,,1\n")
    read = AttributeDraft.from_csv(tmp_path / "draft.csv")
    assert read.sources.tolist() == [
        ["sentence", "", "typed"],
        ["typed", "typed", "asked"],
        ["imputed", "", ""],
        ["", "", "typed"],
    ]
    assert read.uncertainty[0, 0] == 0.1
    (tmp_path / "draft.sources.csv").write_text("class,x,y\na,guessed,\n")
    with pytest.raises(SemanticsError, match=r"draft.sources.csv holds 'guessed'; wanted one of typed, asked"):
        AttributeDraft.from_csv(tmp_path / "draft.csv")
    (tmp_path / "draft.sources.csv").unlink()
    assert set(AttributeDraft.from_csv(tmp_path / "draft.csv").sources.ravel()) == {"", "typed"}


def test_pickles_and_hashes(started):
    loaded = pickle.loads(pickle.dumps(started))
    assert loaded == started
    assert hash(loaded) == hash(started)
    assert loaded.undo() == started.undo()
    with pytest.raises(ValueError, match="read-only"):
        loaded.values[0, 0] = 3
    with pytest.raises(AttributeError, match="cannot be changed"):
        started.values = None
    with pytest.raises(AttributeError, match="'values' cannot be deleted"):
        del started.values
    assert started != started.answer("zebra", "alive", 1)
    assert started != "a draft"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.answer("zebr", "flies", 1), r"label is 'zebr'.*Did you mean 'zebra'"),
        (lambda d: d.answer(["zebra"], "flies", 1), "label"),
        (lambda d: d.answer("zebra", "flie", 1), r"attribute is 'flie'.*Did you mean 'flies'"),
        (lambda d: d.answer("zebra", "flies", "yes"), "value='yes'; wanted a finite number"),
        (lambda d: d.answer("zebra", "flies", float("nan")), "wanted a finite number"),
        (lambda d: d.pairs(margin=0), "margin=0; wanted"),
        (lambda d: d.pairs(margin="a"), "margin='a'; wanted"),
        (lambda d: d.question(confirm=1), "confirm=1; wanted True or False"),
        (lambda d: d.pairs(by=0), "by=0; wanted"),
        (lambda d: d.question(among="fly"), "attribute is 'fly'"),
        (lambda d: d.fill({"zebra": [1, 2], "horse": [2, 3]}), "has 2 of the 4 classes"),
        (lambda d: d.fill(FACTS, min_r2="a"), "min_r2='a'; wanted"),
        (lambda d: d.fill(FACTS, alpha=-1), "alpha=-1"),
        (lambda d: d.to_csv("draft.csv", sep=",", decimal=","), "wanted two different characters"),
        (lambda d: AttributeDraft.empty(["a", "a"], ["x"]), "'a' more than once"),
        (lambda d: AttributeDraft.empty([], ["x"]), "classes is empty"),
        (lambda d: AttributeDraft.empty(["a"], []), "attributes is empty"),
        (lambda d: AttributeDraft.empty(["a"], "flies"), "wanted a list of names"),
        (lambda d: AttributeDraft.empty(["a"], [" "]), "aren't empty"),
        (
            lambda d: AttributeDraft([[1, 2]], classes=["a"], attributes=["x"]),
            r"values has shape \(1, 2\); wanted \(1, 1\)",
        ),
        (lambda d: AttributeDraft([["q"]], classes=["a"], attributes=["x"]), "can't be read as numbers"),
        (lambda d: AttributeDraft([[np.inf]], classes=["a"], attributes=["x"]), "infinite"),
        (lambda d: AttributeDraft([[1e200]], classes=["a"], attributes=["x"]), "beyond"),
        (lambda d: d.answer("zebra", "flies", -1e308), "value=-1e\\+308; wanted a number from"),
        (lambda d: AttributeDraft([[1]], classes=["a"], attributes=["x"], sources=[["told"]]), "sources"),
        (lambda d: AttributeDraft([[1]], classes=["a"], attributes=["x"], sources=[[""]]), "doesn't fit values"),
        (lambda d: AttributeDraft([[1]], classes=["a"], attributes=["x"], uncertainty=[[-1]]), "below 0"),
    ],
)
def test_bad_arguments(call, message, started):
    with pytest.raises(SemanticsError if "alpha" not in message else ValueError, match=message):
        call(started)


def test_a_table_by_answers_recognises_digits():
    """The whole job on embedded data: names, questions, a fit with what was answered."""
    split = load_digits_zsl()
    truth = split.semantics.to_frame().round()
    draft = AttributeDraft.empty(truth.index, truth.columns)
    while question := draft.question(by=4):
        draft = draft.answer(question.label, question.attribute, truth.loc[question.label, question.attribute])
    assert draft.given.mean() < 0.9
    clf = RidgePrototypeClassifier(semantics=draft.to_semantics(missing="mean")).fit(split.X_train, split.y_train)
    assert (clf.predict(split.X_test_unseen, classes=[7, 8, 9]) == split.y_test_unseen).mean() > 0.5


def test_a_name_is_no_list_of_names(started):
    for given in ({"classes": "mule"}, {"attributes": "brays"}):
        with pytest.raises(SemanticsError, match=f"{next(iter(given))} is"):
            started.extend(**given)
    assert started.extend(classes={"mule": 1}).classes.tolist() == [*ANIMALS, "mule"]
    with pytest.raises(SemanticsError, match="sources holds 'told'"):
        AttributeDraft([[1.0]], classes=["a"], attributes=["b"], sources=[["told"]])


def test_a_file_with_a_class_twice_is_named(tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("class,flies\nzebra,1\nzebra,0\n", encoding="utf-8")
    with pytest.raises(SemanticsError, match=r"twice\.csv: .*'zebra'"):
        AttributeDraft.from_csv(path)
