"""How long things take and how much memory, as ratios of one run."""
