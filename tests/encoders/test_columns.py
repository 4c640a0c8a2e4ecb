"""Encoders as transformers of scikit-learn: columns of texts and paths in any container, and named columns."""

import numpy as np
import pandas as pd
import pytest
from encoder_images import MeanColour, noise, paint
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import ImageEncoder, InvalidInputError, TextEncoder
from zsl.encoders import encode_texts

TEXTS = ["aab", "b", "cab", "abc"]


class Letters:
    def encode(self, texts):
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=float)


class OnlyKnown(Letters):
    def encode(self, texts):
        if set(texts) - set(TEXTS):
            raise InvalidInputError("unknown words")
        return super().encode(texts)


COLUMNS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "objects": lambda texts: np.array(texts, dtype=object),
    "column": lambda texts: np.array(texts)[:, None],
    "Series": lambda texts: pd.Series(texts, index=[7, 7, 1, 0]),
    "string dtype": lambda texts: pd.Series(texts, dtype="string"),
    "categories": lambda texts: pd.Series(texts, dtype="category"),
    "pyarrow": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "Index": pd.Index,
    "DataFrame": lambda texts: pd.DataFrame({"text": texts}),
    "pandas array": lambda texts: pd.array(texts, dtype="string"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_texts_in_any_column(kind):
    if kind == "pyarrow":
        pytest.importorskip("pyarrow")
    column, encoder = COLUMNS[kind](TEXTS), TextEncoder(Letters())
    wanted = encoder.encode(TEXTS)
    for found in (encoder.transform(column), encoder.encode(column), encoder.fit_transform(column)):
        assert_array_equal(found, wanted)
    assert_array_equal(encode_texts(column, Letters()), Letters().encode(TEXTS))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pd.DataFrame({"a": TEXTS, "b": TEXTS}), r"X has shape \(4, 2\); wanted one column of strings"),
        (np.array("a"), r"X has shape \(\); wanted one column"),
        (pd.Series(["a", None]), r"X\[1\] is (None|nan), a (NoneType|float); wanted a string"),
        (pd.Series(["a", pd.NA], dtype="string"), r"X\[1\] is <NA>, a NAType; wanted a string"),
        (np.array([b"a"]), r"X\[0\] is b'a', a bytes"),
        (np.ones(3), r"X\[0\] is 1\.0, a float"),
        (pd.Series([], dtype=object), "X is empty"),
        ({"a"}, "X is of type set"),
        (b"a", "X is of type bytes"),
        (None, "X is of type NoneType"),
    ],
)
def test_what_is_no_column_of_texts(given, message):
    with pytest.raises(InvalidInputError, match=message):
        TextEncoder(Letters()).transform(given)


@pytest.fixture
def frame():
    return pd.DataFrame({"text": TEXTS * 3, "size": np.arange(12.0)}, index=np.arange(12)[::-1] + 100)


@pytest.mark.parametrize("column", ["text", ["text"]])
def test_a_column_of_a_table(frame, column):
    both = ColumnTransformer([("words", TextEncoder(Letters()), column), ("rest", StandardScaler(), ["size"])])
    found = both.fit_transform(frame)
    assert_array_equal(found[:, :3], TextEncoder(Letters()).encode(TEXTS * 3))
    names = ["words__textencoder0", "words__textencoder1", "words__textencoder2", "rest__size"]
    assert both.get_feature_names_out().tolist() == names
    table = clone(both).set_output(transform="pandas").fit_transform(frame)
    assert table.columns.tolist() == names
    assert_array_equal(table.index, frame.index)
    assert_array_equal(table.to_numpy(), found)


def test_rows_stay_where_they_are_with_an_index_of_ones_own(frame):
    encoder = TextEncoder(Letters()).set_output(transform="pandas")
    for given in (frame["text"], frame[["text"]]):
        found = encoder.transform(given)
        assert_array_equal(found.index, frame.index)
        assert found.columns.tolist() == ["textencoder0", "textencoder1", "textencoder2"]
    assert encoder.transform(TEXTS).index.tolist() == [0, 1, 2, 3]


def test_pipelines_searches_and_unions(frame):
    y = np.arange(12) % 2
    pipeline = make_pipeline(TextEncoder(Letters()), StandardScaler(), LogisticRegression())
    pipeline.set_output(transform="pandas").fit(frame["text"], y)
    assert pipeline[:-1].get_feature_names_out().tolist() == ["textencoder0", "textencoder1", "textencoder2"]
    search = GridSearchCV(pipeline, {"textencoder__templates": ["{}", "a {}"]}, cv=2)
    assert search.fit(frame["text"], y).predict(frame["text"]).shape == (12,)
    union = FeatureUnion([("one", TextEncoder(Letters())), ("two", TextEncoder(Letters(), templates="c {}"))])
    assert len(union.fit(TEXTS).get_feature_names_out()) == union.transform(TEXTS).shape[1] == 6
    made = make_column_transformer((TextEncoder(Letters()), "text"), remainder="drop").fit(frame)
    assert made.transform(frame.iloc[:3]).shape == (3, 3)


def test_names_after_a_fit_need_no_text_that_the_model_does_not_know():
    encoder = TextEncoder(OnlyKnown())
    with pytest.raises(InvalidInputError, match="unknown words"):
        encoder.get_feature_names_out()
    encoder.fit_transform(TEXTS)
    assert len(encoder.get_feature_names_out()) == 3
    assert len(encoder.fit(TEXTS).get_feature_names_out()) == 3
    assert encoder.fit(TEXTS).set_output(transform="pandas").transform(TEXTS).shape == (4, 3)
    with pytest.raises(InvalidInputError, match=r"X\[0\] is 3, a int"):
        encoder.fit([3])


def test_predicting_changes_no_encoder():
    for encoder, X in ((TextEncoder(Letters()), TEXTS), (ImageEncoder(MeanColour(), verbose=False), noise())):
        before = dict(vars(encoder))
        encoder.transform(X)
        encoder.get_feature_names_out()
        assert vars(encoder) == before


@pytest.mark.parametrize("kind", ["list", "array", "objects", "column", "Series", "Index", "DataFrame", "string dtype"])
def test_paths_in_any_column(tmp_path, kind):
    paths = [str(paint(tmp_path / f"{place}.png", (place, 2 * place, 7))) for place in range(4)]
    encoder = ImageEncoder(MeanColour(), verbose=False).set_output(transform="pandas")
    wanted = ImageEncoder(MeanColour(), verbose=False).transform(paths)
    found = encoder.fit_transform(COLUMNS[kind](paths))
    assert_array_equal(found.to_numpy(), wanted)
    assert found.columns.tolist() == [f"imageencoder{place}" for place in range(6)]
    assert encoder.fit(COLUMNS[kind](paths)).get_feature_names_out().tolist() == found.columns.tolist()


def test_images_and_figures_side_by_side(tmp_path):
    paths = [str(paint(tmp_path / f"{place}.png", (place, 2 * place, 7))) for place in range(4)]
    frame = pd.DataFrame({"path": paths, "size": np.arange(4.0)}, index=[5, 3, 8, 1])
    both = ColumnTransformer(
        [("image", ImageEncoder(MeanColour(), verbose=False), "path"), ("rest", "passthrough", ["size"])]
    ).set_output(transform="pandas")
    found = both.fit_transform(frame)
    assert found.shape == (4, 7)
    assert found["rest__size"].tolist() == [0, 1, 2, 3]
    assert found["image__imageencoder0"].tolist() == [0, 1, 2, 3]
