import pytest
import torch
from torch import nn
from torch.testing import assert_close

from zsl.nn.support_norm import SupportNorm, centred, own_structure, with_support_norm, with_support_rows


def net():
    torch.manual_seed(0)
    found = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()), nn.Flatten())
    with torch.no_grad():
        found[1][0].weight.uniform_(0.5, 2)
        found[1][0].bias.uniform_(-1, 1)
    return found


def test_with_all_rows_it_is_batch_normalisation_in_training():
    plain, images = net(), torch.randn(5, 2, 6, 6)
    assert_close(with_support_norm(plain)(images), plain.train()(images))


def test_of_vectors_too():
    layer, rows = nn.BatchNorm1d(4), torch.randn(7, 4)
    assert_close(with_support_norm(layer)(rows), layer.train()(rows))


def test_the_first_rows_decide():
    module, images = with_support_norm(net()), torch.randn(6, 2, 6, 6)
    own = with_support_rows(module, 4)
    found = own(images)
    other = own(torch.cat([images[:4], 100 * images[4:5], images[4:]]))
    assert_close(found[:4], module(images[:4]))
    assert_close(other[5:], found[4:])
    assert module[1][0].n_support is None


def test_the_copy_has_the_weights_and_the_given_one_stays():
    plain = net()
    copy = with_support_norm(plain)
    assert isinstance(copy[1][0], SupportNorm)
    assert isinstance(plain[1][0], nn.BatchNorm2d)
    assert_close(dict(copy.named_parameters()), dict(plain.named_parameters()))
    with torch.no_grad():
        copy[0].weight.add_(1)
    assert not torch.equal(copy[0].weight, plain[0].weight)


def test_a_normalisation_without_scale_and_shift_is_left_alone():
    layer = nn.BatchNorm2d(3, affine=False)
    assert isinstance(with_support_norm(layer), nn.BatchNorm2d)


def test_centred_rows_have_the_length_asked_for():
    rows = 3 + torch.randn(9, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = centred(rows, 6, 8.0)
    assert_close(found[:6].mean(0), torch.zeros(5, dtype=torch.float64))
    assert found[:6].square().sum(1).mean().sqrt().item() == pytest.approx(8, rel=1e-5)
    assert_close(centred(torch.cat([rows[:6], rows[8:]]), 6, 8.0)[6:], found[8:])


def test_support_rows_that_are_alike_become_zeros():
    found = centred(torch.ones(4, 3), 4, 8.0)
    assert not found.any()


def test_a_structure_of_its_own_shares_every_tensor():
    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.constant = net(), torch.ones(3).requires_grad_() * 2  # not a leaf
            self.again = [self.layers[0]]

    module = Kept()
    own = own_structure(module)
    assert own is not module
    assert own.layers[1][0] is not module.layers[1][0]
    assert own.again[0] is own.layers[0]
    assert all(own.get_parameter(name) is value for name, value in module.named_parameters())
    assert all(own.get_buffer(name) is value for name, value in module.named_buffers())
    assert own.constant is module.constant
