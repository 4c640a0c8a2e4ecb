"""Values that are checked once and never changed, so that estimators, their copies and threads may share them."""

from typing import ClassVar, NoReturn, Self


class Unchanging:
    """Refuses to have attributes set or deleted; copies and clones are the same object, which numpy arrays aren't."""

    _instead: ClassVar[str] = "make a new one"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise self._refusal(name, "set")

    def __delattr__(self, name: str) -> NoReturn:
        raise self._refusal(name, "deleted")

    def _refusal(self, name: str, done: str) -> AttributeError:
        return AttributeError(
            f"{type(self).__name__} cannot be changed, so {name!r} cannot be {done}; {self._instead}."
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __sklearn_clone__(self) -> Self:
        """Let clones of an estimator share it."""
        return self
