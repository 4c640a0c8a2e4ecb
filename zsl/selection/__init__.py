"""What is chosen on held-out seen classes."""
