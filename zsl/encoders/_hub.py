"""Models by name: from this machine if possible, else from the hub, else one error."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zsl.exceptions import InvalidInputError


def here_or_from_hub(argument: str, name: str, load: Callable[[bool], Any], *, offline: bool = False) -> Any:
    """Call ``load(local_only)``, quietly, first for this machine and then, unless `offline`, for the hub."""
    with quiet():
        try:
            # A model on this machine is used without asking the hub, so that it works offline, too.
            return load(True)
        except Exception as not_here:
            reason: Exception = not_here
        # Without a hub the loader would retry for over a minute; this fails within seconds.
        if not offline and not Path(name).exists():
            try:
                from huggingface_hub import constants, get_session

                get_session().head(constants.ENDPOINT, timeout=10)
                return load(False)
            except Exception as not_there:
                reason = not_there
    first_line = (str(reason).strip() or type(reason).__name__).splitlines()[0].rstrip(".")
    places = "or from the local cache" if offline else "from the local cache or from the model hub"
    raise InvalidInputError(
        f"{argument} {name!r} could not be loaded as a local folder, {places} "
        f"({first_line}); the path of a local model folder may be passed instead."
    ) from reason


@contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars and retry messages of the loading libraries, then restore their settings."""
    from transformers.utils import logging as transformers_logging

    loading: Any = transformers_logging  # its functions carry no types
    bars = loading.is_progress_bar_enabled()
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)
    loading.disable_progress_bar()
    try:
        yield
    finally:
        logger.setLevel(level)
        if bars:
            loading.enable_progress_bar()
