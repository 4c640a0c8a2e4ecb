"""Saving and loading of what isn't tensors and numbers: encoders, other libraries' steps, models within models."""
