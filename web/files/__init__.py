"""Viewers of files: documents, pictures, recordings, tables; and their bytes."""
