"""What the audit of a class table hands back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Finding:
    """One thing that harms transfer between classes.

    Parameters
    ----------
    kind : str
        Which check found it: see `Semantics.audit`.
    message : str
        What was found, in a sentence.
    classes : tuple of labels, default=()
        The classes concerned, all of them.
    attributes : tuple of str, default=()
        The attributes concerned, all of them.
    """

    kind: str
    message: str
    classes: tuple[Any, ...] = ()
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """The findings on a class table; false if there are none.

    Parameters
    ----------
    findings : tuple of Finding
        In the order of the checks.
    """

    findings: tuple[Finding, ...]

    def to_frame(self) -> pd.DataFrame:
        """Lay the findings out as a data frame.

        Returns
        -------
        DataFrame
            One row a finding with columns kind, message, classes and attributes.
        """
        columns = ["kind", "message", "classes", "attributes"]
        return pd.DataFrame([[getattr(f, name) for name in columns] for f in self.findings], columns=columns)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        return "\n".join(f"{finding.kind}: {finding.message}" for finding in self) or "no findings"
