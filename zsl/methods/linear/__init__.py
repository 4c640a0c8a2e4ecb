"""Linear and bilinear maps between features and semantics."""
