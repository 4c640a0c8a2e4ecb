"""One module from samples and prototypes to probabilities: scaling, embedding, score, balance, temperature."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zsl.scale.onnx.parts import Parts
from zsl.selection.gate import Gate


class Scoring(nn.Module):
    """Everything that `predict_proba` does to checked samples, with what is known of classes as inputs.

    Numbers come and go in single precision; what lies between is computed in `dtype`.
    """

    def __init__(self, parts: Parts, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.embed, self.compare = parts.embed.to(dtype), parts.compare.to(dtype)
        self.balance = Stacking() if parts.gate is None else Gating(parts.gate)
        for module in list(self.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.LeakyReLU):
                    setattr(module, name, Leaky(child.negative_slope))

    def forward(self, X: Tensor, prototypes: Tensor, balance: Tensor, temperature: Tensor) -> tuple[Tensor, ...]:
        """Probabilities, calibrated scores and the place of the best class.

        `balance` is the bias of each class; or, with a gate, whether it is a seen one.
        """
        scores = self.compare(self.embed(X.to(self.dtype)), prototypes.to(self.dtype))
        scores = self.balance(scores, balance)
        probabilities = torch.softmax(scores / temperature.to(self.dtype), dim=1)
        return probabilities.float(), scores.float(), scores.argmax(dim=1)


class Leaky(nn.Module):
    """A leaky ReLU of operators that onnxruntime has in double precision, too."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, X: Tensor) -> Tensor:
        """Scale what is below 0."""
        return torch.where(X < 0, self.slope * X, X)


class Stacking(nn.Module):
    """Calibrated stacking: a bias for each class."""

    def forward(self, scores: Tensor, bias: Tensor) -> Tensor:
        """Add it."""
        return scores + bias.to(scores.dtype)


class Gating(nn.Module):
    """`Gate.log_probabilities`, with the sides of the gate told apart by a mask in place of columns."""

    weights: Tensor

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.temperatures, self.offset = gate.temperatures, gate.offset
        self.register_buffer("weights", torch.tensor(gate.weights, dtype=torch.float64))

    def forward(self, scores: Tensor, seen: Tensor) -> Tensor:
        """Logarithms of probabilities."""
        experts, confidences, sizes = [], [], []
        for own, temperature in zip((seen, ~seen), self.temperatures, strict=True):
            scaled = (scores / temperature).masked_fill(~own, -LARGE)
            logarithms = torch.log_softmax(scaled, dim=1)
            experts.append(logarithms.exp() * own)
            confidences += [scaled.amax(dim=1), logarithms.amax(dim=1)]
            sizes.append(own.sum())
        logit = (torch.stack(confidences, dim=1) * self.weights.to(scores.dtype)).sum(dim=1, keepdim=True) + self.offset
        # Where all classes are on one side, that side has everything.
        share = torch.where(sizes[1] == 0, 1.0, torch.where(sizes[0] == 0, 0.0, torch.sigmoid(logit)))
        mixed = torch.zeros_like(scores)
        for own, expert, size, part in zip((seen, ~seen), experts, sizes, (share, 1 - share), strict=True):
            mixed = mixed + own * part * (part * expert + (1 - part) / size.clamp_min(1))
        return mixed.clamp_min(torch.finfo(scores.dtype).tiny).log()


LARGE = 1e30
"""Scores of the other side are this low: its softmax is 0 there, and no difference of infinities arises."""
