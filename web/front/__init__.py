"""The first screen, releases, portals, pictures, how we know."""
