"""Which store a home uses."""

from __future__ import annotations

from archive.store.base import Store
from archive.store.folder import FolderStore
from archive.store.hurried import Hurried
from config.home import Home

HURRIED = (3.0, 10.0)
"""Seconds to connect, and between bytes, while somebody waits for a page."""


def open_store(home: Home, *, hurried: bool = False) -> Store:
    """The store of `home`: its folder, or its bucket. `hurried`: somebody waits for what is read.

    Raises:
        ConfigError: an S3 setting is missing.
    """
    if home.settings.store.kind == "folder":
        return FolderStore(home.archive)
    # boto3 takes half a second to import: only homes that use it pay.
    from archive.store.s3 import S3Store

    if hurried:
        return Hurried(S3Store(home.settings.store, timeouts=HURRIED, attempts=2))
    return S3Store(home.settings.store)
