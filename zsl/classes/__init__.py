"""What is known of classes."""
