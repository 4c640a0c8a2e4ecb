"""Model folders, and the closed list of values that may stand in them."""
