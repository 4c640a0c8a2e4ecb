"""The one training loop: steps of AdamW on a loss, with a falling rate, checks, checkpoints and a progress bar."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from zsl._progress import progress as show_progress
from zsl.training.course import Course
from zsl.training.failures import check_loss
from zsl.training.processes.world import ALONE, World
from zsl.training.state import GlobalDraws, Part


def train(
    module: nn.Module,
    loss: Callable[[], Tensor],
    *,
    n_steps: int,
    learning_rate: float,
    weight_decay: float = 0.0,
    check: Callable[[int], None] | None = None,
    check_every: int = 0,
    check_again: bool = True,
    progress: str | None = None,
    parts: Mapping[str, Part] | None = None,
    inputs: Sequence[Tensor] = (),
    world: World = ALONE,
) -> None:
    r"""Take `n_steps` steps of AdamW down a loss, a callable that draws a batch; the module is trained in place.

    The rate falls along half a cosine, :math:`\eta_t = \frac{\eta}{2} (1 + \cos(\pi t / T))`.

    `check` is called with the number of steps done after every `check_every` steps and at the end, or at the end only
    with 0, in evaluation mode and without gradients. `progress` is the text before a progress bar, which shows on
    terminals and in notebooks once training takes over 2 seconds; None shows none. The module is left in evaluation
    mode.

    Within a fit that has a checkpoint (`zsl.training.journal`) the training is saved now and then, and goes on from
    where it was saved. `parts` names whatever the loss changes beside the module: generators, what draws batches, other
    optimisers. `check` is then called again for the steps before, with the weights of that time, unless `check_again`
    is False because what it leaves is among the parts.

    It is an error, `ZSLError`, if the loss stops being a finite number, which is looked at in each step on a CPU, and
    in every 50th on other devices. `inputs` are what the loss is computed from; they are looked at for the cause.

    The processes of `world` go down the mean of their losses. Each of them calls this with the same module, and with a
    loss that takes part in whatever is computed together; the first one alone calls `check`.
    """
    parameters = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=weight_decay)
    device = parameters[0].device if parameters else torch.device("cpu")
    every = check_every if check_every else n_steps
    checks = [] if check is None else [*range(every, n_steps, every), n_steps]
    plan = {"learning_rate": learning_rate, "weight_decay": weight_decay}
    changing = {"optimizer": optimizer, "global draws": GlobalDraws(device), **(parts or {})}
    course = Course(module, changing, plan, n_steps, checks if check_again else [], world)

    def look(done: int) -> None:
        assert check is not None
        module.eval()
        with torch.no_grad():
            check(done)

    shown = progress is not None
    with course.stepping(), show_progress(progress or "steps", n_steps, shown=shown, delay=2.0) as bar:
        start = course.resume(look)
        bar.update(start)
        for step in range(start, n_steps):
            module.train()
            for group in optimizer.param_groups:
                group["lr"] = 0.5 * learning_rate * (1 + math.cos(math.pi * step / n_steps))
            optimizer.zero_grad(set_to_none=True)
            value, done = loss(), step + 1
            value.backward()
            course.agree()
            value = world.average(parameters, value)
            at_times = done % 50 == 0 or done == n_steps
            if at_times or value.device.type == "cpu":
                check_loss(value, module, inputs, done, n_steps, course.advice)
            optimizer.step()
            if at_times:
                bar.set_postfix(loss=f"{value.item():.3g}", refresh=False)
            bar.update()
            if done in checks:
                course.keep_look(done)
                if world.rank == 0:
                    look(done)
            course.after(done)
    module.eval()
