"""Which exact form of the relation term is faster: two L1 distances, or blocks of ReLUs; forward, and with gradients.

    python -m benchmarks.speed.relation_forms [--device cpu]

`zsl.functional.scores.relation.relation_scores` chooses by what this prints.
"""

from functools import partial

import torch
from torch import Tensor

from benchmarks._harness import Table, fastest, run
from zsl.functional.scores.relation import BLOCK_BYTES, relation_scores

SIZES = [(512, 5, 64), (512, 20, 256), (512, 32, 256), (512, 80, 256), (2048, 50, 1200), (2048, 1000, 256)]
FORMS = [("l1", BLOCK_BYTES), ("relu", 1 << 20), ("relu", BLOCK_BYTES), ("relu", 1 << 25)]


def call(inputs: list[Tensor], form: str, size: int, backward: bool) -> None:
    """Compute the scores, and their gradients if asked for, to the end."""
    scores = relation_scores(*inputs, form=form, block_bytes=size)
    if backward:
        scores.sum().backward()
    if scores.is_cuda:
        torch.cuda.synchronize()


def main(device: str = "cpu") -> None:
    """Print milliseconds for each size and form, the fastest of five."""
    names = [f"{form} {size >> 20} MiB" if form == "relu" else form for form, size in FORMS]
    print(f"milliseconds, forward / forward and backward; {device}")
    output = Table("N", "C", "h", *names)
    for n, c, h in SIZES:
        generator = torch.Generator().manual_seed(0)
        inputs = [torch.randn(shape, generator=generator).to(device) for shape in ((n, h), (c, h), (h,))]
        tracked = [tensor.clone().requires_grad_() for tensor in inputs]
        calls = {}
        for name, (form, size) in zip(names, FORMS, strict=True):
            calls[name] = partial(call, inputs, form, size, False)
            calls[f"{name}, both"] = partial(call, tracked, form, size, True)
        fastest(calls, repeats=1)  # warms up
        ms = {name: 1000 * seconds for name, seconds in fastest(calls, repeats=5)[0].items()}
        output.row(n, c, h, *(f"{ms[name]:.2f} / {ms[f'{name}, both']:.2f}" for name in names))


if __name__ == "__main__":
    run(main)
