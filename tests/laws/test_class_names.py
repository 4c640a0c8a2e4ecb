"""Wherever semantics are taken, a list of names is taken, too: as the texts of classes, and of those added later."""

import copy

import numpy as np
import pytest

from zsl import Semantics
from zsl.estimators.catalog import CATALOG
from zsl.testing import LawData, fitted

DATA = LawData.small()
ENTRIES = {entry.name: entry for entry in CATALOG if entry.knows in ("semantics", "texts")}


class Digits:
    """Encodes a text by the number in it, as wide as the samples."""

    def encode(self, texts):
        return np.stack([np.random.default_rng(int(text.split()[-1])).normal(size=12) for text in texts])


@pytest.mark.parametrize("name", ENTRIES)
def test_names_alone_are_a_class_table(name):
    estimator = ENTRIES[name].load()(**ENTRIES[name].small)
    quick = {"n_steps": 5, "cv": None, "text_encoder": Digits()}
    estimator.set_params(**{name: value for name, value in quick.items() if name in estimator.get_params()})
    y = np.array([f"class_{label}" for label in DATA.y])
    names = [*np.unique(y).tolist(), "class_98"]
    data = LawData(DATA.X, y, DATA.queries, DATA.X_new, DATA.y_new, DATA.semantics)
    by_name = fitted(estimator, data, again=True, semantics=names)
    by_text = copy.deepcopy(by_name).add_classes(semantics={"class_99": "class 99"})
    by_name.add_classes(semantics=["class_99"])
    assert by_name._table == Semantics.from_texts({n: n.replace("_", " ") for n in names}, encoder=Digits())
    assert by_name.unseen_classes_.tolist() == ["class_98", "class_99"]
    np.testing.assert_array_equal(by_name.class_scores(DATA.queries), by_text.class_scores(DATA.queries))
