"""The class table as a notebook shows it: its first rows and columns, and what its audit found."""

from collections.abc import Callable

from zsl._escaping import html_table
from zsl.semantics._labels import count
from zsl.semantics._rows import LabelledRows
from zsl.semantics.audit import Audit

_ROWS, _COLUMNS, _FINDINGS, _TEXT = 8, 8, 6, 100
_AUDITED = 2000
"""Most classes that are audited each time they are shown; the audit compares all pairs."""


def shown_in_html(table: LabelledRows, audit: Callable[[], Audit]) -> str:
    """Attributes in numbers, or the sentences where the table has some."""
    n, width = table.vectors.shape
    header, rows = ["class"], [[label] for label in table.classes[:_ROWS].tolist()]
    marked = []
    if table.texts is not None:
        header.append("sentences")
        for row, texts in zip(rows, table.texts, strict=False):
            first = texts[0] if texts else ""
            more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
            row.append(f"{first if len(first) <= _TEXT else f'{first[: _TEXT - 1]}…'}{more}")
    else:
        header += table.attributes[:_COLUMNS]
        for place, row in enumerate(rows):
            row += [f"{value:.4g}".replace("-", "−") for value in table.vectors[place, :_COLUMNS].tolist()]
        if table.imputed is not None:
            marked = [(row, at + 1) for row, at in zip(*table.imputed[:_ROWS, :_COLUMNS].nonzero(), strict=True)]
    notes = []
    if n > _ROWS or (table.texts is None and width > _COLUMNS):
        columns = f" and {_COLUMNS} of {width} attributes" if table.texts is None and width > _COLUMNS else ""
        notes.append(f"The first {min(n, _ROWS)} of {count(n, 'class', 'classes')}{columns} are shown.")
    if marked:
        notes.append("Slanted values were filled in and not observed.")
    if n <= _AUDITED:
        findings = [f"{finding.kind}: {finding.message}" for finding in audit()]
        notes += [f"⚠ {text}" for text in findings[:_FINDINGS]]
        notes += [f"⚠ and {len(findings) - _FINDINGS} more findings"] * (len(findings) > _FINDINGS)
        notes += ["The audit found nothing."] * (not findings)
    else:
        notes.append("audit() looks for properties that harm transfer.")
    columns = count(width, "attribute") if table.texts is None else f"{width} numbers of a text encoder"
    title = f"Class table: {count(n, 'class', 'classes')} × {columns}"
    return html_table(header, rows, title=title, notes=notes, marked=marked)
