"""
From zero shots to twenty
=========================

One estimator, from a description alone to samples alone. The more samples a class has, the less its description counts;
how much each of them weighs was chosen on held-out seen classes.
"""

import matplotlib.pyplot as plt

import zsl
from zsl.evaluation import measure_gzsl, measure_shots

split = zsl.load_digits_zsl()
clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
clf.fit(split.X_train, split.y_train)
table = measure_shots(clf, split, shots=(1, 2, 5, 10, 20), n_draws=5, random_state=0)

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for column, label in {
    "both": "strokes and images",
    "support": "images only",
    "class_mean": "nearest class mean",
}.items():
    ax.plot(table.index, table[column], marker="o", label=label)
ax.axhline(measure_gzsl(clf, split).t1, linestyle="--", color="grey", label="strokes only")
ax.set(
    xlabel="images per unseen digit", ylabel="T1", xscale="log", xticks=list(table.index), xticklabels=list(table.index)
)
ax.legend()
