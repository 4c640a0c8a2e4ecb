"""Which exact form of the relation term is faster: two L1 distances, or blocks of ReLUs; forward, and with gradients.

Run from the repository root::

    python benchmarks/relation_forms.py [--device cpu]

`zsl.functional.scores.relation.relation_scores` chooses by what this prints.
"""

import argparse
import time
from collections.abc import Callable

import torch

from zsl.functional.scores.relation import BLOCK_BYTES, relation_scores

SIZES = [(512, 5, 64), (512, 20, 256), (512, 32, 256), (512, 80, 256), (2048, 50, 1200), (2048, 1000, 256)]
FORMS = [("l1", BLOCK_BYTES), ("relu", 1 << 20), ("relu", BLOCK_BYTES), ("relu", 1 << 25)]


def best_time(call: Callable[[], object], device: str, repeats: int = 5) -> float:
    """Best of some calls, in seconds."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        call()
        if device != "cpu":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def main() -> None:
    """Print milliseconds for each size and form."""
    parser = argparse.ArgumentParser(description="L1 form against blocked ReLU form of the relation term.")
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    names = [f"{form} {size >> 20} MiB" if form == "relu" else form for form, size in FORMS]
    print(f"milliseconds, forward / forward and backward; {device}, {torch.get_num_threads()} threads")
    print(f"{'N':>6}{'C':>6}{'h':>6}", *(f"{name:>18}" for name in names))
    for n, c, h in SIZES:
        generator = torch.Generator().manual_seed(0)
        inputs = [torch.randn(shape, generator=generator).to(device) for shape in ((n, h), (c, h), (h,))]
        tracked = [tensor.clone().requires_grad_() for tensor in inputs]
        cells = []
        for form, size in FORMS:
            forward = best_time(lambda: relation_scores(*inputs, form=form, block_bytes=size), device)  # noqa: B023
            both = best_time(
                lambda: relation_scores(*tracked, form=form, block_bytes=size).sum().backward(),  # noqa: B023
                device,
            )
            cells.append(f"{forward * 1e3:>8.2f} /{both * 1e3:>8.2f}")
        print(f"{n:>6}{c:>6}{h:>6}", *cells, flush=True)


if __name__ == "__main__":
    main()
