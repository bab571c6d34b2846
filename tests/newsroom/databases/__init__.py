"""The newsroom on PostgreSQL and on SQLite, side by side."""
