"""Programs beside Python, and settings."""
