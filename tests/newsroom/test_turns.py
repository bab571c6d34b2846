"""Pages are made in turns, and nobody waits for ever behind slow work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from web.shell.turns import Turns


def _asked(turns: Turns, times: int) -> list[HttpResponseBase]:
    with ThreadPoolExecutor(times) as visitors:
        return list(visitors.map(lambda _: turns(HttpRequest()), range(times)))


def _counted(
    inside: list[int], most: list[int], between: Callable[[], object]
) -> Callable[[HttpRequest], HttpResponse]:
    def page(_: HttpRequest) -> HttpResponse:
        inside.append(1)
        most.append(len(inside))
        between()
        inside.pop()
        return HttpResponse()

    return page


def test_one_page_at_a_time() -> None:
    most: list[int] = []
    page = _counted([], most, lambda: threading.Event().wait(0.02))  # others may run meanwhile
    assert len(_asked(Turns(page, patience=60), 8)) == 8
    assert max(most) == 1
    assert len(most) == 8


def test_slow_work_holds_nobody_up() -> None:
    """The first page ends only when the second has been made."""
    second = threading.Event()
    first = threading.Event()

    def page(_: HttpRequest) -> HttpResponse:
        if not first.is_set():
            first.set()
            assert second.wait(60)
        second.set()
        return HttpResponse()

    assert len(_asked(Turns(page), 2)) == 2


def test_a_page_that_fails_gives_its_turn_back() -> None:
    def page(_: HttpRequest) -> HttpResponse:
        raise LookupError

    turns = Turns(page, patience=3600)
    for _ in range(2):
        try:
            turns(HttpRequest())
        except LookupError:
            continue
        raise AssertionError
