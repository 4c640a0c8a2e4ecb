"""
One drawing of each symbol
==========================

The shipped network was trained on characters of 30 alphabets, and compares drawings of whatever symbols. Here it gets
one drawing of each digit; the matrix shows which of 300 other drawings it takes for which.
"""

import torch
from sklearn.datasets import load_digits

import zsl
from zsl.plots import ConfusionDisplay

X, y = load_digits(return_X_y=True)
images = torch.tensor(X.reshape(-1, 1, 8, 8) / 16, dtype=torch.float32)
images = torch.nn.functional.interpolate(images, size=(20, 20), mode="bicubic").clamp(0, 1)
drawings = torch.nn.functional.pad(images, (4, 4, 4, 4)).numpy()

clf = zsl.PrototypicalClassifier.from_pretrained("omniglot")
first = [list(y).index(digit) for digit in range(10)]
clf.add_classes(drawings[first], y[first])
predicted = clf.predict(drawings[100:400])
print(f"{(predicted == y[100:400]).mean():.0%} right")
ConfusionDisplay.from_predictions(y[100:400], predicted)
