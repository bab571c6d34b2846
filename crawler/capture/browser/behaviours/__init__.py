"""What a visit does on a page once it is at rest, as a reader would: scroll, open, play, turn the pages of a list."""
