"""Processes that read hostile documents and may die without us."""
