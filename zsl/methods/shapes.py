"""Shapes of the tensors that methods take and give."""

from torch import Tensor

from zsl._typing import Float, Int

Samples = Float[Tensor, "sample feature"]
"""Scaled features, one row per sample."""
Codes = Int[Tensor, "sample"]
"""The class number of each sample."""
Attributes = Float[Tensor, "class attribute"]
"""Scaled semantic vectors, one row per class."""
SampleAttributes = Float[Tensor, "sample attribute"]
"""The semantic vector of the class of each sample."""
Scores = Float[Tensor, "sample class"]
"""Real scores, higher for a better match."""
Loss = Float[Tensor, ""]
"""A mean over a batch."""

Support = Float[Tensor, "episode support feature"]
"""Embedded support of each episode."""
Label = Int[Tensor, "episode support"]
"""Class numbers within the episode."""
Query = Float[Tensor, "episode query feature"]
"""Embedded queries."""
Target = Int[Tensor, "episode query"]
"""Class numbers of the queries."""
Unlabeled = Float[Tensor, "episode unlabeled feature"] | None
"""Embedded samples without labels, if there are any."""
Logits = Float[Tensor, "episode query way"]
"""Scores of the queries against the classes of their episode; their softmax is a probability."""
