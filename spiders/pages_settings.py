"""What the portal file of `pages` says."""

from __future__ import annotations

import msgspec


class PagesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of watched pages."""

    urls: str | tuple[str, ...] = ()
    follow: str | tuple[str, ...] = ()
    files: str | tuple[str, ...] = ()
    sitemap: str | tuple[str, ...] = ()
    feed: str | tuple[str, ...] = ()
    only: str = ""
