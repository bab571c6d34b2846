"""One door for bytes: the wire client, the session that pages and files share, the file lane."""
