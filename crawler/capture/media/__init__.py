"""Media on other hosts' players: who says where the bytes are, which of them are taken, and how they become one file."""
