"""What portals publish, and where: pure parsing, no I/O."""
