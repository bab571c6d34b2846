"""What recordwatch was told: the home, `recordwatch.toml`, the typed Portal, the frameworks' settings."""
