"""Prototypes, simplex projections and soft clusters."""
