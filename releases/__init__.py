"""What is new, changed, withdrawn; who must know."""
