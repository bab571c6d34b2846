"""The real command over whole stories."""
