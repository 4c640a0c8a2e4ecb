import pytest
import torch
from torch import nn
from torch.testing import assert_close

from zsl.methods.learners.learner import HEAD
from zsl.methods.learners.maml import MAML

LABEL = torch.tensor([[0, 1, 2, 2, 0, 1], [1, 1, 0, 2, 2, 2]])


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def body():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def images_body():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten()).double()


def scaled(features, n_support):
    """Features less the mean of the support, whose root mean square length becomes 8."""
    features = features - features[:n_support].mean(0)
    return 8 * features / (features[:n_support].square().sum(1).mean() + 1e-6).sqrt()


def make(algorithm="maml", module=None, shape=(4,), n_features=3, **options):
    given = {"n_steps": 2, "n_test_steps": 2, "rate": 0.3, "learn_rates": True, "vectorized": False} | options
    return MAML(module or body(), n_features=n_features, input_shape=shape, algorithm=algorithm, **given).double()


def parameters_of(method, n_way=3):
    """What an episode starts from, with a head that is not zero."""
    head = dict(zip(HEAD, (draw(n_way, method.n_features, seed=8), draw(n_way, seed=9)), strict=True))
    return method._start(draw(1, 1), n_way) | head


def test_no_steps_are_the_plain_forward():
    method, rows = make(n_test_steps=0).eval(), draw(7, 4)
    start = parameters_of(method)
    found = method.adapted(start, lambda own: method._logits(method.backbone, own, rows[:3], 3).square().sum(), 3)
    plain = scaled(body()(rows), 3) @ start[HEAD[0]].T + start[HEAD[1]]
    assert_close(method._logits(method.backbone, found, rows, 3), 3**0.5 * plain)


def test_scores_are_those_of_a_network_trained_by_an_optimizer():
    method, support, query = make(n_test_steps=4).eval(), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    scores = method.scores(support, LABEL, query, 3)
    for place in range(2):
        net, head = body(), nn.Linear(3, 3).double()
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)
        # The root of the number of classes, in logits and gradients, is a rate of three times as much for the head.
        groups = [{"params": net.parameters()}, {"params": head.parameters(), "lr": 0.9}]
        plain = torch.optim.SGD(groups, lr=0.3)
        for _ in range(4):
            plain.zero_grad()
            nn.functional.cross_entropy(head(scaled(net(support[place]), 6)), LABEL[place]).backward()
            plain.step()
        rows = scaled(net(torch.cat([support[place], query[place]])), 6)
        assert_close(scores[place], head(rows[6:]), rtol=1e-4, atol=1e-5)


def test_anil_trains_the_head_alone():
    method, images, query = make("anil"), draw(6, 4), draw(5, 4, seed=2)
    embedded = method.embed(images)
    assert_close(embedded, body()(images))
    rows = scaled(torch.cat([embedded, method.embed(query)]), 6)
    embedded, asked = rows[:6], rows[6:]
    head, bias = torch.zeros(3, 3).double(), torch.zeros(3).double()
    target = nn.functional.one_hot(LABEL[0], 3).double()
    for _ in range(2):
        gap = (torch.softmax(embedded @ head.T + bias, 1) - target) / 6
        head, bias = head - 0.9 * gap.T @ embedded, bias - 0.9 * gap.sum(0)
    scores = method.scores(method.embed(images)[None], LABEL[:1], method.embed(query)[None], 3)
    assert_close(scores[0], asked @ head.T + bias)


@pytest.mark.parametrize("algorithm", ["maml", "first_order", "anil"])
def test_side_by_side_is_one_after_the_other(algorithm):
    def run(vectorized):
        method = make(algorithm, vectorized=vectorized)
        support, query = (method.embed(draw(n, 4, seed=n)).unflatten(0, (2, -1)) for n in (12, 10))
        loss = method.loss(
            support, LABEL, query, torch.randint(3, (2, 5), generator=torch.Generator().manual_seed(0)), 3
        )
        return loss, torch.autograd.grad(loss, list(method.parameters()))

    assert_close(run(True), run(False))


def test_second_order_gradients_agree_with_finite_differences_and_first_order_ones_do_not():
    support, query = draw(1, 6, 4), draw(1, 5, 4, seed=2)

    def run(algorithm, shift):
        method = make(algorithm)
        weight = method.backbone[0].weight
        with torch.no_grad():
            weight[0, 0] += shift
        loss = method.loss(support, LABEL[:1], query, torch.tensor([[0, 1, 2, 0, 1]]), 3)
        return loss.item(), torch.autograd.grad(loss, weight)[0][0, 0].item()

    slope = (run("maml", 1e-5)[0] - run("maml", -1e-5)[0]) / 2e-5
    assert run("maml", 0)[1] == pytest.approx(slope, rel=1e-6)
    assert run("first_order", 0)[0] == run("maml", 0)[0]
    assert run("first_order", 0)[1] != pytest.approx(slope, rel=1e-3)


def test_images_are_normalised_by_the_support():
    method = make(module=images_body(), shape=(1, 5, 5), n_features=36)
    images = torch.randint(256, (11, 1, 5, 5), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    embedded = method.embed(images).double()
    assert_close(embedded, images.flatten(1).double() / 255, rtol=1e-6, atol=0)
    scores = method.scores(embedded[None, :6], LABEL[:1], embedded[None, 6:], 3)
    alone = [method.scores(embedded[None, :6], LABEL[:1], one[None, None], 3)[0, 0] for one in embedded[6:]]
    assert_close(scores[0], torch.stack(alone))


@pytest.mark.parametrize("learned", [True, False])
def test_rates_are_learned_or_stay(learned):
    method = make(learn_rates=learned)
    names = [name for name, _ in method.named_parameters() if "rates" in name]
    assert names == (["head_log_rates", "body_log_rates"] if learned else [])
    assert method.body_log_rates.shape == (1, 4)
    assert {"head_log_rates", "body_log_rates"} <= set(method.state_dict())


def test_a_body_without_parameters_leaves_the_head():
    support, query = draw(1, 6, 4), draw(1, 5, 4, seed=2)
    one, other = (make(name, module=nn.Identity(), n_features=4, n_test_steps=3).eval() for name in ("maml", "anil"))
    assert_close(one.scores(support, LABEL[:1], query, 3), other.scores(support, LABEL[:1], query, 3))


def test_prediction_in_inference_mode_keeps_no_graph():
    method, support, query = make(), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    with torch.inference_mode():
        scores = method.scores(support.clone(), LABEL.clone(), query.clone(), 3)
    assert not scores.requires_grad
    assert_close(scores, method.scores(support, LABEL, query, 3).detach())
