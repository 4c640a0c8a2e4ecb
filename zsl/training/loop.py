"""The one training loop: steps of AdamW on a loss, with a falling rate, checks and a progress bar."""

import math
import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn
from tqdm import tqdm

from zsl.exceptions import ZSLError


def train(
    module: nn.Module,
    loss: Callable[[], Tensor],
    *,
    n_steps: int,
    learning_rate: float,
    weight_decay: float = 0.0,
    check: Callable[[int], None] | None = None,
    check_every: int = 0,
    progress: str | None = None,
) -> None:
    r"""Take `n_steps` steps of AdamW down a loss, a callable that draws a batch; the module is trained in place.

    The rate falls along half a cosine, :math:`\eta_t = \frac{\eta}{2} (1 + \cos(\pi t / T))`.

    `check` is called with the number of steps done after every `check_every` steps and at the end, or at the end only
    with 0, in evaluation mode and without gradients. `progress` is the text before a progress bar, which shows on
    terminals and in notebooks once training takes over 2 seconds; None shows none. The module is left in evaluation
    mode. It is an error, `ZSLError`, if the loss stops being a finite number.
    """
    parameters = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=weight_decay)
    shown = progress is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
    bar = tqdm(total=n_steps, desc=progress, delay=2.0, leave=False, disable=not shown)
    with bar:
        for step in range(n_steps):
            module.train()
            for group in optimizer.param_groups:
                group["lr"] = 0.5 * learning_rate * (1 + math.cos(math.pi * step / n_steps))
            optimizer.zero_grad(set_to_none=True)
            value = loss()
            value.backward()
            optimizer.step()
            done = step + 1
            if done % 50 == 0 or done == n_steps:
                if not torch.isfinite(value):
                    wanted = "wanted a finite number. A smaller learning_rate may help."
                    raise ZSLError(f"The loss is {value.item()} after {done} steps; {wanted}")
                bar.set_postfix(loss=f"{value.item():.3g}", refresh=False)
            bar.update()
            if check is not None and (done == n_steps or (check_every and done % check_every == 0)):
                module.eval()
                with torch.no_grad():
                    check(done)
    module.eval()
