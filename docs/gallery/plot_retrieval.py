"""
Find samples of a class by its description
==========================================

The gallery holds images of three digits that were never seen. Each row shows what is found for one of them.
"""

import matplotlib.pyplot as plt

import zsl

split = zsl.load_digits_zsl()
clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
clf.fit(split.X_train, split.y_train)
gallery = zsl.ZeroShotRetriever(clf).fit(split.X_test_unseen)
found = gallery.search(split.unseen_classes, k=8)

figure, rows = plt.subplots(3, 8, figsize=(8, 3.2), layout="constrained")
for digit, row, places in zip(split.unseen_classes, rows, found.indices, strict=True):
    for ax, place in zip(row, places, strict=True):
        right = split.y_test_unseen[place] == digit
        ax.imshow(split.X_test_unseen[place].reshape(8, 8), cmap="Greys")
        ax.set(xticks=[], yticks=[])
        for side in ax.spines.values():
            side.set(color="#2a9d3f" if right else "#d62828", linewidth=2)
    row[0].set_ylabel(f"asked for {digit}")
