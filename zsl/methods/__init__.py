"""Methods: one paper, one file, one final class."""
