"""The part *attributes*: a class table in the making, what it tells apart, and which cell to ask about next."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from zsl._files.separators import SEPARATORS
from zsl.app.http import _bodies as read
from zsl.app.http._refusals import bad
from zsl.app.http._routes import Question
from zsl.exceptions import ZSLError
from zsl.semantics import AttributeDraft

MOST_CLASSES, MOST_ATTRIBUTES, MOST_NAME, MOST_CSV, MOST_SKIPPED = 100, 100, 80, 200_000, 1000
MOST_PAIRS, MOST_HELPFUL = 6, 6


class Attributes:
    """Answers for the draft that is sent with each question; keeps nothing."""

    def state(self) -> dict[str, Any]:
        """What the page shows at first."""
        return {"state": "ready", "complaint": "", "limits": {"csv": MOST_CSV, "skip": MOST_SKIPPED}}

    def ask(self, asked: Question) -> dict[str, Any]:
        """The next question, the pairs that aren't told apart, and the attributes that would help most."""
        draft = _draft(asked.body)
        found = draft.question(skip=_skipped(asked.body, draft))
        pairs, helpful = draft.pairs(), draft.helpful()
        helpful = helpful[helpful["pairs"] > 0].head(MOST_HELPFUL)
        return {
            "question": None
            if found is None
            else {"row": draft.row(found.label), "column": draft.column(found.attribute), "pairs": found.pairs},
            "together": len(pairs),
            "of": len(draft) * (len(draft) - 1) // 2,
            "open": int(draft.open.sum()),
            "pairs": [list(pair) for pair in pairs[["one", "other"]].head(MOST_PAIRS).itertuples(index=False)],
            "helpful": [[name, row["pairs"], int(row["questions"])] for name, row in helpful.iterrows()],
        }

    def open(self, asked: Question) -> dict[str, Any]:
        """The draft in the text of a CSV file."""
        given = asked.body.get("text")
        if not isinstance(given, str) or not given.strip():
            raise bad("The table is missing or empty; wanted the text of a CSV file.")
        if len(given) > MOST_CSV:
            raise bad(f"The table has {len(given):,} characters; wanted {MOST_CSV:,} at most.")
        _check_size(given)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "draft.csv"
            path.write_text(given, encoding="utf-8", errors="replace", newline="")
            try:
                draft = AttributeDraft.from_csv(path)
            except ZSLError as error:
                raise bad(" ".join(str(error).replace(str(path), "The table").split())) from error
        values = draft.values.astype(object)
        values[draft.open] = None
        table = {"classes": list(map(str, draft.classes.tolist())), "attributes": list(draft.attributes)}
        found = _draft({**table, "values": values.tolist()})
        return {"classes": found.classes.tolist(), "attributes": list(found.attributes), "values": values.tolist()}

    def save(self, asked: Question) -> dict[str, Any]:
        """The text of the CSV file of a draft."""
        draft = _draft(asked.body)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "draft.csv"
            draft.to_csv(path)
            return {"text": path.read_text(encoding="utf-8")}


def _check_size(text: str) -> None:
    """Refuse what would be slow to read, whatever stands between its fields."""
    try:
        for sep in SEPARATORS:
            rows = [cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter=sep) if any(cells)]
            if len(rows) > MOST_CLASSES + 1 or max(map(len, rows)) > MOST_ATTRIBUTES + 1:
                raise bad(
                    f"The table is too large; wanted {MOST_CLASSES} classes × {MOST_ATTRIBUTES} attributes at most."
                )
    except csv.Error as error:
        raise bad(f"The table is no CSV ({error}).") from error


def _draft(body: Any) -> AttributeDraft:
    """The draft that is sent: names, and a list of values per class, null where a cell is open."""
    names = [_names(body, "classes", MOST_CLASSES), _names(body, "attributes", MOST_ATTRIBUTES)]
    values = np.full((len(names[0]), len(names[1])), np.nan)
    rows = read.items(body, "values", *[len(values)] * 2)
    for place, row in enumerate(rows):
        cells = read.items({"row": row}, "row", *[values.shape[1]] * 2)
        given = [column for column, cell in enumerate(cells) if cell is not None]
        values[place, given] = read.numbers({"values": [cells[column] for column in given]}, "values", len(given))
    return AttributeDraft(values, classes=names[0], attributes=names[1])


def _names(body: Any, kind: str, most: int) -> list[str]:
    return read.class_names([{"name": name} for name in read.items(body, kind, 1, most)], MOST_NAME, kind)


def _skipped(body: Any, draft: AttributeDraft) -> list[tuple[Any, str]]:
    """The cells that aren't to be asked about, sent as pairs of row and column."""
    cells = []
    for each in read.items(body, "skip", 0, MOST_SKIPPED):
        row, column = read.items({"cell": each}, "cell", 2, 2)
        label = draft.classes[read.whole({"row": row}, "row", len(draft))].item()
        cells.append((label, draft.attributes[read.whole({"column": column}, "column", len(draft.attributes))]))
    return cells
