"""What we hold: the database over the store, applied from commit records."""
