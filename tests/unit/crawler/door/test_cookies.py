"""Cookies against hosts that mean no good, and URLs that are hardly any."""

from __future__ import annotations

import socket
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.capture.cookies import MOST_BYTES, MOST_PER_DOMAIN, Cookies, is_public_suffix
from crawler.capture.redirects import BadAddress, clean, redirect_target


def jar(url: str, *values: bytes) -> Cookies:
    cookies = Cookies()
    cookies.store(url, [(b"Set-cookie", value) for value in values])
    return cookies


def test_the_bytes_of_a_value_come_back():
    assert jar("http://a.org/", b"k=\xff\xfe; Path=/; HttpOnly").header("http://a.org/x") == b"k=\xff\xfe"


@pytest.mark.parametrize(
    ("domain", "host", "sent_to", "sent"),
    [("example.org", "www.example.org", "files.example.org", True), ("org", "www.example.org", "other.org", False),
     ("co.uk", "a.co.uk", "b.co.uk", False), ("github.io", "a.github.io", "b.github.io", False),
     ("other.org", "www.example.org", "other.org", False), ("127.0.0.1", "127.0.0.1", "127.0.0.1", True),
     ("0.0.1", "127.0.0.1", "128.0.0.1", False)],
)  # fmt: skip
def test_which_hosts_a_domain_reaches(domain, host, sent_to, sent):
    cookies = jar(f"http://{host}/", f"k=v; Domain={domain}".encode())
    assert bool(cookies.header(f"http://{sent_to}/")) is sent


def test_a_cookie_without_domain_stays_with_its_host_and_path():
    cookies = jar("https://a.example.org/x/y", b"here=1", b"all=1; Path=/", b"safe=1; Path=/; Secure")
    assert cookies.header("https://a.example.org/x/z") == b"here=1; all=1; safe=1"
    assert cookies.header("http://a.example.org/") == b"all=1"
    assert cookies.header("https://b.example.org/x/") == b""


def test_an_expired_cookie_is_gone():
    cookies = jar("http://a.org/", b"k=v")
    cookies.store("http://a.org/", [(b"Set-Cookie", b"k=; Max-Age=0")])
    assert cookies.header("http://a.org/") == b""


def test_a_hostile_host_cannot_grow_our_requests():
    cookies = jar("http://a.org/", *(f"k{number}=v; Path=/".encode() for number in range(500)))
    assert cookies.header("http://a.org/").count(b"=") == MOST_PER_DOMAIN
    cookies.store("http://a.org/", [(b"Set-Cookie", b"k0=changed; Path=/")])
    assert b"k0=changed" in cookies.header("http://a.org/")
    assert jar("http://b.org/", b"k=" + b"x" * MOST_BYTES, b"c=a\x01b", b"fine=1").header("http://b.org/") == b"fine=1"


def test_a_spiders_cookie_cannot_smuggle_headers():
    cookies = Cookies()
    cookies.put("http://a.org/", "k", "v\r\nX-Evil: 1")
    assert b"\n" not in cookies.header("http://a.org/")
    assert b"\r" not in cookies.header("http://a.org/")


def test_suffixes_come_with_the_package(monkeypatch):
    def refuse(*_args: object) -> None:
        raise AssertionError("the list of public suffixes must not be downloaded")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert is_public_suffix("com")
    assert not is_public_suffix("chicagocopa.org")


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_no_set_cookie_breaks_a_crawl(values):
    header = jar("http://a.org/x/", *values).header("http://a.org/x/y")
    assert b"\r" not in header
    assert b"\n" not in header


@given(st.text(max_size=60) | st.text(alphabet=string.printable, max_size=60).map(lambda text: f"http://{text}"))
def test_a_url_is_cleaned_or_refused(text):
    try:
        url = clean(text)
    except BadAddress:
        return
    assert clean(url) == url
    assert url.isascii()
    assert not set(url) & set(" \t\r\n#")


@given(st.binary(max_size=60))
def test_a_location_leads_somewhere_or_is_refused(raw):
    try:
        target = redirect_target("http://a.org/b/c?d", 302, raw.decode("latin-1"))
    except BadAddress:
        return
    assert target is None or target.startswith(("http://", "https://"))
