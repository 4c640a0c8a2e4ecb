"""The part of a tree that an estimator's classes span, as arrays to compute with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from zsl._typing import FloatArray
from zsl.functional.scores.paths import likeliest_paths
from zsl.taxonomy.tree import Taxonomy


class KnownTree:
    """A tree and the classes among which an estimator chooses: the others have no probability.

    Parameters
    ----------
    taxonomy : Taxonomy
        The tree.
    classes : array-like of labels of shape (C,)
        Classes of the tree, in the order of the columns of probabilities.

    Attributes
    ----------
    counts : array of int of shape (node,)
        How many of the classes are below each node of the tree; 1 for one of them.
    specificity : array of shape (node,)
        :math:`1 - \\log n_v / \\log C` with the count :math:`n_v` of node v: 0 for the root, 1 for a class.
    """

    def __init__(self, taxonomy: Taxonomy, classes: Any) -> None:
        places = taxonomy.places_of(classes)
        lines = [taxonomy.line(place) for place in places.tolist()]
        columns = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
        cells = columns, np.concatenate([np.array(line, dtype=np.intp) for line in lines])
        shape = len(places), len(taxonomy.nodes)
        self.members: Any = sparse.csr_matrix((np.ones(len(columns)), cells), shape=shape)
        self.counts: NDArray[np.intp] = np.asarray(self.members.sum(axis=0)).ravel().astype(np.intp)
        known = np.flatnonzero(self.counts)
        inner = known[known > 0]
        order = np.argsort(taxonomy.parents[inner], kind="stable")
        above, first = np.unique(taxonomy.parents[inner][order], return_index=True)
        self.children = dict(zip(above.tolist(), np.split(inner[order], first[1:]), strict=True))
        most = np.log(max(len(places), 2))
        self.specificity: FloatArray = np.where(self.counts > 0, 1 - np.log(np.maximum(self.counts, 1)) / most, np.nan)
        self.taxonomy = taxonomy

    def node_probabilities(self, probabilities: FloatArray) -> FloatArray:
        """Sum the probabilities of the classes below each node.

        Parameters
        ----------
        probabilities : array of shape (n_samples, C)
            Probabilities of the classes.

        Returns
        -------
        array of shape (n_samples, node)
            Those of all nodes.
        """
        found: FloatArray = np.asarray((self.members.T @ np.asarray(probabilities, dtype=np.float64).T).T)
        return np.minimum(found, 1.0)

    def paths(self, probabilities: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
        """Walk down the tree, to the likeliest child each time.

        Parameters
        ----------
        probabilities : array of shape (n_samples, C)
            Probabilities of the classes.

        Returns
        -------
        nodes : array of int of shape (n_samples, depth + 1)
            The places of the nodes passed, the root first, and -1 behind the class where a path ends.
        values : array of shape (n_samples, depth + 1)
            Their probabilities, falling; NaN behind the end.
        """
        nodes, values = likeliest_paths(self.node_probabilities(probabilities), self.children)
        behind = ((0, 0), (0, int(self.taxonomy.depths.max()) + 1 - nodes.shape[1]))
        return np.pad(nodes, behind, constant_values=-1), np.pad(values, behind, constant_values=np.nan)

    def nearest_known(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Climb from nodes to the first that is, or has below it, one of the classes.

        Parameters
        ----------
        places : array of int of shape (n,)
            Places of nodes.

        Returns
        -------
        array of int of shape (n,)
            Those that are known.
        """
        found = places.copy()
        while (strange := self.counts[found] == 0).any():
            found[strange] = self.taxonomy.parents[found[strange]]
        return found

    def on_line(self, nodes: NDArray[np.intp], truth: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell which nodes are, or are above, the true class of their row.

        Parameters
        ----------
        nodes : array of int of shape (n_samples, d)
            Places of nodes; negative ones are on no line.
        truth : array of int of shape (n_samples,)
            Places of the true nodes, of classes known or not.

        Returns
        -------
        array of bool of shape (n_samples, d)
            Whether they are.
        """
        wanted, codes = np.unique(truth, return_inverse=True)
        lines = np.zeros((len(wanted), len(self.taxonomy.nodes)), dtype=bool)
        for row, place in enumerate(wanted.tolist()):
            lines[row, self.taxonomy.line(place)] = True
        return np.where(nodes >= 0, lines[codes[:, None], np.maximum(nodes, 0)], False)
