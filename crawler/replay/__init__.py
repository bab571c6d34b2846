"""Archived pages shown as they were: a proxy that answers a browser from the archive alone, and the browser."""
