import torch
from torch.testing import assert_close

from zsl.functional.losses.inner_loop import inner_loop


def quadratic(matrix, target):
    def loss(parameters):
        gap = parameters["x"] - target
        return 0.5 * gap @ matrix @ gap

    return loss


def problem(size=4):
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(size, size, generator=generator, dtype=torch.float64)
    target, start = torch.randn(2, size, generator=generator, dtype=torch.float64)
    return root @ root.T / size, target, start


def test_no_step_gives_the_parameters_back():
    matrix, target, start = problem()
    found = inner_loop(quadratic(matrix, target), {"x": start}, [], 0)
    assert found["x"] is start


def test_one_step_on_a_quadratic_is_the_closed_form():
    matrix, target, start = problem()
    found = inner_loop(quadratic(matrix, target), {"x": start}, [{"x": torch.tensor(0.3)}], 1)
    assert_close(found["x"], start - 0.3 * matrix @ (start - target))


def test_steps_beyond_the_last_rate_take_the_last_rate():
    matrix, target, start = problem()
    rates = [{"x": torch.tensor(0.3)}, {"x": torch.linspace(0.1, 0.2, 4, dtype=torch.float64)}]
    found = inner_loop(quadratic(matrix, target), {"x": start}, rates, 3)["x"]
    wanted = start
    for rate in (0.3, rates[1]["x"], rates[1]["x"]):
        wanted = wanted - rate * (matrix @ (wanted - target))
    assert_close(found, wanted)


def test_on_a_quadratic_second_order_has_the_curvature_and_first_order_has_not():
    matrix, target, start = problem()
    goal = torch.ones(4, dtype=torch.float64)
    for first_order in (False, True):
        here = start.clone().requires_grad_()
        found = inner_loop(
            quadratic(matrix, target), {"x": here}, [{"x": torch.tensor(0.3)}], 2, first_order=first_order
        )["x"]
        (gradient,) = torch.autograd.grad(((found - goal) ** 2).sum(), here)
        step = torch.eye(4, dtype=torch.float64) - 0.3 * matrix
        passed = torch.eye(4, dtype=torch.float64) if first_order else step @ step
        assert_close(gradient, passed.T @ (2 * (found.detach() - goal)))


def test_second_order_gradients_agree_with_finite_differences():
    """Of a loss that isn't quadratic, by the parameters and by the rates."""
    _, target, start = problem()

    def after(x, rate):
        found = inner_loop(lambda own: ((own["x"] - target) ** 4).sum().log1p(), {"x": x}, [{"x": rate}] * 2, 2)
        return (found["x"].sin() * target).sum()

    rate = torch.tensor([0.1, 0.2, 0.05, 0.3], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(after, (start.requires_grad_(), rate))
