"""Portals as real servers, one module a platform: what they answer, how they refuse, and their quirks as switches."""
