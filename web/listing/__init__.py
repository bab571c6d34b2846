"""Lists: keyset pages, and the same rows as JSON, CSV and feeds."""
