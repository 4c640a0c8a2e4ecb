"""Zero-shot estimators by name, and one fit per seed."""

from collections.abc import Iterator
from typing import Any

from zsl import GZSLSplit, zero_shot_methods


def estimator(method: str | type, seed: int = 0, **parameters: Any) -> Any:
    """Make an estimator by its class, or its name without "Classifier"; quiet, and seeded where it is random."""
    kind = zero_shot_methods()[f"{method}Classifier"] if isinstance(method, str) else method
    made = kind(**parameters)
    quiet = {"random_state": seed, "verbose": False}
    return made.set_params(**{name: value for name, value in quiet.items() if name in made.get_params()})


def fits(method: str | type, split: GZSLSplit, seeds: int = 1, **parameters: Any) -> Iterator[Any]:
    """Fit on a split with each of the seeds; an estimator without randomness once."""
    for seed in range(seeds):
        made = estimator(method, seed, semantics=split.semantics, **parameters)
        yield made.fit(split.X_train, split.y_train)
        if "random_state" not in made.get_params():
            return
