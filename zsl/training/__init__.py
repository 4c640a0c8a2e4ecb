"""The training loop, its adversarial form, training on episodes, and checkpoints that training goes on from."""

from zsl.training.checkpoint import Checkpoint
from zsl.training.processes.cooperating import cooperating

__all__ = ["Checkpoint", "cooperating"]
