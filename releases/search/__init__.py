"""Full text over records, pages and files: a derived index."""
