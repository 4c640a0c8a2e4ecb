"""Shared set-up: one torch thread a process, and no limits of time, which a busy machine would break."""

import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)
settings.register_profile("zsl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zsl")
