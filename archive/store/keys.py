"""Which object keys are allowed: those that mean the same thing in a folder and in a bucket."""

from __future__ import annotations

from archive.store.base import StoreRefused

KEY_BYTES = 1024
"""S3's limit."""
SEGMENT_BYTES = 255
"""The limit of the common filesystems."""


def segments(key: str, store: str) -> list[str]:
    """The parts of `key` between slashes.

    Raises:
        StoreRefused: the key is not a plain relative path: empty, absolute, with `.` or `..`, with a
            segment that starts with a dot (kept for our temporary files), a backslash, a control
            character, or longer than both kinds of store can hold.
    """
    parts = key.split("/")
    raw = key.encode("utf-8", "surrogatepass")
    wrong = (
        not key
        or len(raw) > KEY_BYTES
        or any(
            not part or part.startswith(".") or len(part.encode("utf-8", "surrogatepass")) > SEGMENT_BYTES
            for part in parts
        )
        or any(char < " " or char in "\\\x7f" or "\ud800" <= char <= "\udfff" for char in key)
    )
    if wrong:
        raise StoreRefused(
            "this is not an allowed object key",
            where=f"{key!r:.200} in {store}",
            todo="keys are relative paths of plain names, without `..`, leading dots, backslashes or control characters",
        )
    return parts
