"""Names that are not shown."""
