"""Options that several commands have, each described once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Missing(StrEnum):
    """What to do with an attribute that has no value."""

    error = "error"
    mean = "mean"
    zero = "zero"


_FEATURES = "Features of all classes: .npy, .npz, .csv or .parquet."
Features = Annotated[Path, typer.Argument(help=_FEATURES)]
OptionalFeatures = Annotated[Path | None, typer.Argument(help=_FEATURES)]
Labels = Annotated[Path | None, typer.Argument(help="Labels, if in a separate file: .npy, .csv or .txt.")]
LabelColumn = Annotated[str, typer.Option(help="Column or array that holds the labels.")]
Unseen = Annotated[str | None, typer.Option(help="Classes to hold out of training, separated by commas.")]
SplitColumn = Annotated[
    str | None, typer.Option(help="Instead of --unseen: column with train, test_seen, test_unseen or pool per row.")
]
Texts = Annotated[bool, typer.Option("--texts", help="The class table has two columns, class and sentence.")]
TextEncoder = Annotated[str | None, typer.Option(help="Sentence encoder: name or local folder of a model.")]
HowMissing = Annotated[
    Missing, typer.Option(help="Missing attributes: refuse them, or fill in the attribute's mean or zero.")
]
MissingValue = Annotated[float | None, typer.Option(help="Number that marks a missing attribute.")]
ModelFolder = Annotated[Path, typer.Argument(help="Folder of a saved model.")]
SaveTo = Annotated[Path, typer.Option("--output", "-o", help="Folder to save the model in.")]
CsvFile = Annotated[Path | None, typer.Option("--output", "-o", help="CSV file to write; printed if not given.")]
DataRoot = Annotated[Path | None, typer.Option(help="Folder with the files of the data set; fetched if not given.")]
Seeds = Annotated[int, typer.Option(min=1, help="Number of fits to average over, with random states 0, 1, 2 …")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress bar.")]
