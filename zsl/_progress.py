"""How long work shows where it is: a bar in a terminal or a notebook, and messages of the logger ``zsl`` anywhere."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from tqdm import tqdm

LOGGER = logging.getLogger("zsl")
LOGGER.addHandler(logging.NullHandler())


@contextmanager
def progress(what: str, total: int, *, shown: bool = True, initial: int = 0, delay: float = 0.0) -> Iterator[Any]:
    """A bar to update; nothing is drawn unless `shown`, and in a file or pipe never."""
    visible = shown and (sys.stderr.isatty() or _in_notebook())
    began = perf_counter()
    LOGGER.info("%s: %d of %d to do", what, total - initial, total)
    with tqdm(total=total, initial=initial, desc=what, delay=delay, leave=False, disable=not visible) as bar:
        yield bar
    LOGGER.info("%s: done in %.1f s", what, perf_counter() - began)


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
