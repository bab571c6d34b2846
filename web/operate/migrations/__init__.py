"""Changes of the tables of operating."""
