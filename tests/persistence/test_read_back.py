"""What is saved can be loaded: subclasses, parameters that were set later, kinds of labels and texts, tensors."""

import warnings

import joblib
import numpy as np
import pytest
import safetensors.numpy
from numpy.testing import assert_array_equal
from saved import tensors_of
from torch import nn

import zsl
from zsl import DEMClassifier, ESZSLClassifier, InvalidInputError, PrototypicalClassifier, Semantics, load
from zsl.datasets import make_zero_shot
from zsl.estimators import parameters
from zsl.estimators._state import Stateful
from zsl.estimators.catalog import CATALOG
from zsl.testing import LawData, fitted

WORLD = make_zero_shot(8, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
DATA = LawData.small()
SAVING = [entry for entry in CATALOG if issubclass(entry.load(), Stateful) and entry.knows != "texts"]


def small(entry):
    kind, short = entry.load(), {"n_steps": 3, "n_episodes": 2}
    known = kind().get_params()
    if entry.name == "MultiLabelClassifier":  # whose samples may have several classes
        return kind(semantics=DATA.semantics).fit(DATA.X, [{label} for label in DATA.y])
    return fitted(kind(**entry.small | {name: value for name, value in short.items() if name in known}), DATA)


def fit(kind, **given):
    return kind(semantics=WORLD.semantics, cv=None, **given).fit(WORLD.X_train, WORLD.y_train)


def test_a_class_with_the_name_of_another_one(tmp_path):
    @parameters
    class ESZSLClassifier(zsl.ESZSLClassifier):
        """Takes the name of a class of the package."""

    with pytest.raises(InvalidInputError, match="would take it for the ESZSLClassifier of this package"):
        fit(ESZSLClassifier).save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_class_that_cannot_be_made_of_what_is_stored(tmp_path):
    @parameters
    class Own(ESZSLClassifier):
        """Wants something that a file can't hold.

        Parameters
        ----------
        wanted : {"a"} or object
            Not None.
        """

        wanted: zsl.estimators.Positive = 1.0

        def _check_parameters(self):
            super()._check_parameters()
            if not hasattr(self, "served"):
                raise InvalidInputError("wanted is served by the caller.")

    own = Own(semantics=WORLD.semantics, cv=None)
    own.served = True
    with pytest.raises(InvalidInputError, match=r"couldn't be loaded\. .*served by the caller"):
        own.fit(WORLD.X_train, WORLD.y_train).save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("given", [{"hidden": 9}, {"hidden": 0}, {"balance": "luck"}, {"n_steps": 10**30}])
def test_parameters_set_after_fit(tmp_path, given):
    estimator = fit(DEMClassifier, hidden=8, n_steps=2, verbose=False).set_params(**given)
    with pytest.raises(InvalidInputError, match="cannot be saved"):
        estimator.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_weights_that_numpy_has_not(tmp_path):
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    estimator = PrototypicalClassifier(backbone=backbone, n_way=2, n_episodes=1, verbose=False, random_state=0)
    estimator.fit(np.random.default_rng(0).random((12, 1, 8, 8), dtype=np.float32), np.arange(12) % 2)
    estimator.method_.bfloat16()
    with pytest.raises(InvalidInputError, match="bfloat16, which cannot be saved"):
        estimator.save(tmp_path / "m")


@pytest.mark.parametrize("known", [[3], ["ESZSLClassifier"], [dict]])
def test_known_are_estimators(tmp_path, known):
    fit(ESZSLClassifier).save(tmp_path / "m")
    with pytest.raises(InvalidInputError, match="known="):
        load(tmp_path / "m", known=known)


def test_texts_and_labels_of_all_letters(tmp_path):
    names = ["Ω", "aé", "b 𝒳", "c\n", "zebra"]
    texts = [("ein Pferd", ""), (), ("𝒳",), ("",) * 3, ("a", "b")]
    table = Semantics(np.eye(5) + 1, classes=names, texts=texts)
    y = np.array(names)[np.arange(20) % 4]
    for labels in (y, y.astype(object)):
        estimator = ESZSLClassifier(semantics=table, cv=None).fit(np.random.default_rng(0).random((20, 6)), labels)
        estimator.save(tmp_path / "m")
        loaded = load(tmp_path / "m")
        assert loaded.semantics.texts == table.texts
        assert loaded.classes_.dtype == estimator.classes_.dtype
        assert loaded.classes_.tolist() == estimator.classes_.tolist()


def test_the_tensors_are_a_file_of_safetensors(tmp_path):
    estimator = fit(ESZSLClassifier)
    estimator.save(tmp_path / "m")
    found = safetensors.numpy.load_file(tensors_of(tmp_path / "m"))
    assert_array_equal(found["_table.vectors"], WORLD.semantics.vectors)
    assert_array_equal(found["method_/projection"], estimator.method_.projection.numpy())


@pytest.mark.parametrize("entry", SAVING, ids=lambda entry: entry.name)
def test_loaded_and_mapped_models_are_writable_or_need_not_be(entry, tmp_path):
    estimator = small(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator.save(tmp_path / "m")
        joblib.dump(estimator, tmp_path / "dumped")
        mapped = joblib.load(tmp_path / "dumped", mmap_mode="r")
        for each in (load(tmp_path / "m"), mapped):
            assert_array_equal(each.predict(DATA.queries), estimator.predict(DATA.queries))
            if entry.knows:
                each.add_classes(DATA.X_new, DATA.y_new)
                each.predict(DATA.queries)
