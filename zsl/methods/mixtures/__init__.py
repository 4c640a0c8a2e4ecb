"""Classes as mixtures of seen ones."""
