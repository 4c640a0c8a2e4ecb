"""The files of `zsl` that one fit enters, in the order in which it enters them, and how often.

`python docs/walk.py` prints the count for both walks in CONTRIBUTING.md; `python docs/walk.py ESZSLClassifier` prints
the files of one, each with the functions that are called in it, in the order of the first call. A file counts if a
function of it runs during `fit`, properties and generators included; what only importing runs doesn't.
"""

import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import zsl

HOUSE = Path(zsl.__file__).parent
WALKS = ("ESZSLClassifier", "RelationClassifier")


def walk(estimator: Any, X: Any, y: Any) -> dict[str, list[str]]:
    """The files that ``estimator.fit(X, y)`` enters, and the functions called in each."""
    called: dict[CodeType, None] = {}

    def enter(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.setdefault(frame.f_code)

    sys.setprofile(enter)
    try:
        estimator.fit(X, y)
    finally:
        sys.setprofile(None)
    found: dict[str, list[str]] = {}
    for code in called:
        path = Path(code.co_filename)
        if HOUSE in path.parents and code.co_name != "<module>":
            found.setdefault(path.relative_to(HOUSE).as_posix(), []).append(code.co_qualname)
    return found


def walk_of(name: str) -> dict[str, list[str]]:
    """The walk of an estimator on some of the digits and with little training, which changes no file of it."""
    split = zsl.load_digits_zsl()
    estimator = getattr(zsl, name)(semantics=split.semantics)
    small = {"n_episodes": 5, "random_state": 0, "verbose": False}
    estimator.set_params(**{key: value for key, value in small.items() if key in estimator.get_params()})
    return walk(estimator, split.X_train[::3], split.y_train[::3])


if __name__ == "__main__":
    for name in sys.argv[1:] or WALKS:
        files = walk_of(name)
        print(f"{name}.fit enters {len(files)} files")
        for number, (file, functions) in enumerate(files.items(), start=1):
            if len(sys.argv) > 1:
                print(f"{number:4} {file}: {', '.join(functions)}")
