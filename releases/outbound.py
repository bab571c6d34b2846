"""Requests to services that people chose: through the home's proxy, trusting its authorities, with no password of this
machine's own, no redirect followed, and time limits.
"""

from __future__ import annotations

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from config.home import Home

TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and that a service may stay silent."""
_WAIT_MOST = 24 * 3600.0


def session(home: Home) -> requests.Session:
    """A session, to be closed. Redirects are left to each request: say `allow_redirects=False`."""
    made = requests.Session()
    made.trust_env = False  # no password of this machine's .netrc goes to a receiver
    if home.settings.proxy:
        made.proxies = {"http": home.settings.proxy, "https": home.settings.proxy}
    made.mount("https://", _Trusting(home.settings.ca_file))
    return made


def reason(error: requests.RequestException) -> str:
    """Why there was no answer: the innermost cause, on one line."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return f"{type(cause).__name__}: {' '.join(str(cause).split())[:200]}"


def retry_after(answer: requests.Response) -> float:
    """Seconds that it asks us to wait, up to a day; 0 where it does not say."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _WAIT_MOST) if text.isascii() and text.isdigit() else 0.0


class _Trusting(HTTPAdapter):
    """Trusts the usual authorities and the home's own."""

    def __init__(self, ca_file: str) -> None:
        self._context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        if ca_file:
            self._context.load_verify_locations(ca_file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._context)
