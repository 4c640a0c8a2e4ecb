"""Zero-, one- and few-shot classification from class descriptions."""
