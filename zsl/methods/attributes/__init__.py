"""Attributes predicted one by one."""
