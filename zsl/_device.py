"""Where to compute, and how: as if nobody had changed the settings of PyTorch."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    import torch


def as_device(device: Any) -> "torch.device":
    """Check that a device is there to compute on; "auto" takes a GPU if there is one."""
    import torch  # here, so that the encoders can be named without waiting for it

    if isinstance(device, str) and device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(f"device={device!r}; wanted 'auto', 'cpu', 'cuda' or the like.") from error
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        here = torch.cuda.device_count() or "no"
        raise InvalidInputError(f"device={device!r}; wanted one that is here, and PyTorch finds {here} CUDA devices.")
    if found.type not in ("cpu", "cuda"):
        _check_there(device, found)
    return found


def _check_there(device: Any, found: "torch.device") -> None:
    """Refuse a device on which one number can't be stored and read."""
    import torch

    try:
        torch.ones((), device=found).item()
    except (RuntimeError, AssertionError, ImportError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise InvalidInputError(f"device={device!r}; wanted one that can be computed on here ({reason}).") from error


def has_bfloat16(device: "torch.device") -> bool:
    """Whether a device multiplies numbers in bfloat16 by instructions of its own, which is faster there."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    asked = (getattr(torch.cpu, f"_is_{kind}_supported", bool) for kind in ("amx_tile", "avx512_bf16"))
    return device.type == "cpu" and any(has() for has in asked)


@contextmanager
def plain_torch() -> Iterator[None]:
    """Compute in this thread with gradients, without inference mode and autocast, and with new tensors on the CPU.

    Whoever calls may have set any of these, and gets it back. The default type of numbers is left alone, since it is
    shared by all threads: whatever makes a tensor says of which type.
    """
    import torch

    with ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield
