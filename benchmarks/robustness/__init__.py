"""Robustness: attacks, kills, fuzzing and mutants, as named commands."""
