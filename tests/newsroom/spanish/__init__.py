"""The newsroom in Spanish."""
