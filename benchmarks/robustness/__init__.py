"""What is done to the package by those who mean it ill, and by machines that stop: counts of what held."""
