"""Held versions of files, sent to the organisation's own DocumentCloud when somebody asks for it."""
