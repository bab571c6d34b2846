"""A fictional portal with several days, for the demo and the tests."""
