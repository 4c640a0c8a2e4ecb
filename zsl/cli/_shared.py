"""What several commands read and print."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from zsl.semantics import Semantics


def read_table(path: Path, *, texts: bool, text_encoder: str | None, missing_value: float | None) -> "Semantics":
    """Read a class table: class × attribute, or with `texts` a column of classes and one of sentences."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER
    from zsl.exceptions import SemanticsError
    from zsl.semantics import Semantics

    if not texts:
        return Semantics.from_csv(
            path, missing="error" if missing_value is None else "mean", missing_value=missing_value
        )
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if frame.shape[1] != 2:
        raise SemanticsError(f"{path} has {frame.shape[1]} columns; wanted two, class and text.")
    sentences: dict[Any, list[str]] = {}
    for label, text in frame.itertuples(index=False):
        sentences.setdefault(label, []).append(text)
    if all(label.lstrip("-").isdigit() for label in sentences):
        sentences = {int(label): text for label, text in sentences.items()}
    return Semantics.from_texts(sentences, encoder=text_encoder or DEFAULT_TEXT_ENCODER)


def as_known(names: str, known: Any) -> list[Any]:
    """Turn comma-separated names into labels of the kind that is known."""
    parts = [part.strip() for part in names.split(",") if part.strip()]
    if len(known) and not isinstance(known[0], str):
        from zsl.exceptions import InvalidInputError

        try:
            return [int(part) for part in parts]
        except ValueError as error:
            raise InvalidInputError(f"The classes {names!r} aren't integers, and those of the data are.") from error
    return parts


def gzsl_table(title: str) -> "Table":
    """An empty table for T1, S, U, H and AUSUC."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in ("T1", "S", "U", "H", "AUSUC"):
        table.add_column(name, justify="right")
    return table
