"""Scores of samples against classes, and what is read from them."""
