"""
Find samples of a class by its description
==========================================

The gallery holds images of three digits that were never seen. Each row shows what is found for one of them.
"""

import zsl
from zsl.plots import RetrievalDisplay

split = zsl.load_digits_zsl()
clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
clf.fit(split.X_train, split.y_train)
images = split.X_test_unseen.reshape(-1, 8, 8)
RetrievalDisplay.from_estimator(clf, split.X_test_unseen, split.y_test_unseen, split.unseen_classes, images=images)
