"""The generators of features: what their losses are, what they learn, and how they draw."""

import math

import pytest
import torch
from torch.testing import assert_close

from zsl.functional.losses.generative_losses import evidence_lower_bound, kl_to_unit_gaussian, wasserstein_gaussians
from zsl.methods.generative.aligned_vae import CROSS, DISTANCE, DIVERGENCE, AlignedVAE, _risen
from zsl.methods.generative.feature_cvae import NOISE, FeatureCVAE
from zsl.methods.generative.feature_generator import spread_within, to_length
from zsl.methods.generative.feature_wgan import PENALTY, FeatureWGAN, _softmax_regression

D, A, C = 6, 3, 4
KINDS = {
    "cvae": lambda g: FeatureCVAE(D, A, hidden=16, n_latent=2, generator=g),
    "wgan": lambda g: FeatureWGAN(D, A, C, hidden=16, n_latent=2, generator=g),
    "aligned_vae": lambda g: AlignedVAE(D, A, hidden=16, n_latent=2, generator=g),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def world():
    """Four classes whose centre is linear in their semantic vector."""
    draws = seeded(5)
    S = torch.randn(C, A, generator=draws)
    codes = torch.arange(C).repeat(10)
    centres = S @ torch.randn(A, D, generator=draws)
    return to_length(centres[codes] + 0.3 * torch.randn(len(codes), D, generator=draws)), codes, S


@pytest.fixture(params=KINDS)
def method(request, world):
    made = KINDS[request.param](seeded())
    made.prepare(*world)
    return made


@pytest.mark.parametrize("name", ["cvae", "aligned_vae"])
def test_gradients_reach_every_parameter(name, world):
    X, codes, S = world
    method = KINDS[name](seeded())
    method.loss(X, codes, S[codes], seeded(), 1.0).backward()
    assert all(p.grad.any() for p in method.parameters())


def test_gradients_of_the_wgan_reach_one_side_each(world):
    X, codes, S = world
    method = KINDS["wgan"](seeded())
    method.prepare(X, codes, S)
    method.critic_loss(X, S[codes], seeded()).backward()
    assert all(p.grad is None for p in method.maker.parameters())
    # The last constant shifts real and generated scores alike.
    assert all(p.grad.any() for name, p in method.critic.named_parameters() if name != "layers.2.bias")
    method.loss(X, codes, S[codes], seeded(), 1.0).backward()
    assert all(p.grad.any() for p in method.maker.parameters())


def test_what_is_generated_depends_on_class_and_generator(method, world):
    S = world[2]
    first, again, other = (method.generate(S, 5, seeded(seed)) for seed in (0, 0, 1))
    assert first.shape[:2] == (C, 5)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.allclose(first[0], first[1])
    assert first.shape[2] == method.represent(world[0]).shape[1]


def test_generated_images_have_the_length_of_real_ones(world):
    for name in ("cvae", "wgan"):
        made = KINDS[name](seeded()).generate(world[2], 4, seeded())
        assert_close(made.norm(dim=2), torch.full((C, 4), math.sqrt(D)))


def test_only_methods_with_a_critic_have_its_loss(world):
    X, codes, S = world
    with pytest.raises(NotImplementedError, match="FeatureCVAE has no critic"):
        KINDS["cvae"](seeded()).critic_loss(X, S[codes], seeded())


def test_the_cvae_lowers_the_negative_bound(world):
    X, codes, S = world
    method = KINDS["cvae"](seeded())
    method.prepare(X, codes, S)
    assert_close(float(method.variance), NOISE * spread_within(X, codes))
    mean, log_variance = method.encoder(X, S[codes])
    z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=seeded(3))
    wanted = -evidence_lower_bound(X, method.decoder(z, S[codes]), mean, log_variance, float(method.variance)).mean()
    assert_close(method.loss(X, codes, S[codes], seeded(3), 0.0), wanted / D)


def test_the_losses_of_the_wgan_by_their_definition(world):
    X, codes, S = world
    method = KINDS["wgan"](seeded())
    method.prepare(X, codes, S)
    made = method.maker(torch.randn(len(X), 2, generator=seeded(3)), S[codes])
    wanted = -method.critic(made, S[codes]).mean() - 0.01 * (
        (made @ method.classes.T + method.offsets).log_softmax(dim=1).gather(1, codes[:, None]).mean()
    )
    assert_close(method.loss(X, codes, S[codes], seeded(3), 0.0), wanted)
    draws = seeded(3)
    made = method.maker(torch.randn(len(X), 2, generator=draws), S[codes]).detach()
    mix = torch.rand(len(X), generator=draws)[:, None]
    between = (mix * X + (1 - mix) * made).requires_grad_(True)
    (slope,) = torch.autograd.grad(method.critic(between, S[codes]).sum(), between)
    gap = method.critic(made, S[codes]).mean() - method.critic(X, S[codes]).mean()
    found = method.critic_loss(X, S[codes], seeded(3))
    assert_close(found, gap + PENALTY * (slope.norm(dim=1) - 1).square().mean())


def test_the_classifier_of_the_wgan_knows_the_seen_classes(world):
    X, codes, _ = world
    weight, offset = _softmax_regression(X, codes, C)
    assert ((X @ weight.T + offset).argmax(dim=1) == codes).float().mean() > 0.9
    assert not weight.requires_grad


def test_the_loss_of_the_aligned_autoencoders_by_its_definition(world):
    X, codes, S = world
    method, described = KINDS["aligned_vae"](seeded()), S[codes] * math.sqrt(A)
    sample, label = method.image_encoder(X), method.class_encoder(described)
    draws = seeded(3)
    z_image, z_class = (
        mean + (0.5 * spread).exp() * torch.randn(mean.shape, generator=draws) for mean, spread in (sample, label)
    )

    def l1(of_images, of_classes):
        samples = (method.image_decoder(of_images) - X).abs().sum(dim=1)
        return samples + (method.class_decoder(of_classes) - described).abs().sum(dim=1)

    divergence = kl_to_unit_gaussian(*sample) + kl_to_unit_gaussian(*label)
    wanted = l1(z_image, z_class) + DIVERGENCE[0] * divergence
    wanted = wanted + CROSS[0] * l1(z_class, z_image) + DISTANCE[0] * wasserstein_gaussians(*sample, *label)
    assert_close(method.loss(X, codes, S[codes], seeded(3), 1.0), wanted.mean() / D)
    assert_close(method.loss(X, codes, S[codes], seeded(3), 0.0), l1(z_image, z_class).mean() / D)


def test_weights_of_the_schedule():
    assert [_risen((4.0, 0.2, 0.6), done) for done in (0.0, 0.2, 0.4, 0.6, 1.0)] == pytest.approx([0, 0, 2, 4, 4])


def test_helpers(world):
    X, codes, _ = world
    means = torch.stack([X[codes == c].mean(dim=0) for c in range(C)])
    assert spread_within(X, codes) == pytest.approx(float((X - means[codes]).square().mean()))
    assert spread_within(torch.zeros(4, 3), torch.tensor([0, 0, 1, 1])) == 1.0
    assert spread_within(torch.ones(4, 3), torch.tensor([0, 0, 1, 1])) == pytest.approx(0.01)
    assert_close(
        to_length(torch.tensor([[0.0, 0.0], [3.0, 4.0]])), math.sqrt(2) * torch.tensor([[0.0, 0.0], [0.6, 0.8]])
    )
