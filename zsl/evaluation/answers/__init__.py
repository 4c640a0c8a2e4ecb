"""How good answers of other kinds than one label are: sets, ranks, composed classes, several labels."""
