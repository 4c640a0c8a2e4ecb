"""Episodes: what a few-shot learner is shown, and how they are drawn."""
