"""Models by name: from the hub and to it, with a model card; shipped ones, too."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from zsl._arguments import shown
from zsl.estimators._calls import reads
from zsl.exceptions import InvalidInputError, ModelFileError

if TYPE_CHECKING:
    from zsl.evaluation import GZSLResult


class OnHub:
    """What a model that can be saved has beside `save`. What the hub takes is imported when one of these is called."""

    @reads
    def save_pretrained(
        self,
        folder: str | PathLike[str],
        *,
        result: "GZSLResult | None" = None,
        license: str | None = None,
        semantics_source: str | None = None,
    ) -> None:
        """Save the fitted model as `save` does, and a model card, ``README.md``, beside it.

        The card tells the model's classes, semantics, figures, how the seen-class bias and other parameters were
        chosen, random states, and versions. One that somebody has written or edited stays, with a warning.

        Parameters
        ----------
        folder : str or path
            The folder: a new or an empty one, or one that holds a model, which is replaced.
        result : GZSLResult or None, default=None
            What was measured of the model, for the card.
        license : str or None, default=None
            Under which licence you publish the model, as the hub calls it, such as "mit" or "cc-by-4.0".
        semantics_source : str or None, default=None
            Where the semantics of the classes come from.

        Raises
        ------
        InvalidInputError
            If an argument isn't as described, or the model can't be saved, see `save`.
        ModelFileError
            If the files cannot be written.
        """
        from zsl.hub.card import card_of, put_card

        model: Any = self
        text = card_of(model, result=result, license=license, semantics_source=semantics_source)
        model.save(folder)
        try:
            put_card(Path(folder), text)
        except OSError as error:
            raise ModelFileError(f"folder={str(folder)!r}: the card cannot be written: {error}") from error

    @reads
    def push_to_hub(
        self,
        repo_id: str,
        *,
        result: "GZSLResult | None" = None,
        license: str | None = None,
        semantics_source: str | None = None,
        private: bool | None = None,
        token: str | None = None,
        branch: str | None = None,
        create_pr: bool | None = None,
        commit_message: str = "A model of zsl",
    ) -> str:
        """Save the fitted model with its card, and upload both to the Hugging Face hub.

        Parameters
        ----------
        repo_id : str
            "user/model". The repository is made if there is none.
        result, license, semantics_source
            For the card, see `save_pretrained`. The card there is replaced.
        private : bool or None, default=None
            Whether a new repository is private; None for what is usual for its owner.
        token : str or None, default=None
            Who you are; None for what ``hf auth login`` or the environment variable ``HF_TOKEN`` says.
        branch : str or None, default=None
            Where to; None for the main branch.
        create_pr : bool or None, default=None
            Whether to propose the commit, and not to make it.
        commit_message : str, default="A model of zsl"
            What the commit says.

        Returns
        -------
        str
            Address of the commit.

        Raises
        ------
        InvalidInputError
            If an argument isn't as described, or the model can't be saved.
        ModelFileError
            If it can't be uploaded.
        """
        from zsl.hub.pushing import push

        def write(folder: Path) -> None:
            self.save_pretrained(folder, result=result, license=license, semantics_source=semantics_source)

        options = {"private": private, "token": token, "branch": branch, "create_pr": create_pr}
        return push(write, repo_id, commit_message=commit_message, **options)

    @classmethod
    def from_pretrained(
        cls,
        name: str | PathLike[str],
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | PathLike[str] | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        **options: Any,
    ) -> Self:
        """Load a model of this class: from a folder, one that the package ships, or from the Hugging Face hub.

        From the hub, only JSON and safetensors files are fetched; they are read as by `zsl.load`, and no code runs. A
        shipped model knows no classes: `add_classes` with one image or more of each makes some known. "omniglot", of
        `PrototypicalClassifier` and `RelationNetworkClassifier`, takes grey images of 28 × 28 pixels of one hand-drawn
        symbol, with ink of 255 in integer images, or 1.0 in real-valued ones, on a background of 0. The model card in
        the folder `data/pretrained` of the project describes data, training and figures.

        Parameters
        ----------
        name : str or path
            A folder, what a shipped model was trained on, or "user/model". A folder that exists comes first.
        revision : str or None, default=None
            Branch, tag or commit at the hub; None for the newest. A commit is always the same model.
        token : str, bool or None, default=None
            For private repositories; None for what is stored on this machine.
        cache_dir : str, path or None, default=None
            Where fetched files are kept; None for the usual place.
        local_files_only : bool, default=False
            Whether to use only what was fetched before.
        force_download : bool, default=False
            Whether to fetch again what was fetched before.
        **options
            Passed to `zsl.load`: ``encoder``, ``text_encoder``, ``image_encoder``, ``trusted``.

        Returns
        -------
        estimator
            The fitted model.

        Raises
        ------
        InvalidInputError
            If there is none of that name for this class, or an option is refused.
        ModelFileError
            If it can't be fetched, is no whole model, or is of another class.
        """
        from zsl.estimators.saving.folders import load
        from zsl.hub.places import place_of, shipped_names

        place = place_of(
            name,
            cls.__name__,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
            force_download=force_download,
        )
        if place is name and not (isinstance(name, PathLike) or (isinstance(name, str) and Path(name).exists())):
            shipped = shipped_names(cls.__name__) or "nothing"
            raise InvalidInputError(
                f"name={shown(name)}; {cls.__name__} ships trained on {shipped}. Wanted one of these, a folder of a "
                "saved model, or user/model at the hub."
            )
        model = load(Path(place), known=[cls], **options)
        if not isinstance(model, cls):
            raise ModelFileError(f"{name} holds a {type(model).__name__}; wanted a {cls.__name__}.")
        return model
