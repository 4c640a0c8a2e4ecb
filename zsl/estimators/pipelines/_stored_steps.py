"""Pipelines in model folders: each step by its kind, and what the encoders among them give."""

from __future__ import annotations

from typing import Any, Self

from sklearn.pipeline import Pipeline

from zsl.encoders import ImageEncoder, TextEncoder
from zsl.encoders.fingerprint import Fingerprint
from zsl.estimators._calls import snapshot
from zsl.estimators.pipelines._other_answers import SKIPPED
from zsl.estimators.saving.encoders import Argument
from zsl.estimators.saving.given import Given
from zsl.estimators.saving.models import (
    Header,
    Savable,
    check_same,
    check_together,
    fitting_parts,
    pack_model,
    unpack_model,
)
from zsl.estimators.saving.transformers import TRANSFORMERS
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.persistence.codec import Tensors, pack

_KNOWN: tuple[type[Any], ...] = (ImageEncoder, TextEncoder, *TRANSFORMERS)


class StoredSteps(Savable, Pipeline):
    """A pipeline that is saved step by step."""

    steps: list[tuple[str, Any]]
    _marks: dict[str, Fingerprint]
    """What encoders gave when the pipeline was saved, by the names of their steps."""

    def _prepared(self) -> Self:
        self._check_steps()
        ready, marks = snapshot(self), dict(getattr(self, "_marks", {}))
        *before, (name, own) = self.steps
        for step_name, step in before:
            if isinstance(step, (ImageEncoder, TextEncoder)):
                measured = Fingerprint.of_images if isinstance(step, ImageEncoder) else Fingerprint.of_texts
                mark = step._mark or measured(step) or marks.get(step_name)
                marks |= {} if mark is None else {step_name: mark}
        ready.steps = [*before, (name, snapshot(own)._prepared() if isinstance(own, Savable) else own)]
        ready._marks = marks
        return ready

    def _check_steps(self) -> None:
        """Refuse by name what a file can't hold."""
        *before, (name, own) = self.steps
        for step_name, step in before:
            if step not in SKIPPED and type(step) not in _KNOWN:
                wanted = ", ".join(cls.__name__ for cls in _KNOWN)
                raise InvalidInputError(
                    f"The step {step_name!r} is a {type(step).__name__}, which cannot be saved: a file holds settings "
                    f"and arrays, and no code; wanted one of {wanted}."
                )
        if not (isinstance(own, Savable) and hasattr(own, "predict")) or isinstance(own, Pipeline):
            raise InvalidInputError(
                f"The last step {name!r} is a {type(own).__name__}, which cannot be saved; wanted an estimator of this "
                "package."
            )

    def _given(self) -> Given:
        cls, own = type(self), self.steps[-1][1]._given()
        return Given(encoder=own.encoder, known={**own.known, cls.__name__: cls})

    def _packed(self) -> tuple[Header, Tensors]:
        tensors: Tensors = {}
        steps: list[list[Any]] = []
        marks = getattr(self, "_marks", {})
        self._check_steps()
        for place, (name, step) in enumerate(self.steps):
            key = f"steps.{place}"
            packed = None if step in SKIPPED else pack_model(step, key, tensors)
            steps.append([name, packed, pack(marks.get(name), f"{key}.mark", tensors)])
        own = steps[-1][1]["own_module"]
        return {"parameters": {}, "own_module": own, "state": {"steps": steps}}, tensors

    @classmethod
    def _loaded(cls, header: Header, tensors: Tensors, given: Given | None = None) -> Self:
        given = given or Given()
        packed = header["state"].get("steps")
        check_together(isinstance(packed, list) and packed, "it has no steps")
        check_together(all(isinstance(entry, list) and len(entry) == 3 for entry in packed), "a step isn't one")
        steps: list[tuple[str, Any]] = []
        marks: dict[str, Fingerprint] = {}
        for place, (name, content, mark) in enumerate(packed):
            key = f"steps.{place}"
            check_together(isinstance(name, str), "a step has no name")
            step = None if content is None else unpack_model(content, key, tensors, given)
            found = unpack_model(mark, key, tensors, given)
            check_together(found is None or isinstance(found, Fingerprint), f"the mark of {name}")
            steps.append((name, "passthrough" if step is None else step))
            marks |= {} if found is None else {name: found}
        made = cls(steps)
        made._marks = marks
        with fitting_parts(ModelFileError):
            made._validate_names([name for name, _ in steps])
            check_same(header, tensors, *made._packed())
        return made

    def _settle(self, given: Given) -> None:
        self.steps = [(name, _settled(step, self._marks.get(name), given)) for name, step in self.steps]
        self.steps[-1][1]._settle(given)


def _settled(step: Any, mark: Fingerprint | None, given: Given) -> Any:
    """An encoder as far as it is trusted, or the one given in its place; another step as it is."""
    if not isinstance(step, (ImageEncoder, TextEncoder)):
        return step
    argument: Argument = "image_encoder" if isinstance(step, ImageEncoder) else "text_encoder"
    settled = given.settled(step, mark, argument, step=True)
    settled._mark = None if getattr(given, argument) is not None else mark
    return settled
