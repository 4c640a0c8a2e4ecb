"""The parts of the page: describe, draw and text, and what they need."""
