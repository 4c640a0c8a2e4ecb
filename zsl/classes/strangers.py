"""The label of samples that are of no known class."""

from typing import Any

from zsl._labels import are_strings, as_named_labels, joined
from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError


def other_label(known: LabelArray, label: Any) -> LabelArray:
    """The label for none of the known classes, (1,), in a type that holds both."""
    shown = f"reject_label={label!r}"
    if label is None:
        label = "none" if are_strings(known) else -1
        shown = f"reject_label=None stands for {label!r}"
    found = as_named_labels("reject_label", label)
    if len(found) != 1 or are_strings(found) != are_strings(known):
        wanted = "a string" if are_strings(known) else "a number"
        raise InvalidInputError(f"{shown}; wanted {wanted}, like the labels given to fit.")
    if found.tolist()[0] in known.tolist():
        raise InvalidInputError(f"{shown}, which is a known class; wanted another label, for none of these.")
    return joined(known, found, "reject_label")[-1:]
