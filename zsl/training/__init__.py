"""The training loop, its adversarial form, and training on episodes."""
