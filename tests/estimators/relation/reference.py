"""The formula of the docstring, written down in plain numpy for one small case."""

import numpy as np


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Reference:
    """Features centred or as they are, one block of semantics, linear kernel, cosine; with class texts at a weight."""

    def __init__(self, X, y, table, *, alpha=0.1, joint=0.0, center=True):
        seen = np.unique(y)
        self.origin = X.mean(axis=0) if center else np.zeros(X.shape[1])
        self.shift = unit(X - self.origin).mean(axis=0) if center else np.zeros(X.shape[1])
        embedded = self.embed(X, again=False)
        sums = np.array([embedded[y == label].sum(axis=0) for label in seen])
        counts = np.array([(y == label).sum() for label in seen])
        means = sums / counts[:, None] / np.sqrt(np.square(embedded).sum(axis=1).mean())
        self.table, described = table, table.loc[seen].to_numpy()
        self.semantic_shift = described.mean(axis=0)
        self.text_origin = described.mean(axis=0)
        self.text_shift = unit(described - self.text_origin).mean(axis=0)
        self.centre = means.mean(axis=0)
        between = np.square(means - self.centre).sum(axis=1).mean()
        self.joint = joint * np.sqrt(between)
        noise = 1 + (1 - np.square(means).sum(axis=1).mean()) / between / counts
        self.landmarks = unit(described - self.semantic_shift)
        gram = self.landmarks @ self.landmarks.T
        targets = means - self.centre - self.texts(described)
        self.dual = np.linalg.solve(gram + alpha * np.diag(noise / noise.mean()), targets)

    def embed(self, X, again=True):
        rows = unit(X - self.origin) - self.shift
        return unit(rows) if again else rows

    def texts(self, rows):
        if not self.joint:
            return 0.0
        return self.joint * unit(unit(rows - self.text_origin) - self.text_shift)

    def mapped(self, labels):
        rows = self.table.loc[labels].to_numpy()
        kernel = unit(rows - self.semantic_shift) @ self.landmarks.T
        return self.centre + kernel @ self.dual + self.texts(rows)

    def scores(self, X, labels):
        return self.embed(X) @ unit(self.mapped(labels)).T
