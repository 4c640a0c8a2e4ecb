"""The few-shot commands."""
