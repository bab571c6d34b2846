"""Programs of others over bytes of others."""
