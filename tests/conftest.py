"""Shared set-up: one torch thread a process, so that parallel runs don't fight for cores and repeat bit for bit."""

import torch

torch.set_num_threads(1)
