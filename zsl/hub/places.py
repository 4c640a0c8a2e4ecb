"""Where a model of some name is: a folder, what the package ships, or a copy of what lies at the hub."""

import re
from os import PathLike, path
from pathlib import Path
from typing import Any

from zsl._files.opening import told
from zsl._resources import data_folders
from zsl.exceptions import InvalidInputError, ModelFileError

READ = ["*.json", "*.safetensors"]
"""What is fetched of a repository: nothing that could run."""
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*", re.ASCII)


def place_of(name: str | PathLike[str], kind: str | None = None, **options: Any) -> str | PathLike[str]:
    """The folder of a model; a name that is none of a place is given back.

    Parameters
    ----------
    name : str or path
        A folder that exists comes first, then what the package ships, then "user/model" at the hub. A `pathlib.Path` is
        a folder.
    kind : str or None, default=None
        The class wanted of what is shipped; None takes the only one.
    **options
        Passed to ``huggingface_hub.snapshot_download``.

    Raises
    ------
    InvalidInputError
        If the package ships several models of that name, and `kind` is None.
    ModelFileError
        If a model can't be fetched.
    """
    if not isinstance(name, str) or path.lexists(name):
        return name
    found = {model.name: model for model in reversed(_shipped(name))}
    if kind in found:
        return found[kind]
    if kind is None and found:
        if len(found) > 1:
            raise InvalidInputError(
                f"{name!r} is shipped as {' and as '.join(sorted(found))}; wanted from_pretrained({name!r}) of one of "
                "these."
            )
        return next(iter(found.values()))
    return fetched(name, **options) if REPOSITORY.fullmatch(name) else name


def shipped_names(kind: str) -> list[str]:
    """What models of a class were trained on that the package ships."""
    return sorted({model.parent.name for model in _shipped("*") if model.name == kind})


def fetched(name: str, **options: Any) -> Path:
    """A copy of a model of the hub, in its cache; without a connection, that which is there already."""
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=READ, library_name="zsl", **options))
    except Exception as error:  # of the network, the hub, or the file system: many kinds
        raise ModelFileError(
            f"{name!r} is no folder here, and can't be fetched from the hub: {told(error)} Wanted a folder of a saved "
            "model, or user/model."
        ) from error


def _shipped(name: str) -> list[Path]:
    """Folders of shipped models, those of an installed package first."""
    if name != "*" and not re.fullmatch(r"[\w.-]+", name):
        return []
    return [
        model for folder in data_folders() for model in sorted(folder.glob(f"pretrained/{name}/*")) if model.is_dir()
    ]
