"""Everything that this package raises or warns of by a name of its own."""


class ZSLError(Exception):
    """Base of every error that the package raises by a name of its own."""


class InvalidInputError(ZSLError, ValueError):
    """An argument has a value that cannot be worked with; the text names it, what was found and what is wanted."""


class InvalidTypeError(InvalidInputError, TypeError):
    """An argument is of a kind that cannot be worked with; also a `TypeError`, as scikit-learn raises then."""


class SemanticsError(InvalidInputError):
    """A class table (attributes, texts, vectors) cannot be used as given."""


class ModelFileError(ZSLError, ValueError):
    """A saved model is spoiled, incomplete or of an unknown kind, or cannot be written; nothing was replaced."""


class CheckpointError(ZSLError, OSError):
    """A checkpoint of a training can't be written; no part of it was, and the text says which is the last good one."""


class LostProcessError(ZSLError, ConnectionError):
    """Another of the processes that train together has ended or no longer answers; the text says what is saved."""


class MissingExtraError(ZSLError, ImportError):
    """An optional dependency is needed and missing; the text says what to install."""


class SemanticsWarning(UserWarning):
    """The audit of a class table found something that harms zero-shot transfer but doesn't forbid it."""


class ScalingWarning(UserWarning):
    """Samples lie so far from zero, compared with how they differ, that methods on uncentred features can't work."""
