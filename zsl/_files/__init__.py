"""The edge to files that others may have written: what is opened, how large it may get, and how it fails."""
