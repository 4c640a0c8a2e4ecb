"""
The seen-unseen curve of four methods
=====================================

Every bias against the seen classes gives one accuracy on them and one on the unseen classes. The area under the curve
judges a method without a choice of bias; the mark is the bias that was chosen on held-out seen classes.
"""

import zsl
from zsl.plots import SeenUnseenDisplay

split = zsl.load_digits_zsl()
methods = {
    "ridge": zsl.RidgePrototypeClassifier(semantics=split.semantics),
    "SAE": zsl.SAEClassifier(semantics=split.semantics),
    "ESZSL": zsl.ESZSLClassifier(semantics=split.semantics),
    "SynC": zsl.SynCClassifier(semantics=split.semantics),
}
results = {name: zsl.evaluate_gzsl(method, split) for name, method in methods.items()}
SeenUnseenDisplay.from_results(results)
