"""What people come to the newsroom for, from the first page to the last, in a real browser."""
