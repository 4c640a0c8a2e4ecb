"""Laws on drawn input: tables, labelled samples and episodes of any shape, not those of a fixed world."""

import copy
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from strategies import episodes, labelled, tables
from worlds import SUPPORTED, WAYS, data

from zsl import ESZSLClassifier, RidgePrototypeClassifier, Semantics, SemanticsWarning, SimpleShotClassifier

FEW = settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
WIDTH = 10


@given(tables(min_classes=2), st.data())
def test_tables_in_parts_are_the_table(table, drawn):
    order = drawn.draw(st.permutations(table.classes.tolist()))
    cut = drawn.draw(st.integers(1, len(order) - 1))
    parts = table.select(order[:cut]), table.select(order[cut:])
    assert parts[0].join(parts[1]) == table.select(order) == table.select(order).select(order)
    assert table.drop(order[:cut]).classes.tolist() == [
        label for label in table.classes.tolist() if label in order[cut:]
    ]
    columns = drawn.draw(st.permutations(table.attributes))
    other = Semantics.from_frame(table.to_frame()[columns])
    assert_array_equal(table.align(other), table.vectors)
    for label in table.classes.tolist():
        assert label in table
        assert_array_equal(table.rows([label])[0], table.vectors[table.classes.tolist().index(label)])


@FEW
@given(labelled(min_classes=2))
def test_labels_of_any_kind_come_back(drawn):
    X, y = drawn
    fitted = SimpleShotClassifier(device="cpu").fit(X, y)
    assert_array_equal(fitted.classes_, np.unique(y))
    assert fitted.predict(X).dtype == fitted.classes_.dtype
    assert set(fitted.predict(X).tolist()) <= set(y.tolist())
    order = np.random.default_rng(0).permutation(len(y))
    again = SimpleShotClassifier(device="cpu").fit(X[order], y[order])
    assert_allclose(again.class_scores(X), fitted.class_scores(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [ESZSLClassifier, RidgePrototypeClassifier])
@FEW
@given(drawn=st.data())
def test_unseen_rows_of_any_table_are_classes(kind, drawn):
    X, y = drawn.draw(labelled(min_classes=3))
    table = drawn.draw(tables(classes=np.unique(y).tolist()))
    seen = table.classes[:-1]
    kept = np.isin(y, seen)
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", SemanticsWarning)
        fitted = kind(semantics=table, seen_bias=0.0).fit(X[kept], y[kept])
        scores = fitted.class_scores(X)
    assert np.isfinite(scores).all()
    assert fitted.unseen_classes_.tolist() == [table.classes[-1]]
    without = copy.deepcopy(fitted).remove_classes(table.classes[-1])
    assert_allclose(without.class_scores(X), fitted.class_scores(X, without.classes_), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", SUPPORTED)
@FEW
@given(drawn=st.data())
def test_episodes_of_any_shape(name, drawn):
    """Scores are finite, whatever the ways and shots; support has no order, and class numbers are names."""
    method = data(name).fitted(WAYS[name]).method_
    episode = drawn.draw(episodes(WIDTH, max_way=4))
    support, query = (method.embed(part[0])[None] for part in (episode.support, episode.query))
    with torch.no_grad():
        scores = method.scores(support, episode.label, query, episode.n_way)
        order = torch.as_tensor(drawn.draw(st.permutations(range(support.shape[1]))))
        ways = torch.as_tensor(drawn.draw(st.permutations(range(episode.n_way))))
        moved = method.scores(support[:, order], episode.label[:, order], query, episode.n_way)
        renamed = method.scores(support, ways[episode.label], query, episode.n_way)
    assert scores.shape == (1, query.shape[1], episode.n_way)
    assert scores.isfinite().all()
    torch.testing.assert_close(moved, scores, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(renamed[..., ways], scores, rtol=1e-8, atol=1e-8)
