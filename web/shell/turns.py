"""Pages are made one after the other in a process, not all at once a little."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PATIENCE = 0.05
"""Seconds a page waits for its turn. Whoever waits longer stands behind slow work and goes ahead beside it."""

Answer = Callable[[HttpRequest], HttpResponseBase]


class Turns:
    """Middleware: one page at a time is made in a process.

    A page asks the database some thirty times, and gives up the interpreter's lock each time. While other threads make
    pages it waits for that lock five milliseconds each time, so that eight visitors wait far longer than eight pages
    take. What is streamed (a video's range, an export) is sent after its turn, by as many threads as there are.
    """

    def __init__(self, answer: Answer, patience: float = PATIENCE) -> None:
        self._answer, self._patience = answer, patience
        self._turn = threading.Semaphore()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        had = self._turn.acquire(timeout=self._patience)
        try:
            return self._answer(request)
        finally:
            if had:
                self._turn.release()
