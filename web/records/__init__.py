"""A record, and a capture."""
