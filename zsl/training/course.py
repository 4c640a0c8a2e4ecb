"""The course of one training: where it begins, what is kept on the way, when it stops."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from torch import nn

from zsl.exceptions import InvalidInputError, LostProcessError
from zsl.training.failures import check_weights
from zsl.training.journal import Journal, current_journal
from zsl.training.processes.world import World
from zsl.training.state import Part, State, restore, shapes_of, state_of, states_of


class Course:
    """One training of a module; without a journal it begins at the beginning, and nothing is kept.

    `parts` is whatever else changes from step to step, `plan` what must be the same to go on, and `looks` are the steps
    after which the weights are looked at in a way that is repeated when training goes on. The processes of `world` take
    each step together: they begin where the first one says, and stop after the same step.
    """

    def __init__(
        self,
        module: nn.Module,
        parts: Mapping[str, Part],
        plan: dict[str, Any],
        n_steps: int,
        looks: Sequence[int],
        world: World,
    ) -> None:
        self._module, self._parts, self._n_steps, self._looks = module, {"module": module, **parts}, n_steps, looks
        self._world, self._done, self._asked = world, 0, 0
        self._journal: Journal | None = current_journal()
        if self._journal is not None:
            self._plan = {**plan, "n_steps": n_steps, "looks": list(looks), "shapes": shapes_of(module)}
            self._number = self._journal.next_number()

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """The time in which steps are taken."""
        with nullcontext() if self._journal is None else self._journal.stops.stepping():
            try:
                yield
            except LostProcessError as error:
                where = f"Training is after step {self._done} of {self._n_steps}."
                raise LostProcessError(f"{error} {where}{self.advice()}") from error

    def advice(self) -> str:
        """What an error adds: the last good checkpoint, and how to go on."""
        return "" if self._journal is None else f" {self._journal.advice()}"

    def resume(self, look: Callable[[int], None]) -> int:
        """Put back the last checkpoint that is whole, repeat the looks before it, and say how many steps are done."""
        if self._journal is None:
            return 0
        journal = self._journal
        found = self._world.agreed(lambda: self._last(journal, look) if journal.writes else None)
        if found is None:
            return 0
        self._done, parts = found
        for name, state in parts.items():
            restore(self._parts[name], state)
        journal.reached(self._number, self._done)
        return self._done

    def _last(self, journal: Journal, look: Callable[[int], None]) -> tuple[int, dict[str, State]] | None:
        """How many steps were done in the last checkpoint that is whole, and what it holds."""
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
            return step, content["parts"]
        return None

    def keep_look(self, step: int) -> None:
        """Keep the weights that are about to be looked at."""
        if self._journal is not None and step in self._looks:
            check_weights(self._module, step, self._n_steps, self.advice)
            self._journal.write(self._number, step, {"module": state_of(self._module)}, "weights")

    def agree(self) -> None:
        """Tell the other processes whether this one was asked to stop."""
        asked = 0 if self._journal is None else self._journal.stops.asked
        self._asked = self._world.largest(asked or 0)

    def after(self, step: int) -> None:
        """Save if it is time to, at the end, and before stopping; stop if that was asked for."""
        self._done, journal = step, self._journal
        if journal is None:
            return
        finished = step == self._n_steps
        asked = self._asked if self._world.size > 1 else journal.stops.asked
        if finished or asked or journal.is_due(step):
            check_weights(self._module, step, self._n_steps, self.advice)
            parts = {name: part for name, part in self._parts.items() if not (finished and name == "optimizer")}
            journal.write(self._number, step, {"plan": self._plan, "parts": states_of(parts)})
        if asked:
            journal.stops.stop(asked)
