"""
Why a sample was taken for one class and not for another
========================================================

`explain` gives each attribute's share of the difference between two scores. Here the sample is an image of a digit that
was never seen in training, and the attributes are its strokes.
"""

import zsl
from zsl.plots import ExplanationDisplay

split = zsl.load_digits_zsl()
clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
clf.fit(split.X_train, split.y_train)

sample = split.X_test_unseen[0]
ExplanationDisplay.from_estimator(clf, sample, among=(7, 9), image=sample.reshape(8, 8))
