"""Models to the hub, by the generic mixin of huggingface_hub.

The mixin isn't a base of the estimators: it sets attributes in ``__new__``, which pickles and comparisons of states
would see, and every import would wait for it. One object of it carries a model, and lives as long as the call.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from huggingface_hub import ModelHubMixin

from zsl._arguments import shown
from zsl._files.opening import told
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.hub.places import REPOSITORY


class Carrier(ModelHubMixin, library_name="zsl"):
    """Brings a saved model and its card to where the mixin wants them."""

    source: Path

    def _save_pretrained(self, save_directory: Path) -> None:
        shutil.copytree(self.source, save_directory, dirs_exist_ok=True)


def push(write: Callable[[Path], None], repo_id: str, **options: Any) -> str:
    """Have a model written, then make a repository and upload it; tensors of a model that it replaces are removed."""
    if not isinstance(repo_id, str) or not REPOSITORY.fullmatch(repo_id):
        raise InvalidInputError(f"repo_id={shown(repo_id)}; wanted user/model.")
    carrier = Carrier()
    with TemporaryDirectory() as folder:
        carrier.source = Path(folder) / "model"
        write(carrier.source)
        try:
            return str(carrier.push_to_hub(repo_id, delete_patterns=["tensors-*.safetensors"], **options))
        except Exception as error:  # of the network or of the hub: many kinds
            raise ModelFileError(f"repo_id={repo_id!r} can't be pushed to: {told(error)}") from error
