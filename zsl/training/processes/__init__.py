"""Several processes that train one model: who they are, how a step is shared, what they agree on."""
