"""Relation networks: on maps, on episodes, and as kernel ridge regression over classes."""
