"""Opens a home for the pages: its catalog, its key, its names. Once for each process that answers requests."""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.home import Home

if TYPE_CHECKING:
    from archive.holdings import Holdings

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  to compare with: nothing is bound here
"""All addresses of this machine: which names lead to it only `link` and `newsroom.hosts` can say."""
_KEY = "newsroom.key"


def configure(home: Home) -> Holdings:
    """Make `home` what every page of this process shows, and give what it holds.

    Raises:
        ConfigError, DatabaseUnavailable, DatabaseRefused; OSError where the key cannot be written.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "web.settings"
    from archive.catalog.database import prepare_models

    prepare_models()
    for name in ("django.request", "django.security.csrf"):
        logging.getLogger(name).disabled = True  # they write down addresses: what people read, and secrets of theirs
    from django.conf import settings

    from archive.holdings import Holdings
    from web.shell import place

    newsroom, link = home.settings.newsroom, urlsplit(home.settings.link)
    settings.SECRET_KEY = _secret(home.keys / _KEY)
    address = newsroom.listen.rpartition(":")[0].strip("[]")
    names = {name for name in (link.hostname, *newsroom.hosts) if name}
    if address in LOOPBACK | EVERYWHERE:
        names |= {"127.0.0.1", "localhost", "[::1]"}
    else:
        names.add(address)
    settings.ALLOWED_HOSTS = sorted(names)
    settings.CSRF_TRUSTED_ORIGINS = [f"{link.scheme}://{link.netloc}"] if link.netloc else []
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = link.scheme == "https"
    settings.SESSION_COOKIE_AGE = int(timedelta(days=newsroom.session_days).total_seconds())
    if newsroom.behind_proxy:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Imported late: its tables belong to Django, which is ready only now.
    from releases.alerts.outbox import enqueue

    holdings = Holdings(home, on_apply=enqueue, hurried=True)
    place.opened(holdings)
    return holdings


def _secret(path: Path) -> str:
    """The key that signs cookies and links; made when it is first needed."""
    try:
        return path.read_text("ascii")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{_KEY}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(0o600)
        draft.write_text(secrets.token_urlsafe(48), "ascii")
        try:
            with suppress(FileExistsError):  # another process was first
                os.link(draft, path)
        finally:
            draft.unlink()
        return path.read_text("ascii")
