"""What changed: from what a crawl saw to versions and events, as operations of a commit."""
