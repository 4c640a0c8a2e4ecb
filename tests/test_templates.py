"""The templates work as they are, outside the package; and the walks that CONTRIBUTING.md draws are those of today."""

import importlib
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

import zsl
from zsl.evaluation import measure_episodes
from zsl.testing import check_estimator

ROOT = Path(__file__).resolve().parents[1]
DESCRIBED = {"MyClosedFormClassifier": {}, "MyTrainedClassifier": {"n_steps": 30, "random_state": 0, "verbose": False}}
FEW_SHOT = {"MyEpisodicClassifier": {"n_episodes": 20, "random_state": 0, "verbose": False}, "MyFrozenClassifier": {}}


@pytest.fixture(scope="module")
def templates():
    """The module of the estimators, imported as a user would from a folder of their own."""
    sys.path.insert(0, str(ROOT / "templates"))
    yield importlib.import_module("estimator")
    sys.path.remove(str(ROOT / "templates"))
    for name in ("estimator", "method"):
        del sys.modules[name]


@pytest.fixture(scope="module")
def split():
    return zsl.load_digits_zsl()


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_described_one_predicts_unseen_classes(templates, split, name):
    clf = getattr(templates, name)(semantics=split.semantics, **DESCRIBED[name])
    result = zsl.evaluate_gzsl(clf, split)
    assert result.t1 > 0.5  # 1/3 by chance
    assert result.harmonic_mean > 0.4


@pytest.mark.parametrize("name", FEW_SHOT)
def test_a_few_shot_one_predicts_classes_added_later(templates, split, name):
    clf = getattr(templates, name)(**FEW_SHOT[name]).fit(split.X_train, split.y_train)
    clf.forget_classes().add_classes(split.X_support[:15], split.y_support[:15])
    assert set(clf.classes_) == set(split.unseen_classes)
    assert np.mean(clf.predict(split.X_test_unseen) == split.y_test_unseen) > 0.7
    found = measure_episodes(clf, split.X_test_unseen, split.y_test_unseen, n_way=3, n_shot=5, n_episodes=20)
    assert found.mean > 0.7


@pytest.mark.parametrize("name", [*DESCRIBED, *FEW_SHOT])
def test_saved_and_loaded(templates, split, name, tmp_path):
    cls = getattr(templates, name)
    clf = cls(**(DESCRIBED | FEW_SHOT)[name])
    if name in DESCRIBED:
        clf.set_params(semantics=split.semantics)
    clf.fit(split.X_train, split.y_train).save(tmp_path / "model")
    loaded = zsl.load(tmp_path / "model", known=[cls])
    assert type(loaded) is cls
    assert_array_equal(loaded.class_scores(split.X_test_seen), clf.class_scores(split.X_test_seen))
    with pytest.raises(zsl.ModelFileError, match=name):
        zsl.load(tmp_path / "model")


@pytest.mark.parametrize("name", [*DESCRIBED, *FEW_SHOT])
def test_the_laws_for_outside_authors(templates, name):
    check_estimator(getattr(templates, name)(**(DESCRIBED | FEW_SHOT)[name]))


def test_in_a_benchmark_beside_methods_of_the_package(templates, split):
    methods = {
        "mine": templates.MyClosedFormClassifier(),
        "trained": templates.MyTrainedClassifier(**DESCRIBED["MyTrainedClassifier"]),
        "ESZSL": zsl.ESZSLClassifier(),
    }
    result = zsl.run_benchmark(methods, {"digits": split}, seeds=1, verbose=False)
    assert {cell["method"]: cell["status"] for cell in result.cells} == dict.fromkeys(methods, "done")


def test_parameters_are_checked_chosen_and_documented(templates, split):
    cls = templates.MyClosedFormClassifier
    with pytest.raises(zsl.InvalidInputError, match="alpha=-1"):
        cls(semantics=split.semantics, alpha=-1).fit(split.X_train, split.y_train)
    clf = clone(cls(semantics=split.semantics, alpha=[0.1, 1.0])).fit(split.X_train, split.y_train)
    assert clf.alpha_ in (0.1, 1.0)
    for name in clf.get_params():
        assert f"\n{name} : " in cls.__doc__


def test_an_estimator_has_at_most_40_lines():
    text = (ROOT / "templates" / "estimator.py").read_text(encoding="utf-8")
    for estimator in text.split("@parameters\n")[1:]:
        assert len(estimator.strip().splitlines()) < 40


@pytest.mark.parametrize("name", ["ESZSLClassifier", "RelationClassifier"])
def test_the_walk_that_the_page_draws(name):
    files = runpy.run_path(str(ROOT / "docs" / "walk.py"))["walk_of"](name)
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^\*\*`{name}\.fit` enters (.*?)(?=^\*\*`|^## )", page, flags=re.MULTILINE | re.DOTALL)
    assert section.startswith(f"{len(files)} files")
    named = set(re.findall(r"[\w/]+\.py", section))
    assert len(named) > 10
    assert {each for each in named if not any(file.endswith(each) for file in files)} == set()
