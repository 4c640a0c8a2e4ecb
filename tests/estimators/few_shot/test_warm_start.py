"""Training that goes on from a network which was fitted, or loaded."""

import copy
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits

from zsl import (
    InvalidInputError,
    MAMLClassifier,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SiameseClassifier,
    load,
    save,
)

X, y = load_digits(return_X_y=True)
DRAWINGS = np.pad(X.reshape(-1, 8, 8).repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2))) / 16
FIRST, SECOND = y < 5, y >= 5
TRAINED = [PrototypicalClassifier, RelationNetworkClassifier, MAMLClassifier]


def weights(clf):
    return {name: value.clone() for name, value in clf.method_.named_parameters()}


def still(clf, **options):
    """The estimator with steps that change nothing that can be seen."""
    return clf.set_params(n_episodes=1, learning_rate=1e-12, **options)


@pytest.mark.parametrize("kind", TRAINED)
def test_it_goes_on_from_the_weights(kind, tmp_path):
    images = kind is not MAMLClassifier
    samples = X.reshape(-1, 8, 8).repeat(2, 1).repeat(2, 2) if images else X
    backbone = {"backbone": "conv4"} if images else {}
    clf = kind(n_episodes=2, n_way=3, warm_start=True, random_state=0, **backbone)
    clf.fit(samples[FIRST], y[FIRST])
    save(clf, tmp_path / "model")
    before = weights(clf)
    for own in (load(tmp_path / "model"), clf):
        still(own, pretrain=1 if images else 0).fit(samples[SECOND], y[SECOND])
        assert own.classes_.tolist() == [5, 6, 7, 8, 9]
        for name, value in own.method_.named_parameters():
            torch.testing.assert_close(value, before[name], atol=1e-6, rtol=1e-6)
    for again in (clone(clf), still(clf, warm_start=False)):
        again.set_params(pretrain=0).fit(samples[SECOND], y[SECOND])
        other = again.method_.state_dict()
        assert any((other[name] - value).abs().max() > 1e-3 for name, value in before.items())


def test_the_shipped_networks_can_be_trained_on():
    clf = PrototypicalClassifier.from_pretrained("omniglot")
    before = weights(clf)
    still(clf, warm_start=True, n_way=5).fit(DRAWINGS[FIRST], y[FIRST])
    assert clf.classes_.tolist() == [0, 1, 2, 3, 4]
    for name, value in clf.method_.named_parameters():
        torch.testing.assert_close(value, before[name], atol=1e-6, rtol=1e-6)


def test_what_does_not_fit_is_refused_and_changes_nothing():
    clf = MAMLClassifier(n_episodes=2, n_way=3, warm_start=True, random_state=0).fit(X[FIRST], y[FIRST])
    before = weights(clf)
    with pytest.raises(InvalidInputError, match=r"warm_start=True, .* has .*in_features=64.* where .*in_features=10"):
        clf.fit(X[FIRST, :10], y[FIRST])
    with pytest.raises(InvalidInputError, match="warm_start=True with cv=2; the network may have seen"):
        clf.set_params(cv=2).fit(X[FIRST], y[FIRST])
    assert clf.classes_.tolist() == [0, 1, 2, 3, 4]
    assert all(torch.equal(value, before[name]) for name, value in clf.method_.named_parameters())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"backbone": "conv4_strided"}, r"has .*Conv2d.* where .*stride=\(2, 2\)"),
        ({"refinement": "soft_kmeans"}, r"has PrototypicalNetwork\(, where SemiPrototypical\("),
    ],
)
def test_another_network_is_refused(changed, message):
    clf = PrototypicalClassifier(backbone="conv4", n_episodes=1, n_way=3, warm_start=True, random_state=0)
    clf.fit(DRAWINGS[FIRST], y[FIRST])
    with pytest.raises(InvalidInputError, match=message):
        clf.set_params(**changed).fit(DRAWINGS[FIRST], y[FIRST])


def test_a_checkpoint_belongs_to_the_network_that_it_went_on_from(tmp_path):
    made = [MAMLClassifier(n_episodes=2, n_way=3, warm_start=True, random_state=seed) for seed in (0, 1)]
    one, other = (clf.fit(X[FIRST], y[FIRST]) for clf in made)
    kept = copy.deepcopy(one)
    one.fit(X[SECOND], y[SECOND], checkpoint=tmp_path / "c")
    for clf in (one, other):
        with pytest.raises(InvalidInputError, match="the network that training goes on from is another"):
            clf.fit(X[SECOND], y[SECOND], checkpoint=tmp_path / "c")
    kept.fit(X[SECOND], y[SECOND], checkpoint=tmp_path / "c")
    assert all(torch.equal(value, one.method_.state_dict()[name]) for name, value in kept.method_.state_dict().items())


def test_images_are_of_the_scale_of_before_and_a_new_fit_is_judged_by_itself():
    clf = PrototypicalClassifier(backbone="conv4", n_episodes=1, n_way=3, warm_start=True, random_state=0)
    clf.fit(DRAWINGS[FIRST], y[FIRST])
    with pytest.raises(InvalidInputError, match=r"X holds values .*; fitted on images of 0 to 1"):
        clf.fit(DRAWINGS[FIRST] * 16, y[FIRST])
    with pytest.warns(UserWarning, match="X looks inverted"):
        clf.fit(1 - DRAWINGS[FIRST], y[FIRST])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.set_params(warm_start=False)
        clf.fit(1 - DRAWINGS[FIRST], y[FIRST], validation=(1 - DRAWINGS[SECOND], y[SECOND]))
    vectors = MAMLClassifier(n_episodes=1, n_way=3, random_state=0).fit(X[FIRST], y[FIRST])
    with pytest.raises(InvalidInputError, match="X"):
        vectors.fit(X[FIRST] * 1e-30, y[FIRST])


@pytest.mark.parametrize("kind", [RelationNetworkClassifier, SiameseClassifier])
def test_other_shapes_are_told(kind):
    clf = kind(n_episodes=1, n_way=3, warm_start=True, random_state=0).fit(X[FIRST], y[FIRST])
    with pytest.raises(InvalidInputError, match=r"warm_start=True, .* has .*64.* where .*10.* needed"):
        clf.fit(X[FIRST, :10], y[FIRST])
