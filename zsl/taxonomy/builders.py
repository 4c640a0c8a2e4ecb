"""Ways to make a tree: from a table, a CSV file, or by clustering the class table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal, Self

import pandas as pd

from zsl._docs import documented_like
from zsl._labels import from_text
from zsl.exceptions import InvalidInputError
from zsl.semantics import as_semantics
from zsl.taxonomy._clusters import clustered
from zsl.taxonomy._nodes import Nodes
from zsl.taxonomy._tables import edges_of_table, read_table


class Builders(Nodes):
    """Alternative constructors of `zsl.taxonomy.Taxonomy`."""

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, root: Any = None) -> Self:
        """Make a tree from a data frame.

        Parameters
        ----------
        frame : DataFrame
            Either columns "child" and "parent" (and "rank", if ranks have names), or one column per rank with a row
            per class: that of classes first, then rank by rank up, such as "species", "genus", "family". The names of
            the columns are those of the ranks then, and an empty cell leaves a rank out.
        root : label or None, default=None
            Name of the root, if several tops have nothing in common; see `Taxonomy`.

        Returns
        -------
        Taxonomy
            The tree.

        Raises
        ------
        InvalidInputError
            If the frame has fewer than two columns, a cell of the first column is empty, or the rows don't make a
            tree: a node has two parents, or the same name stands at two ranks of a row.
        """
        if not isinstance(frame, pd.DataFrame) or frame.shape[1] < 2:
            found = f"{frame.shape[1]} columns" if isinstance(frame, pd.DataFrame) else f"type {type(frame).__name__}"
            raise InvalidInputError(f"frame has {found}; wanted a DataFrame of two columns or more.")
        edges, ranks = edges_of_table(
            [str(name) for name in frame], [frame.iloc[:, k].tolist() for k in range(frame.shape[1])]
        )
        return cls(edges, ranks=ranks, root=root)

    @classmethod
    @documented_like(from_frame)
    def from_csv(cls, path: str | os.PathLike[str], *, sep: str | None = None, root: Any = None) -> Self:
        """Read the tree from a CSV file in UTF-8 with a header.

        Parameters
        ----------
        path : str or path
            The file, with columns as in `from_frame`. Classes become integers if each of them is written as a whole
            number prints; so do groups.
        sep : str or None, default=None
            The character between fields. None takes the comma, semicolon or tab, whichever divides all lines into the
            same number of fields.
        """
        names, columns = read_table(path, sep)
        try:
            edges, ranks = edges_of_table(names, columns)
            tree = cls(edges, root=root)
            to = dict(zip(tree.classes.tolist(), from_text(tree.classes.tolist()), strict=True))
            named = {node for edge in edges for node in edge}
            given = [node for node in tree.groups.tolist() if node in named]
            to |= dict(zip(given, from_text(given), strict=True)) | {None: None}
            by_node = None if ranks is None else {to[node]: rank for node, rank in ranks.items()}
            return cls([(to[child], to[parent]) for child, parent in edges], ranks=by_node, root=root)
        except InvalidInputError as error:
            raise InvalidInputError(f"{os.fspath(path)}: {error}") from error

    @classmethod
    def from_semantics(
        cls,
        semantics: Any,
        *,
        n_groups: int | Sequence[int] | None = None,
        method: Literal["average", "complete", "single", "ward"] = "average",
        text_encoder: Any = None,
    ) -> Self:
        """Cluster the classes of a class table, nearest first.

        Agglomerative clustering of the rows, with the mean row subtracted and scaled to length 1, by
        `scipy.cluster.hierarchy.linkage`. A group is named by the two of its classes that are nearest to its mean, and
        by how many others there are.

        Parameters
        ----------
        semantics : DataFrame, mapping, list of names, or Semantics
            The class table, of two classes or more, in any form that `zsl.semantics.as_semantics` takes.
        n_groups : int, sequence of int, or None, default=None
            Cut the clusters into one rank of so many groups, or into several, such as ``(20, 5)``. None keeps the whole
            binary tree.
        method : {"average", "complete", "single", "ward"}, default="average"
            The distance of two clusters: the mean, largest or smallest one of their classes, or Ward's.
        text_encoder : str, path, object or None, default=None
            Encodes sentences; see `zsl.semantics.as_semantics`.

        Returns
        -------
        Taxonomy
            The tree.

        Raises
        ------
        InvalidInputError
            If the table has fewer than two classes, or `n_groups` or `method` is out of range.
        """
        return cls(clustered(as_semantics(semantics, text_encoder=text_encoder), n_groups, method))
