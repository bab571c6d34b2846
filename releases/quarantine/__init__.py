"""Passages that agencies meant to black out: found, held back from every reader, decided on by editors."""
