"""A browser behind the one door: a recording proxy on loopback, Chromium, and pages as their scripts leave them."""
