"""Adapters of joint spaces: what few samples add to the scores of class texts."""
