"""
How often probabilities are right
=================================

Scores are divided by a temperature that held-out classes chose. On the dotted line a probability of .8 is right in four
of five cases; above it, predictions are better than they say, as here on samples of the seen classes.
"""

import zsl
from zsl.plots import ReliabilityDisplay

split = zsl.load_digits_zsl()
clf = zsl.RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
ReliabilityDisplay.from_estimator(clf, split.X_test_seen, split.y_test_seen)
