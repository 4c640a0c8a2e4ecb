"""Samples that have several classes, some of which no sample was trained on."""
