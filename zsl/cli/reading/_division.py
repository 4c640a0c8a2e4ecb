"""How samples are divided into those of seen and unseen classes."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl._suggestions import did_you_mean
from zsl.cli._shared import as_known
from zsl.cli.reading._samples import DataOptions, check_described
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets.samples._found import Found
    from zsl.evaluation import GZSLSplit
    from zsl.semantics import Semantics


@dataclass
class SplitOptions:
    """How samples are divided: by the names of unseen classes, by a column, or by folders."""

    unseen: Annotated[str | None, typer.Option(help="Classes that are held out of training, separated by commas.")] = (
        None
    )
    split_column: Annotated[
        str | None, typer.Option(help="Instead of --unseen: column with train, test_seen, test_unseen or pool per row.")
    ] = None

    def read(
        self,
        features: Path,
        labels: Path | None,
        semantics: "Semantics",
        data: DataOptions,
        encoder: Any = None,
        quiet: bool = False,
        pictures: bool = False,
    ) -> "GZSLSplit":
        """Read and divide samples; what is wrong with their classes is said before any is encoded.

        With `pictures`, the files of the test samples of unseen classes are among what is known of the split.
        """
        from zsl.datasets import load_features

        found, unseen = self._checked(features, labels, semantics, data)
        samples = data.take(found, encoder, quiet)
        how: Any = {"semantics": semantics, "unseen": unseen, "split": samples.parts, "name": features.name}
        split = load_features(samples.X, samples.y, **how)
        if not pictures or samples.kind != "images" or samples.names is None:
            return split
        rows = load_features([[row] for row in range(len(samples))], samples.y, **how).X_test_unseen[:, 0]
        shown = [found.home / samples.names[int(row)] for row in rows]
        return replace(split, info={**split.info, "images": shown})

    def _checked(
        self, features: Path, labels: Path | None, semantics: "Semantics", data: DataOptions
    ) -> "tuple[Found, list[Any] | None]":
        """The samples that were found, and those unseen classes that have some."""
        given = [value for value in (self.unseen, self.split_column) if value is not None]
        wanted = "Wanted one of --unseen and --split-column"
        if len(given) > 1 or (not given and not features.is_dir()):
            raise InvalidInputError(f"{wanted}.")
        found = data.find_labelled(features, labels, self.split_column, semantics)
        assert found.labels is not None
        if not given and found.parts is None:
            raise InvalidInputError(f"{wanted}, or images in the folders train, test_seen and test_unseen.")
        if self.unseen is not None and found.parts is not None:
            raise InvalidInputError(f"{features} is divided by its folders; wanted no --unseen.")
        check_described(found, semantics)
        if self.unseen is None:
            return found, None
        unseen, with_samples = as_known(self.unseen, semantics.classes.tolist()), set(found.labels.tolist())
        absent = [label for label in unseen if label not in with_samples]
        if len(absent) == len(unseen) or any(label not in semantics for label in absent):
            likely = did_you_mean(absent, sorted(with_samples, key=str))
            raise InvalidInputError(f"--unseen names {absent}, of which {features} has no samples.{likely}")
        return found, [label for label in unseen if label in with_samples]
