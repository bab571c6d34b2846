"""Secrets that stand in addresses: 256 random bits, kept as their digest alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TypeVar

from web.desk.models import SecretAddress, SharedRecord

S = TypeVar("S", SecretAddress, SharedRecord)
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def new() -> tuple[str, str]:
    """(secret, digest)"""
    secret = secrets.token_urlsafe(32)
    return secret, _digest(secret)


def opened(model: type[S], secret: str) -> S | None:
    """What this secret opens, revoked or not. The database compares digests, which nobody can choose: how long that
    takes says nothing of the secret.
    """
    if not _FORM.fullmatch(secret):
        return None
    digest = _digest(secret)
    found = model._default_manager.filter(digest=digest).select_related("owner", "team", "made_by").first()  # noqa: SLF001
    return found if found is not None and hmac.compare_digest(found.digest, digest) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(b"recordwatch address\0" + secret.encode()).hexdigest()
