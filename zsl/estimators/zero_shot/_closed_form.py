"""The shell of the methods with a closed form: their grids, and the whole grid from one decomposition."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from zsl.estimators.zero_shot._base import ZeroShotClassifier
from zsl.functional.linear.grids import values_to_try
from zsl.methods.linear.closed_form import ClosedFormMethod, Grid
from zsl.selection.folds import TrainingPart
from zsl.selection.search import Point


class ClosedFormClassifier(ZeroShotClassifier):
    """Fit a method with a closed form; a subclass names the grid of each hyper-parameter that is "auto"."""

    _grids: ClassVar[dict[str, tuple[float, ...]]]

    @abstractmethod
    def _solve(self, part: TrainingPart, grid: Grid) -> Iterable[tuple[Point, ClosedFormMethod]]:
        """Solve for each point of a grid."""

    def _path(self, part: TrainingPart, label: str) -> Iterable[tuple[Point, ClosedFormMethod]]:
        return self._solve(part, self._grid())

    def _fit_at(self, part: TrainingPart, point: Point) -> ClosedFormMethod:
        ((_, method),) = self._solve(part, {name: (value,) for name, value in point.items()})
        return method

    def _start(self) -> Point:
        return {name: values[len(values) // 2] for name, values in self._grid().items()}

    def _chooses(self) -> bool:
        return any(len(values) > 1 for values in self._grid().values())

    def _check_parameters(self) -> None:
        super()._check_parameters()
        self._grid()

    def _grid(self) -> dict[str, tuple[float, ...]]:
        return {name: values_to_try(name, getattr(self, name), default) for name, default in self._grids.items()}
