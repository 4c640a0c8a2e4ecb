"""What is built around estimators: search, retrieval, attributes."""
