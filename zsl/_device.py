"""Where to compute."""

from typing import TYPE_CHECKING, Any

from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    import torch


def as_device(device: Any) -> "torch.device":
    """Check a device; "auto" takes a GPU if there is one."""
    import torch  # here, so that the encoders can be named without waiting for it

    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(f"device={device!r}; wanted 'auto', 'cpu', 'cuda' or the like.") from error
