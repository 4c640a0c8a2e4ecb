"""Losses, and gradient steps within an episode."""
