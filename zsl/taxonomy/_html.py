"""The tree as a notebook shows it: its first groups, where they stand and what is below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zsl._escaping import html_table

_GROUPS, _CLASSES = 12, 8


def shown_in_html(title: str, groups: Sequence[tuple[Any, Any, int, Sequence[Any]]]) -> str:
    """One row per group: its name, its parent, how many classes are below, and the first of its children."""
    rows = []
    for name, parent, n_classes, children in groups[:_GROUPS]:
        more = f" and {len(children) - _CLASSES} more" if len(children) > _CLASSES else ""
        first = ", ".join(map(str, children[:_CLASSES]))
        rows.append([name, "" if parent is None else parent, n_classes, f"{first}{more}"])
    notes = [f"The first {_GROUPS} of {len(groups)} groups are shown."] if len(groups) > _GROUPS else []
    return html_table(["group", "below", "classes", "what is directly below it"], rows, title=title, notes=notes)
