"""Restricting and releasing, and that nothing restricted is told anywhere."""
