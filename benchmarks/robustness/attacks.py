"""Attacks on saved models, over all estimators that save: nothing runs, nothing else is loaded, nothing blows up.

Bits of both files are flipped, values of the header and tensors are changed with the digest as it was and with the
digest rewritten, small files claim to be huge, files name encoders that hold code, and processes stop or are killed
while they save. With its digest rewritten a model may of course hold other numbers; it still has to be refused, or to
be whole: to be saved again, and loaded again.
"""

import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import Table, run
from benchmarks.robustness._bombs import bombs
from benchmarks.robustness._changes import content, leaves, put, with_leaf, with_tensor
from benchmarks.robustness._children import apart, beside, killed_after, stopped_at
from zsl import InvalidInputError, ModelFileError, load
from zsl.datasets import make_zero_shot
from zsl.estimators._state import Stateful
from zsl.estimators.catalog import CATALOG
from zsl.testing import LawData, fitted

MOST_SECONDS, MOST_MEGABYTES = 1.0, 256.0
REFUSED, SAME, WHOLE = "refused", "the same", "whole"
GOOD = (REFUSED, SAME, WHOLE)


@cache
def _data(joint: bool) -> LawData:
    """Ten seen classes; with `joint`, attributes and features have one width."""
    if not joint:
        return LawData.small()
    w = make_zero_shot(10, 3, n_features=12, n_attributes=12, n_per_class=8, n_test_per_class=3, random_state=0)
    return LawData(w.X_train, w.y_train, w.X_test_seen, w.X_test_unseen, w.y_test_unseen, w.semantics)


def estimators() -> dict[str, Any]:
    """Each estimator that saves, fitted briefly, by its name."""
    found = {}
    for entry in CATALOG:
        kind = entry.load()
        if issubclass(kind, Stateful):
            short = {"n_steps": 5, "n_episodes": 4, "text_encoder": "somebody/model"}
            known = kind().get_params()
            own = kind(**entry.small | {name: value for name, value in short.items() if name in known})
            found[entry.name] = fitted(own, _data(entry.knows == "texts"))
    return found


def predicted(estimator: Any) -> Any:
    """What an estimator says of all queries."""
    X = _data(False).queries
    found = np.asarray(estimator.class_scores(X) if hasattr(estimator, "class_scores") else estimator.predict(X))
    return found, estimator.predict(X).tolist() if hasattr(estimator, "classes_") else None


def outcome(folder: Path, *wanted: Any, signed: bool = False) -> str:
    """What becomes of a model: refused, the same as one that is wanted, whole if it was signed anew, or a failure."""
    try:
        estimator = load(folder)
    except (ModelFileError, InvalidInputError):
        return REFUSED
    except Exception as error:
        return f"raises {type(error).__name__}"
    if signed:
        try:
            estimator.save(folder.with_name("again"))
            load(folder.with_name("again"))
        except Exception as error:
            return f"loaded, and saving again raises {type(error).__name__}: {str(error)[:200]}"
        return WHOLE
    scores, labels = predicted(estimator)
    same = any(np.array_equal(scores, answer[0]) and labels == answer[1] for answer in wanted)
    return SAME if same else "loaded as something else"


class Counts:
    """Outcomes by attack, with the worst time and memory, and what failed."""

    def __init__(self) -> None:
        self.found: dict[str, Counter[str]] = {}
        self.worst: dict[str, tuple[float, float]] = {}
        self.failures: list[str] = []

    def add(self, attack: str, what: str, result: Any, seconds: float = 0.0, megabytes: float = 0.0) -> None:
        """Count one attack."""
        result = "had to be ended" if result is None else str(result)
        if result in GOOD and seconds > MOST_SECONDS:
            result = f"took {seconds:.1f} s"
        if result in GOOD and megabytes > MOST_MEGABYTES:
            result = f"took {megabytes:.0f} MB"
        self.found.setdefault(attack, Counter())[result if result in GOOD else "FAILED"] += 1
        before = self.worst.get(attack, (0.0, 0.0))
        self.worst[attack] = max(before[0], seconds), max(before[1], megabytes)
        if result not in GOOD:
            self.failures.append(f"{attack}: {what}: {result}")
            print(self.failures[-1], flush=True)

    def show(self) -> None:
        """Print the counts."""
        table = Table("tried", *GOOD, "failed", "worst seconds", "worst MB", attack=self.found)
        for attack, counts in self.found.items():
            seconds, megabytes = self.worst[attack]
            shown = [counts[name] for name in (*GOOD, "FAILED")]
            table.row(attack, counts.total(), *shown, f"{seconds:.2f}", f"{megabytes:.0f}")
        print(f"{len(self.failures)} failures.")


def _batch(make: Callable[[int], Path], wanted: Any, n: int, *, signed: bool) -> list[tuple[int, str, float]]:
    """Outcomes of n attacks in one process, with the seconds of each."""
    found = []
    for number in range(n):
        folder = make(number)
        start = time.process_time()
        result = outcome(folder, wanted, signed=signed)
        found.append((number, result, time.process_time() - start))
    return found


def _changes(model: Path, target: Path, seed: int) -> dict[str, tuple[bool, Callable[[int], Path]]]:
    """The attacks on one model that are made many times: whether they sign, and how the n-th is made."""
    header, tensors = content(model)
    ways = list(leaves(header))

    def flipped(pattern: str, number: int) -> Path:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(model, target)
        (path,) = target.glob(pattern)
        raw, bit = bytearray(path.read_bytes()), int(np.random.default_rng((seed, number)).integers(2**31))
        raw[bit // 8 % len(raw)] ^= 1 << bit % 8
        path.write_bytes(raw)
        return target

    def leaf(sign: bool, number: int) -> Path:
        rng = np.random.default_rng((seed, number))
        return put(target, with_leaf(header, ways[number % len(ways)], rng), tensors, sign=sign)

    def tensor(number: int) -> Path:
        return put(target, header, with_tensor(tensors, np.random.default_rng((seed, number))), sign=True)

    return {
        "bits of the header": (False, partial(flipped, "model.json")),
        "bits of the tensors": (False, partial(flipped, "tensors-*")),
        "values, digest as it was": (False, partial(leaf, False)),
        "values, digest rewritten": (True, partial(leaf, True)),
        "tensors, digest rewritten": (True, tensor),
    }


def _names_code(model: Path, target: Path, marker: Path) -> Path:
    """A model that names a folder as its encoder; the folder holds a module that would leave a mark."""
    header, tensors = content(model)
    encoder = target.with_name("encoder")
    encoder.mkdir(exist_ok=True)
    parts = [{"idx": 0, "name": "0", "path": "", "type": "attack_on_models.Module"}]
    (encoder / "modules.json").write_text(json.dumps(parts))
    (encoder / "config_sentence_transformers.json").write_text("{}")
    (encoder / "attack_on_models.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Module: pass\n")
    header["parameters"]["text_encoder"] = str(encoder)
    return put(target, header, tensors, sign=True)


def _asks_for_sentences(folder: Path, marker: Path, *, trusted: bool) -> str:
    """Whether code of the folder ran once a sentence was encoded by a loaded model."""
    estimator = load(folder, trusted=trusted)
    try:
        estimator.add_classes(semantics={"new": "a sentence"})
    except Exception as error:
        result = REFUSED if isinstance(error, InvalidInputError) else f"raises {type(error).__name__}: {error}"
    else:
        result = "encoded"
    return "EXECUTED" if marker.exists() else result


def _saving(counts: Counts, name: str, old: Any, new: Any, work: Path, kills: int, seed: int) -> None:
    """Stop the saving of a model at every step, over an old one and at a new path; then kill it at random times."""
    answers = [predicted(each) for each in (old, new)]

    def holds(*, new_path: bool = False) -> str:
        if new_path and not (folder / "model.json").exists():
            return REFUSED
        result = outcome(folder, *answers)
        return "no whole model stands there" if result == REFUSED else result

    def cleaned() -> str:
        new.save(folder)
        (folder / "NOTES.md").write_text("mine")
        new.save(folder)
        left = sorted(path.name.partition("-")[0] for path in folder.iterdir())
        return SAME if left == ["NOTES.md", "model.json", "tensors"] else f"left {left}"

    folder = work / "saved"
    for new_path in (False, True):
        for step in range(1, 1000):
            shutil.rmtree(folder, ignore_errors=True)
            if not new_path:
                old.save(folder)
            came = stopped_at(lambda: new.save(folder), step)
            place = "at a new path" if new_path else "over an old model"
            counts.add(f"saving stopped {place}", f"{name}, step {step}", holds(new_path=new_path))
            counts.add("what is left is removed", f"{name}, step {step}", cleaned())
            if not came:
                break
    rng = np.random.default_rng(seed)
    for number in range(kills):
        killed_after(lambda: (old.save(folder), new.save(folder)), float(rng.uniform(0.01, 0.3)))
        counts.add("saving killed", f"{name}, kill {number}", holds())


def attacks(n: int = 40, kills: int = 20, readers: float = 5.0, savers: int = 3, seed: int = 0, only: str = "") -> None:
    """Make n attacks of each kind on each model, stop and kill some savers, read for seconds while others write."""
    counts, models = Counts(), {k: v for k, v in estimators().items() if only in k}
    work = Path(tempfile.mkdtemp())
    try:
        for place, (name, estimator) in enumerate(models.items()):
            model, target = work / name, work / "attacked"
            estimator.save(model)
            wanted = predicted(load(model))
            for attack, (signed, make) in _changes(model, target, seed + place).items():
                found, _, megabytes = apart(partial(_batch, make, wanted, n, signed=signed))
                for number, result, seconds in found or [(-1, None, 0.0)]:
                    counts.add(attack, f"{name}, number {number}", result, seconds, megabytes)
            for bomb, write in bombs(model).items():
                found, seconds, megabytes = apart(partial(outcome, write(target), wanted, signed=True))
                counts.add("bombs", f"{name}, {bomb}", found, seconds, megabytes)
            if hasattr(estimator, "text_encoder") and hasattr(estimator, "add_classes"):
                for trusted in (False, True):
                    marker = work / f"{name} {trusted}"
                    folder = _names_code(model, target, marker)
                    found, _, _ = apart(partial(_asks_for_sentences, folder, marker, trusted=trusted))
                    counts.add("code in an encoder", f"{name}, trusted={trusted}", found)
            if place < savers and hasattr(estimator, "remove_classes"):
                other = load(model)
                _saving(counts, name, estimator, other.remove_classes(other.classes_[0]), work, kills, seed + place)
            print(f"{name}: {len(counts.failures)} failures so far", flush=True)
        folder = work / "read"
        old, new = list(models.values())[:2] if len(models) > 1 else 2 * list(models.values())
        answers = [predicted(each) for each in (old, new)]
        old.save(folder)
        with beside(lambda: (old.save(folder), new.save(folder))), beside(lambda: (new.save(folder), old.save(folder))):
            until = time.monotonic() + readers
            while time.monotonic() < until:
                result = outcome(folder, *answers)
                counts.add("reading while two write", "read", "no whole model" if result == REFUSED else result)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    counts.show()
    sys.exit(bool(counts.failures))


if __name__ == "__main__":
    run(attacks)
