"""Which files are asked for again."""
