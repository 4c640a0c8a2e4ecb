"""Vision models by hub name or local folder, with their own preprocessing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from zsl.encoders._hub import here_or_from_hub
from zsl.encoders.images._pooling import pooled
from zsl.exceptions import InvalidInputError

_LEAST = 4  # libraries mistake 1 to 3 pixels for channels
MOST_RATIO = 200  # of sides; strips are scaled by their shorter side, which could exhaust memory


def encode_by_name(name: str, images: list[Any], pooling: str, device: str) -> Any:
    """Features of RGB images by a named model: a tensor or array of shape (n, d)."""
    import torch

    kind, model, processor, trained = _load(name, device)
    if kind == "sentence-transformers" and pooling != "auto":
        raise InvalidInputError(f"pooling={pooling!r}; model {name!r} pools by itself: wanted 'auto'.")
    shown = [_enlarged(image) for image in images]
    try:
        if kind == "sentence-transformers":
            return model.encode(shown, batch_size=len(shown), show_progress_bar=False)
        pixels = processor(images=shown, return_tensors="pt")["pixel_values"].to(device)
        with torch.inference_mode():
            return _features(name, model, pixels, pooling, trained)
    except InvalidInputError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise InvalidInputError(f"model {name!r} doesn't encode images: {reason}.") from error


def _features(name: str, model: Any, pixels: Any, pooling: str, trained: bool) -> Any:
    """Features from a model of transformers: in its joint space if it has one, else from its pooler if trained."""
    if hasattr(model, "get_image_features"):
        if pooling != "auto":
            raise InvalidInputError(f"pooling={pooling!r}; model {name!r} has a joint space of its own: wanted 'auto'.")
        found = model.get_image_features(pixel_values=pixels)
        return found if isinstance(found, type(pixels)) else found.pooler_output
    found = model(pixel_values=pixels)
    pooler = getattr(found, "pooler_output", None) if trained else None
    if pooling == "pooler" and pooler is None:
        raise InvalidInputError(
            f"pooling='pooler'; model {name!r} has no trained pooler: wanted 'auto', 'cls' or 'mean'."
        )
    if pooler is not None and pooling in ("auto", "pooler"):
        return pooler.flatten(1)
    return pooled(found.last_hidden_state, pooling)


@lru_cache(maxsize=2)
def _load(name: str, device: str) -> tuple[str, Any, Any, bool]:
    """The kind of model, the model, its preprocessing, and whether its pooler has trained weights."""
    found: tuple[str, Any, Any, bool] = here_or_from_hub("model", name, lambda here: _load_from(name, device, here))
    return found


def _load_from(name: str, device: str, here: bool) -> tuple[str, Any, Any, bool]:
    import transformers

    only = {"local_files_only": True} if here else {}
    if _has_modules(name, here):
        import sentence_transformers

        model = sentence_transformers.SentenceTransformer(name, device=device, **only)
        return "sentence-transformers", model, None, True
    automatic: Any = transformers
    # Without torchvision, which isn't needed here; the option was renamed.
    plain = {"backend": "pil"} if int(transformers.__version__.split(".")[0]) >= 5 else {"use_fast": False}
    processor = automatic.AutoImageProcessor.from_pretrained(name, **plain, **only)
    model, loading = automatic.AutoModel.from_pretrained(name, output_loading_info=True, **only)
    missing = sorted(loading["missing_keys"])
    if others := [key for key in missing if "pooler" not in key]:
        raise ValueError(f"it has no weights for {', '.join(others[:3])}")
    return "transformers", model.eval().to(device), processor, not missing


def _has_modules(name: str, here: bool) -> bool:
    """Whether the model is one of sentence-transformers, which have a file that lists their modules."""
    import huggingface_hub

    if Path(name).exists():
        return (Path(name) / "modules.json").is_file()
    if here:
        return isinstance(huggingface_hub.try_to_load_from_cache(name, "modules.json"), str)
    return huggingface_hub.file_exists(name, "modules.json")


def _enlarged(image: Any) -> Any:
    """The image; a tiny one with each pixel enlarged to a block."""
    width, height = image.size
    if min(width, height) >= _LEAST:
        return image
    return image.resize((width * _LEAST, height * _LEAST), 0)  # 0: nearest pixel
