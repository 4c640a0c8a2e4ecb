"""Pure functions of tensors: distances, prototypes, the relation score, losses."""
