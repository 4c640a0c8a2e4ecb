"""A class table in the making: asked for cell by cell, filled from sentences, with the source of every value."""

from zsl.semantics.authoring.draft import AttributeDraft, Question

__all__ = ["AttributeDraft", "Question"]
