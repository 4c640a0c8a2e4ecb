"""Samples as they lie on disk, read block by block by whichever worker has the turn."""
