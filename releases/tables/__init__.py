"""What is held as tables for other tools: which there are, and their rows as they may be shown."""
