"""What the estimators share that train a network of their own in each episode."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zsl.estimators._checks import as_widths
from zsl.estimators.few_shot._episodic import EpisodicClassifier
from zsl.estimators.few_shot._images import Backbone
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.learners.learner import LearnerMethod
from zsl.nn.perceptron import Perceptron


class LearnerClassifier(EpisodicClassifier):
    """Build the network that is trained in each episode: a backbone, or a perceptron on standardised vectors."""

    hidden: Any

    def _body(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> dict[str, Any]:
        """What every `LearnerMethod` is built from."""
        if backbone is not None:
            return {"body": backbone.module, "n_features": backbone.n_features, "input_shape": self._image_shape}
        widths = as_widths("hidden", self.hidden)
        body: nn.Module = Perceptron(n_features, widths, generator)
        return {"body": body, "n_features": (n_features, *widths)[-1], "input_shape": (n_features,)}

    def _train(
        self,
        method: FewShotMethod,
        X: NDArray[Any],
        codes: NDArray[np.intp],
        generator: torch.Generator,
        groups: Any,
        validation: Any,
    ) -> None:
        if isinstance(method, LearnerMethod) and isinstance(method.backbone, Perceptron):
            method.backbone.standardize_by(torch.as_tensor(X).to(method.backbone.mean))
        super()._train(method, X, codes, generator, groups, validation)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        as_widths("hidden", self.hidden)
