"""The shared Gaussian against scikit-learn's linear discriminant analysis and against numpy."""

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from zsl.exceptions import InvalidInputError
from zsl.methods.frozen.gaussian import SharedGaussian

LABEL = torch.tensor([[0, 1, 1, 2, 2, 2, 0, 1], [2, 0, 1, 0, 2, 1, 1, 1]])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def base(n=60, width=4):
    return draw(n, width, seed=5) @ draw(width, width, seed=6), torch.arange(n) % 5


def shrunk(X, codes, shrinkage=None):
    """Covariance of a formula, class by class."""
    X, codes = np.asarray(X), np.asarray(codes)
    centred = np.concatenate([X[codes == c] - X[codes == c].mean(axis=0) for c in np.unique(codes)])
    freedom, width = len(X) - len(np.unique(codes)), X.shape[1]
    covariance = centred.T @ centred / freedom
    shrinkage = width / (freedom + width) if shrinkage is None else shrinkage
    return (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / width * np.eye(width)


class Known:
    """A covariance estimator that knows the covariance."""

    def __init__(self, covariance):
        self.covariance = covariance

    def fit(self, X):
        self.covariance_ = self.covariance
        return self


def discriminants(support, label, query, covariance):
    """The discriminants of scikit-learn, without the logarithm of the equal priors."""
    analysis = LinearDiscriminantAnalysis(
        solver="lsqr", covariance_estimator=Known(covariance), priors=np.full(3, 1 / 3)
    ).fit(support, label)
    return analysis.decision_function(query) - np.log(1 / 3)


@pytest.mark.parametrize("shrinkage", [None, 0.3, 1.0])
@pytest.mark.parametrize("with_base", [False, True])
def test_scores_are_the_discriminants_of_scikit_learn(with_base, shrinkage):
    method = SharedGaussian(None, n_features=4, shrinkage=shrinkage, normalize=False)
    support, query, (X, codes) = draw(2, 8, 4), draw(2, 7, 4, seed=1), base()
    if with_base:
        method.fit_base(X, codes, 9)  # four of the classes have no samples
    scores = method.scores(support, LABEL, query, 3)
    for e in range(2):
        covariance = shrunk(*((X, codes) if with_base else (support[e], LABEL[e])), shrinkage)
        expected = discriminants(support[e].numpy(), LABEL[e].numpy(), query[e].numpy(), covariance)
        np.testing.assert_allclose(scores[e], expected, rtol=1e-9)


def test_hardly_any_shrinkage_is_plain_linear_discriminant_analysis():
    label = torch.arange(60)[None] % 3
    support, query = draw(1, 60, 4), draw(1, 9, 4, seed=1)
    found = SharedGaussian(None, n_features=4, shrinkage=1e-13, normalize=False).scores(support, label, query, 3)
    analysis = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(3, 1 / 3)).fit(support[0], label[0])
    expected = analysis.decision_function(query[0]) - np.log(1 / 3)
    # scikit-learn divides the scatter by the number of samples, not by the degrees of freedom
    np.testing.assert_allclose(found[0], expected * 57 / 60, rtol=1e-8)


def test_the_shrunk_covariance_is_that_of_the_paper_up_to_a_factor():
    X, codes = (a.numpy() for a in base())
    centred = np.concatenate([X[codes == c] - X[codes == c].mean(axis=0) for c in range(5)])
    scatter, freedom = centred.T @ centred, 55
    paper = (scatter + np.trace(scatter) / freedom * np.eye(4)) / 4
    ratio = shrunk(X, codes) / paper
    np.testing.assert_allclose(ratio, np.full((4, 4), ratio[0, 0]), rtol=1e-9)


def test_scores_by_hand():
    # Within classes the scatter is diag(2, 0) of one degree of freedom, shrunk by half to diag(3/2, 1/2).
    support = torch.tensor([[[-1.0, 0.0], [1.0, 0.0], [0.0, 2.0]]])
    query = torch.tensor([[[3.0, 1.0], [0.0, 4.0]]])
    method = SharedGaussian(None, n_features=2, shrinkage=0.5, normalize=False)
    found = method.scores(support, torch.tensor([[0, 0, 1]]), query, 2)
    torch.testing.assert_close(found, torch.tensor([[[0.0, 0.0], [0.0, 12.0]]]))


def test_one_image_a_class_or_copies_of_it_give_the_nearest_mean():
    method = SharedGaussian(None, n_features=4, normalize=False)
    samples, query = draw(1, 3, 4), draw(1, 6, 4, seed=1)
    expected = query @ samples.mT - samples.square().sum(dim=2)[:, None] / 2
    torch.testing.assert_close(method.scores(samples, torch.tensor([[0, 1, 2]]), query, 3), expected)
    copies = samples.repeat(1, 3, 1)  # their mean may be another by rounding
    torch.testing.assert_close(method.scores(copies, torch.tensor([[0, 1, 2] * 3]), query, 3), expected)
    method.fit_base(samples[0], torch.tensor([0, 1, 2]), 3)
    torch.testing.assert_close(method.scores(samples, torch.tensor([[0, 1, 2]]), query, 3), expected)


def test_the_length_of_images_is_left_out_unless_wanted():
    support, query = draw(2, 8, 4), draw(2, 7, 4, seed=1)
    unit, plain = (SharedGaussian(None, n_features=4, normalize=n) for n in (True, False))
    longer = 3 * support, LABEL, 5 * query, 3
    torch.testing.assert_close(unit.scores(*longer), unit.scores(support, LABEL, query, 3))
    assert not torch.allclose(plain.scores(*longer), plain.scores(support, LABEL, query, 3))


@pytest.mark.parametrize("with_base", [False, True])
def test_laws(with_base):
    method, support, query = SharedGaussian(None, n_features=4), draw(2, 8, 4), draw(2, 5, 4, seed=1)
    if with_base:
        method.fit_base(*base(), 5)
    scores = method.scores(support, LABEL, query, 3)
    order, classes = torch.tensor([5, 2, 7, 0, 4, 1, 3, 6]), torch.tensor([2, 0, 1])
    torch.testing.assert_close(method.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(method.scores(support, classes[LABEL], query, 3)[..., classes], scores)
    one_by_one = [
        method.scores(support[e : e + 1], LABEL[e : e + 1], query[e : e + 1, j : j + 1], 3)
        for e in range(2)
        for j in range(5)
    ]
    torch.testing.assert_close(torch.cat(one_by_one).reshape(2, 5, 3), scores)
    assert not method.transductive


@pytest.mark.parametrize("with_base", [False, True])
def test_single_precision_and_the_state(with_base):
    method, support, query = SharedGaussian(None, n_features=4), draw(2, 8, 4), draw(2, 5, 4, seed=1)
    if with_base:
        method.fit_base(*base(), 5)
    scores = method.scores(support, LABEL, query, 3)
    single = method.scores(support.float(), LABEL, query.float(), 3)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), scores, rtol=1e-3, atol=1e-4)
    other = SharedGaussian(None, n_features=4).double()
    other.load_state_dict(method.state_dict())
    assert torch.equal(other.scores(support, LABEL, query, 3), scores)


def test_gradients_are_finite_with_and_without_scatter():
    method, query = SharedGaussian(None, n_features=4), draw(1, 5, 4, seed=1)
    for label in ([[0, 1]], [[0, 1, 1]]):
        support = draw(1, len(label[0]), 4).requires_grad_()
        method.loss(support, torch.tensor(label), query, torch.tensor([[0, 1, 0, 1, 1]]), 2).backward()
        assert support.grad.isfinite().all()
        assert (support.grad != 0).any()


def test_errors():
    for shrinkage in (0.0, -0.1, 1.1):
        with pytest.raises(InvalidInputError, match=f"shrinkage={shrinkage}; wanted None or a number above 0"):
            SharedGaussian(None, n_features=4, shrinkage=shrinkage)
    method = SharedGaussian(None, n_features=4)
    for shape in [(0, 4), (5, 3)]:
        with pytest.raises(InvalidInputError, match=rf"features has the shape \({shape[0]}, {shape[1]}\); wanted 1 or"):
            method.fit_base(torch.zeros(shape), torch.zeros(shape[0], dtype=torch.int64), 1)
