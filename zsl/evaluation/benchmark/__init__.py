"""Many methods on many splits with many seeds, as one table."""
