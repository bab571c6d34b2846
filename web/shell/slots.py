"""Who is being sent something long just now: some threads of each process are kept for pages, and for other networks.

A stream holds its thread for as long as its reader takes. Whoever reads slowly, on purpose or not, takes from each process
half of what may be streamed at once, and never the last thread.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from web.accounts.throttle import network_of
from web.shell import place
from web.shell.errors import Shown, page
from web.start import LOOPBACK

_MARK = "recordwatch_counted"
_SOCKET = "gunicorn.socket"
"""Of requests that are answered by the few threads of a server."""
Release = Callable[[], None]


class Slots:
    """So many at once; so many of them for one network."""

    def __init__(self, most: int) -> None:
        self._most, self._of_one = most, (most + 1) // 2
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, network: str, *, alone: bool = False) -> Release | None:
        """What gives the slot back, called once or more; None where there is none left. `alone`: there is one network."""
        with self._lock:
            if self._taken.total() >= self._most or (not alone and self._taken[network] >= self._of_one):
                return None
            self._taken[network] += 1
        back = [network]

        def release() -> None:
            with self._lock:
                while back:
                    self._taken -= Counter([back.pop()])

        return release


_slots: list[Slots] = []


def slot(request: HttpRequest) -> Release:
    """One for what is sent to this visitor. Raises Shown: 503."""
    newsroom = place.home().settings.newsroom
    if not _slots:
        _slots.append(Slots(max(1, newsroom.threads - 1)))
    network = network_of(request)
    release = _slots[0].take(network, alone=network in LOOPBACK and not newsroom.behind_proxy)
    if release is None:
        raise Shown(503, _("Too many files are being sent just now."), _("Try again in a minute."))
    return release


def begun(request: HttpRequest) -> Release:
    """A slot for what takes long to make and is sent then: `until_sent` says which answer that is. Raises Shown: 503."""
    return slot(request) if _SOCKET in request.META else lambda: None


def until_sent(response: HttpResponseBase, release: Release) -> HttpResponseBase:
    """`response`, which gives its slot back when it is sent."""
    closers: list[Release] = getattr(response, "_resource_closers")  # noqa: B009  Django's own way; its stubs have none
    closers.append(release)
    weakref.finalize(response, release)  # of one that never came to be sent
    return counted(response)


def counted(response: HttpResponseBase) -> HttpResponseBase:
    """`response`, which has a slot of its own, or is short."""
    setattr(response, _MARK, True)
    return response


class Streams:
    """Middleware: what is streamed has a slot until it is sent."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.answer(request)
        if not response.streaming or getattr(response, _MARK, False) or _SOCKET not in request.META:
            return response
        try:
            release = slot(request)
        except Shown as error:
            response.close()
            full = page(request, error.status, error.what, error.todo)
            full.headers["Retry-After"] = "60"
            return full
        return until_sent(response, release)
