"""Visitors who are slow to ask, to take and to leave, at the real server: everybody else is answered meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest

from tests.newsroom.served import Served
from web.shell.slots import Slots

MANY = 40
"""Five times as many as there are threads."""
HOST = b"Host: 127.0.0.1\r\n"


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """Connections that stay open until the test is over."""
    with ExitStack() as stack:
        yield stack


def _sent(served: Served, held: ExitStack, said: bytes) -> socket.socket:
    parts = urlsplit(served.url)
    made = held.enter_context(closing(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)))
    made.sendall(said)
    return made


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\n" + HOST + b"X-Slow: ",
        b"POST /accounts/enter HTTP/1.1\r\n" + HOST + b"Cookie: recordwatch_csrf=" + b"x" * 32
        + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname=",
    ],
    ids=["nothing", "half a head", "half a form"],
)  # fmt: skip
def test_who_is_slow_to_ask_keeps_nobody_waiting(served: Served, held: ExitStack, said: bytes) -> None:
    for _ in range(MANY):
        _sent(served, held, said)
    for _ in range(3):
        assert served.get("/about").status_code == 200


def test_who_does_not_hang_up_keeps_nobody_waiting(served: Served, held: ExitStack) -> None:
    """gunicorn waits two seconds for each of them, in the loop that takes connections: for minutes, here."""
    asked = b"GET /accounts/enter HTTP/1.1\r\n" + HOST + b"\r\n"
    slow = [_sent(served, held, asked) for _ in range(3 * MANY)]
    assert served.get("/about").status_code == 200
    assert {one.recv(12) for one in slow} == {b"HTTP/1.1 200"}
    assert served.get("/about").status_code == 200


def test_what_is_too_long_is_refused_unread_and_nothing_is_written_down(served: Served, held: ExitStack) -> None:
    head = b"POST /subscriptions/new HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\n"
    for length in (b"3000000000", b"2097153", b"9" * 30):
        answer = _sent(served, held, head + b"Content-Length: " + length + b"\r\n\r\n--x\r\n")
        assert answer.recv(12) in {b"HTTP/1.1 413", b"HTTP/1.1 400"}, length
    answer = _sent(served, held, head + b"Content-Length: 3000000000\r\n\r\n--x\r\n")
    assert answer.recv(12) == b"HTTP/1.1 413"
    # Two spaces too many: a request line that is refused, with what somebody looked for in it.
    answer = _sent(served, held, b"GET /search?q=whistle blower HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.recv(12) == b"HTTP/1.1 400"
    answer = _sent(served, held, b"GET /search?q=whistleblower HTTP/1.1\r\nHost : 127.0.0.1\r\nq whistle\r\n\r\n")
    assert answer.recv(12) == b"HTTP/1.1 400"
    logged = (served.home / "served.log").read_text("utf-8")
    assert "whistle" not in logged
    assert "127.0.0.1" not in logged.replace(served.url, "")


def test_one_network_takes_half_of_what_is_streamed_at_once() -> None:
    slots = Slots(3)
    taken = [slots.take("192.0.2.1"), slots.take("192.0.2.1")]
    assert None not in taken
    assert slots.take("192.0.2.1") is None
    other = slots.take("198.51.100.2")
    assert other is not None
    assert slots.take("203.0.113.3") is None, "the last thread is for pages"
    other()
    other()  # given back twice, it is one all the same
    again = [slots.take("203.0.113.3"), slots.take("203.0.113.3")]
    assert [one is None for one in again] == [False, True]
    alone = Slots(3)
    assert [alone.take("127.0.0.1", alone=True) is None for _ in range(4)] == [False, False, False, True]
