"""Every model of the catalogue goes to a folder with a card, and comes back by its class's `from_pretrained`."""

import numpy as np
import pytest
import yaml

from zsl import ModelFileError, ZeroShotPipeline
from zsl.estimators.catalog import BY_NAME, CATALOG
from zsl.semantics import Semantics
from zsl.testing import LawData, fitted

DATA = LawData.small()
NAMES = [entry.name for entry in CATALOG if entry.knows]


def made(name):
    entry = BY_NAME[name]
    cls = entry.load()
    known = cls().get_params()
    quick = {n: v for n, v in {"cv": None, "n_episodes": 2, "n_steps": 2}.items() if n in known}
    if entry.knows == "texts":
        texts = np.random.default_rng(0).normal(size=(len(DATA.semantics), DATA.X.shape[1]))
        return fitted(cls(**entry.small), DATA, semantics=Semantics(texts, classes=DATA.semantics.classes), **quick)
    return fitted(cls(**entry.small), DATA, **quick)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_comes_back_by_its_class(name, tmp_path):
    estimator = made(name)
    before = dict(vars(estimator))
    estimator.save_pretrained(tmp_path / "m", license="mit")
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[key] is value for key, value in before.items())
    loaded = type(estimator).from_pretrained(tmp_path / "m")
    np.testing.assert_array_equal(loaded.class_scores(DATA.queries), estimator.class_scores(DATA.queries))
    assert not hasattr(loaded, "_hub_mixin_config")
    card = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(card.split("---\n")[1])
    assert (head["library_name"], head["license"], head["pipeline_tag"]) == ("zsl", "mit", "tabular-classification")
    assert f"# {name}\n" in card
    assert all(str(label) in card for label in estimator.classes_.tolist())
    with pytest.raises(ModelFileError, match=f"holds a {name}; wanted a ZeroShotPipeline"):
        ZeroShotPipeline.from_pretrained(tmp_path / "m")
