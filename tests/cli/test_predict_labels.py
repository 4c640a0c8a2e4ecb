"""Labels as ``zsl predict`` writes them: nothing that a spreadsheet would run, and all can be read back."""

import sys

import numpy as np
import pandas as pd
import pytest

from zsl import ESZSLClassifier
from zsl.cli import main

NAMES = ["=1+1", "@SUM(A1)", "-2+3", "'tis", "plain", "a\nb,c"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model whose classes have names like formulas, and one sample of each."""
    place = tmp_path_factory.mktemp("labels")
    X = np.eye(len(NAMES)).repeat(4, axis=0) + 0.01 * np.random.default_rng(0).normal(size=(24, 6))
    ESZSLClassifier(cv=None).fit(X, np.repeat(NAMES, 4)).save(place / "model")
    np.save(place / "X.npy", X[::4])
    return place


def predicted(folder, *more, monkeypatch):
    monkeypatch.setattr(
        sys, "argv", ["zsl", "predict", f"{folder}/model", f"{folder}/X.npy", "-o", f"{folder}/p.csv", *more]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    return pd.read_csv(folder / "p.csv", keep_default_na=False)["label"].tolist()


def test_formulas_get_an_apostrophe(folder, monkeypatch):
    found = predicted(folder, monkeypatch=monkeypatch)
    assert found == ["'=1+1", "'@SUM(A1)", "'-2+3", "''tis", "plain", "a\nb,c"]
    assert [label.removeprefix("'") for label in found] == NAMES


def test_raw_labels_are_as_they_are(folder, monkeypatch):
    assert predicted(folder, "--raw", monkeypatch=monkeypatch) == NAMES


def test_printed_labels_follow_the_same_rule(folder, monkeypatch, capsys):
    for more, first in (([], "0,'=1+1"), (["--raw"], "0,=1+1")):
        monkeypatch.setattr(sys, "argv", ["zsl", "predict", f"{folder}/model", f"{folder}/X.npy", *more])
        with pytest.raises(SystemExit):
            main()
        assert capsys.readouterr().out.splitlines()[1].startswith(f"{first},")
