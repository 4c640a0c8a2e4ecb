"""Sets of classes that hold the true one with a probability that is asked for."""
