"""The API, its tokens and its document."""
