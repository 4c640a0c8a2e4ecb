"""
From zero shots to twenty
=========================

One estimator, from a description alone to samples alone. The more samples a class has, the less its description counts;
how much each of them weighs was chosen on held-out seen classes.
"""

import zsl
from zsl.plots import ShotsDisplay

split = zsl.load_digits_zsl()
clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
clf.fit(split.X_train, split.y_train)
ShotsDisplay.from_estimator(clf, split, shots=(1, 2, 5, 10, 20), n_draws=5)
