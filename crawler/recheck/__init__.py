"""Which of the files that are held already a crawl asks for again: all of them, or those that deserve it most."""
