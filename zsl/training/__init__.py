"""The training loop, its adversarial form, training on episodes, and checkpoints that training goes on from."""

from zsl.training.checkpoint import Checkpoint

__all__ = ["Checkpoint"]
