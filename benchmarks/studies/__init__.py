"""What a single part, choice or description contributes."""
