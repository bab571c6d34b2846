"""What stands around every page: who looks, headers, errors, the layout."""
