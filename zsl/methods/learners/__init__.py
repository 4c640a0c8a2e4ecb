"""Few-shot methods that train, or learn to train, within an episode."""
