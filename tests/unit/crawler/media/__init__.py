"""Choice, playlists, captions and outcomes of recordings: pure functions."""
