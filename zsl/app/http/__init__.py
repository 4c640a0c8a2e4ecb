"""Requests and answers: who may ask, how large, slow and many requests may be, and what is computed at a time."""
