"""What differs between two versions: pure functions of (old, new), and where the two come from."""
