"""Samples as users have them: features, images or texts, in files and folders."""
