"""Which store a home uses."""

from __future__ import annotations

from archive.store.base import Store
from archive.store.folder import FolderStore
from config.home import Home


def open_store(home: Home) -> Store:
    """The store of `home`: its folder, or its bucket.

    Raises:
        ConfigError: an S3 setting is missing.
    """
    if home.settings.store.kind == "folder":
        return FolderStore(home.archive)
    # boto3 takes half a second to import: only homes that use it pay.
    from archive.store.s3 import S3Store

    return S3Store(home.settings.store)
