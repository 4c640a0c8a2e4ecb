"""Features on disk in shards, and encoding into them."""
