"""The tree as a notebook shows it: its first groups, where they stand and what is below them."""

from __future__ import annotations

from zsl._escaping import html_table
from zsl.taxonomy._nodes import Nodes

_GROUPS, _CHILDREN = 12, 8


def shown_in_html(tree: Nodes) -> str:
    """One row per group: its name, its parent, how many classes are below, and the first of its children."""
    rows = []
    for name in tree.groups[:_GROUPS].tolist():
        parent, children = tree.parent(name), tree.children(name)
        more = f" and {len(children) - _CHILDREN} more" if len(children) > _CHILDREN else ""
        first = ", ".join(map(str, children[:_CHILDREN]))
        rows.append([name, "" if parent is None else parent, len(tree.leaves_of(name)), f"{first}{more}"])
    notes = [f"The first {_GROUPS} of {len(tree.groups)} groups are shown."] if len(tree.groups) > _GROUPS else []
    return html_table(["group", "below", "classes", "what is directly below it"], rows, title=repr(tree), notes=notes)
