"""Classes that are pairs of a state and an object: their names, and which of them can be."""
