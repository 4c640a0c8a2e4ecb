"""
Why a sample was taken for one class and not for another
========================================================

`explain` gives each attribute's share of the difference between two scores. Here the sample is an image of a digit that
was never seen in training, and the attributes are its strokes.
"""

import matplotlib.pyplot as plt

import zsl

split = zsl.load_digits_zsl()
clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
clf.fit(split.X_train, split.y_train)

sample = split.X_test_unseen[0]
why = clf.explain(sample, among=(7, 9))["contribution"]
why = why[~why.index.str.startswith("(")].sort_values(key=abs).tail(8)

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), width_ratios=(1, 2), layout="constrained")
left.imshow(sample.reshape(8, 8), cmap="Greys")
left.set(xticks=[], yticks=[], title=f"predicted {clf.predict(sample[None], classes=[7, 8, 9])[0]}")
right.barh(why.index, why, color=["#2364d2" if value > 0 else "#d62828" for value in why])
right.set(title="speaks for 7 (right) or for 9 (left)")
