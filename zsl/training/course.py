"""The course of one training: where it begins, what is kept on the way, when it stops."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import nn

from zsl.exceptions import InvalidInputError
from zsl.training.failures import check_weights
from zsl.training.journal import Journal, current_journal
from zsl.training.state import Part, restore, shapes_of, state_of, states_of


class Course:
    """One training of a module; without a journal it begins at the beginning, and nothing is kept.

    `parts` is whatever else changes from step to step, `plan` what must be the same to go on, and `looks` are the steps
    after which the weights are looked at in a way that is repeated when training goes on.
    """

    def __init__(
        self, module: nn.Module, parts: Mapping[str, Part], plan: dict[str, Any], n_steps: int, looks: Sequence[int]
    ) -> None:
        self._module, self._parts, self._n_steps, self._looks = module, {"module": module, **parts}, n_steps, looks
        self._journal: Journal | None = current_journal()
        if self._journal is not None:
            self._plan = {**plan, "n_steps": n_steps, "looks": list(looks), "shapes": shapes_of(module)}
            self._number = self._journal.next_number()

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """The time in which steps are taken."""
        if self._journal is None:
            yield
        else:
            with self._journal.stops.stepping():
                yield

    def advice(self) -> str:
        """What an error adds: the last good checkpoint, and how to go on."""
        return "" if self._journal is None else f" {self._journal.advice()}"

    def resume(self, look: Callable[[int], None]) -> int:
        """Put back the last checkpoint that is whole, repeat the looks before it, and say how many steps are done."""
        journal = self._journal
        if journal is None:
            return 0
        for number, step in journal.folder.states(self._number):
            content = journal.folder.read(number, step)
            before = [place for place in self._looks if place <= step]
            if content is None or any(journal.folder.read(number, place, "weights") is None for place in before):
                continue
            if content["plan"] != self._plan:
                raise InvalidInputError(
                    f"checkpoint={str(journal.how.path)!r} doesn't fit: training {number} is of another length or "
                    "other sizes there. Wanted the same data, parameters and machine to go on, or another folder."
                )
            for place in before:  # read once more, so that no two are held at once
                restore(self._module, (journal.folder.read(number, place, "weights") or {})["module"])
                look(place)
            for name, state in content["parts"].items():
                restore(self._parts[name], state)
            journal.reached(number, step)
            return step
        return 0

    def keep_look(self, step: int) -> None:
        """Keep the weights that are about to be looked at."""
        if self._journal is not None and step in self._looks:
            check_weights(self._module, step, self._n_steps, self.advice)
            self._journal.write(self._number, step, {"module": state_of(self._module)}, "weights")

    def after(self, step: int) -> None:
        """Save if it is time to, at the end, and before stopping; stop if that was asked for."""
        journal = self._journal
        if journal is None:
            return
        finished = step == self._n_steps
        if finished or journal.stops.asked is not None or journal.is_due(step):
            check_weights(self._module, step, self._n_steps, self.advice)
            parts = {name: part for name, part in self._parts.items() if not (finished and name == "optimizer")}
            journal.write(self._number, step, {"plan": self._plan, "parts": states_of(parts)})
        if journal.stops.asked is not None:
            journal.stops.stop(journal.stops.asked)
