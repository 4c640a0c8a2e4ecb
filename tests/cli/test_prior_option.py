"""``zsl predict --prior``: weights from a table, or estimated."""

import io

import numpy as np
import pandas as pd
import pytest
from command import run

from zsl import RidgePrototypeClassifier
from zsl.datasets import make_zero_shot


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("priors")
    split = make_zero_shot(6, 3, n_features=8, n_attributes=5, n_per_class=8, noise=0.5, random_state=0)
    clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    clf.save(folder / "model")
    np.save(folder / "X.npy", split.X_test_unseen)
    prior = pd.Series(np.arange(9.0), index=pd.Index(clf.classes_, name="class"), name="weight")
    prior.to_csv(folder / "prior.csv")
    return folder, clf, split.X_test_unseen, prior


@pytest.mark.parametrize("more", [[], ["--rescale", "transport"], ["--top", "2"], ["--proba"]])
@pytest.mark.parametrize("given", ["prior.csv", "estimate"])
def test_predictions_are_those_under_the_prior(files, capsys, more, given):
    folder, clf, X, prior = files
    named = folder / given if given.endswith("csv") else given
    code, out, error = run(["predict", folder / "model", folder / "X.npy", "--prior", named, *more], capsys)
    assert code == 0, error
    table = pd.read_csv(io.StringIO(out), index_col=0)
    under = prior if given.endswith("csv") else clf.estimate_prior(X)
    rescale = "transport" if "--rescale" in more else None
    assert table["label"].tolist() == clf.predict(X, prior=under, rescale=rescale).tolist()
    if "--proba" in more:
        np.testing.assert_allclose(
            table[[f"p_{c}" for c in clf.classes_]], clf.predict_proba(X, prior=under), atol=1e-6
        )
    if "--top" in more:
        assert table["label_2"].tolist() == clf.top_classes(X, k=2, prior=under)[0][:, 1].tolist()


def test_an_estimate_that_was_written_is_read(files, capsys, tmp_path):
    folder, clf, X, _ = files
    clf.estimate_prior(X).to_csv(tmp_path / "estimated.csv")
    texts = [
        run(["predict", folder / "model", folder / "X.npy", "--prior", prior], capsys)[1]
        for prior in ("estimate", tmp_path / "estimated.csv")
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class,weight,more\na,1,2\n", "has 3 columns; wanted two, class and weight"),
        ("class,weight\na,1\n", "bad.csv has no weight for 9 of the 9 classes"),
        ("", "is empty"),
    ],
)
def test_tables_that_are_no_prior(files, capsys, tmp_path, text, said):
    folder, *_ = files
    (tmp_path / "bad.csv").write_text(text)
    code, _, error = run(["predict", folder / "model", folder / "X.npy", "--prior", tmp_path / "bad.csv"], capsys)
    assert code == 2
    assert said in error
    code, _, error = run(["predict", folder / "model", folder / "X.npy", "--prior", tmp_path / "none.csv"], capsys)
    assert code == 2
    assert "none.csv" in error


def test_it_does_not_go_with_an_engine(files, capsys, tmp_path):
    folder, *_ = files
    arguments = ["predict", folder / "model", folder / "X.npy", "-o", tmp_path / "out", "--engine", "local"]
    code, _, error = run([*arguments, "--prior", folder / "prior.csv"], capsys)
    assert code == 2
    assert "--prior doesn't go with --engine" in error
