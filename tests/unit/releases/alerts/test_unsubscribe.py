"""Mute links: a page that changes nothing, a post that mutes, and a small server that nobody can wedge."""

import http.client
import socket
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from releases.alerts import unsubscribe_server
from releases.alerts.subscriptions import subscribe
from releases.alerts.unsubscribe import PREFIX, answer
from releases.alerts.unsubscribe_server import MuteServer
from releases.models import Subscription

ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'  # RFC 8058, 3.1
)


@pytest.fixture
def mine(home):
    return subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})


def muted(subscription) -> bool:
    return Subscription.objects.get(id=subscription.id).muted_at is not None


def link(subscription) -> str:
    return f"{PREFIX}{subscription.mute_token}"


def test_the_link_of_a_mail_leads_here(make_home):
    home = make_home(head='link = "https://news.example"')
    mine = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    from releases.alerts.story import story

    told = story("d", mine, [], home)
    assert urlsplit(told.mute_link).path == link(mine)


def test_only_a_post_that_says_so_mutes(mine):
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        answer(method, link(mine), ONE_CLICK)
    for body in (
        b"",
        b"x=1",
        b"List-Unsubscribe=no",
        b"List-Unsubscribe",
        b"\xff\xfe",
        ONE_CLICK + b"&x=" + b"x" * 5000,
    ):
        assert answer("POST", link(mine), body).status == 400
    assert not muted(mine)
    assert answer("POST", link(mine), ONE_CLICK).status == 200
    assert muted(mine)


def test_mail_clients_post_either_encoding(mine):
    assert answer("POST", link(mine), MULTIPART).status == 200
    assert muted(mine)


def test_twice_is_once(mine):
    assert answer("POST", link(mine), ONE_CLICK) == answer("POST", link(mine), ONE_CLICK)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_unknown_tokens_get_the_same_answer(mine, method):
    known = answer(method, link(mine), ONE_CLICK)
    for token in ("x", mine.mute_token + "x", mine.mute_token[:-1], mine.id, mine.name, "x" * 9999, "\u00e9", "%00"):
        assert answer(method, PREFIX + token, ONE_CLICK) == known


def test_names_and_ids_are_no_tokens(mine):
    for text in (mine.id, mine.name, mine.id[-12:]):
        answer("POST", PREFIX + text, ONE_CLICK)
    assert not muted(mine)


@pytest.mark.parametrize("path", ["/", "/alerts/mute/", "/alerts/mute/a/b", "/etc/passwd", "/../x", "*", ""])
def test_nothing_else_is_here(home, path):
    assert answer("GET", path).status == 404


def test_the_page_can_be_framed_cached_and_scripted_by_nobody(mine):
    given = answer("GET", link(mine))
    headers = dict(given.headers)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert mine.mute_token.encode() not in given.body
    assert mine.name.encode() not in given.body
    assert b"<script" not in given.body


@contextmanager
def listening(host="127.0.0.1"):
    server = MuteServer(host, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[:2]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(address, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request(method, path, body, headers or {})
    given = connection.getresponse()
    return given.status, dict(given.getheaders()), given.read()


def test_over_a_real_socket(mine):
    with listening() as address:
        status, headers, page = ask(address, "GET", link(mine) + "?utm_source=mail")
        assert (status, headers["Server"]) == (200, "recordwatch")
        assert b"<button>Stop these messages</button>" in page
        assert ask(address, "HEAD", link(mine))[2] == b""
        assert not muted(mine)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert ask(address, "POST", link(mine), b"List-Unsubscribe=One-Click", form)[0] == 200
        assert muted(mine)


@pytest.mark.parametrize("host", ["::1"])
def test_over_ipv6(mine, host):
    with listening(host) as address:
        assert ask(address, "GET", link(mine))[0] == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST %s HTTP/1.1\r\nHost: x\r\n\r\n", 411),
        (b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n", 413),
        (b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 411),
        (b"DELETE %s HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"BREW %s HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"GET /" + b"x" * 70_000 + b" %s HTTP/1.1\r\n\r\n", 414),
        (b"GET %s HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"<script>%s</script>\r\n\r\n", 400),
    ],
)
def test_odd_requests_are_refused(mine, request_, status):
    with listening() as address, socket.create_connection(address, 20) as client:
        client.sendall(request_ % link(mine).encode())
        given = client.makefile("rb").read()
    assert b" %d " % status in given[:40] or (status == 400 and given.startswith(b"400 "))
    assert b"<script>" not in given
    assert not muted(mine)


def test_slow_clients_are_cut_off_and_too_many_are_turned_away(mine, monkeypatch):
    monkeypatch.setattr(unsubscribe_server, "LONGEST", 1.0)
    monkeypatch.setattr(unsubscribe_server, "AT_ONCE", 2)
    with listening() as address:
        slow = [socket.create_connection(address, 20) for _ in range(2)]
        for client in slow:
            client.sendall(b"GET / HT")
        third = socket.create_connection(address, 20)
        assert third.recv(10) == b""  # no place
        for client in slow:
            assert client.recv(10) in {b"", b"HTTP/1.0 4"}  # cut off
            client.close()
        third.close()
        # The places are free again.
        assert ask(address, "GET", link(mine))[0] == 200


def test_the_command_says_where_it_listens_and_what_is_missing(make_home):
    import os
    import signal
    import subprocess
    import sys

    from tests.services.group import free_port

    home = make_home()
    mine = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    port = free_port()
    command = [
        sys.executable,
        "-u",
        "-m",
        "cli",
        "alerts",
        "listen",
        "--bind",
        f"127.0.0.1:{port}",
        "--home",
        str(home.path),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout.readline() == f"listening on http://127.0.0.1:{port}/alerts/mute/\n"
        assert ask(("127.0.0.1", port), "POST", link(mine), ONE_CLICK)[0] == 200
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "messages carry no such link yet" in said
    assert mine.mute_token not in said
    assert muted(mine)


@pytest.mark.parametrize("bind", ["", "x", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "localhost:80", "1.2.3.4:x"])
def test_addresses_that_are_none(bind):
    from cli.alerts_listen import _address
    from config.errors import ConfigError

    with pytest.raises(ConfigError):
        _address(bind)
