"""What an attacker tries: visitors without an account, readers, colleagues, portals."""
