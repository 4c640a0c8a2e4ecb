"""The five data sets of the generalized zero-shot benchmark (`xlsa17`)."""
