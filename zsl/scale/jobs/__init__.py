"""Work by blocks: what is planned, done once, and found again after a crash."""
