"""How watched portals are doing: what their last crawls came to, and when the next one is due."""
