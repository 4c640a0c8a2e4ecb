"""Estimators that the package ships trained."""

from typing import Any, Self

from zsl._resources import data_folders
from zsl.exceptions import InvalidInputError


class FromPretrained:
    """An estimator of which trained ones may be shipped with the package."""

    @classmethod
    def from_pretrained(cls, name: str) -> Self:
        """Load a trained estimator that the package ships.

        It knows no classes: `add_classes` with one image or more of each makes some known.

        Parameters
        ----------
        name : str
            What it was trained on, "omniglot": grey images of 28 × 28 pixels of one hand-drawn symbol, with ink high
            (255 in integers, or 1 times 255 in real numbers divided by 255) on a ground of 0. The model card in the
            folder `data/pretrained` of the project tells data, training and figures.

        Returns
        -------
        estimator
            The trained estimator, without classes.

        Raises
        ------
        InvalidInputError
            If there is none of that name for this class.
        """
        from zsl.estimators.catalog import load

        found: dict[str, Any] = {}
        for folder in data_folders():
            for model in sorted(folder.glob(f"pretrained/*/{cls.__name__}")):
                found.setdefault(model.parent.name, model)
        if name not in found:
            raise InvalidInputError(f"name={name!r}; {cls.__name__} ships trained on {sorted(found) or 'nothing'}.")
        estimator: Self = load(found[name])
        return estimator
