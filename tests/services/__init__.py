"""Real servers for tests, each a plain context manager on loopback addresses and free ports."""
