"""Where our script is put into an archived document: before every script of its own, and after what has to stay first."""

from __future__ import annotations

from email.message import Message

import pytest

from web.outside.replay_guard import guarded, is_document

EVIL = b"<script>evil()</script>"


def _headers(**values: str) -> Message:
    made = Message()
    for name, value in values.items():
        made[name.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"<!doctype html>",
        b"\xef\xbb\xbf<!DOCTYPE html>\n",
        b"\xef\xbb\xbf",
        b" \n<!-- kept --><?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN' 'http://w3.org/x.dtd'>",
    ],
)
def test_what_has_to_stay_first_does(before: bytes) -> None:
    made = guarded(before + EVIL, _headers(Content_Type="text/html"))
    assert made is not None
    assert made.startswith(before.rstrip(b"\n") + b"<script>//")
    assert made.endswith(b"</script>" + before[len(before.rstrip(b"\n")) :] + EVIL)


@pytest.mark.parametrize(
    "start",
    [
        b"<!-->" + EVIL + b"--><!doctype html>",
        b"<!--->" + EVIL + b"--><!doctype html>",
        b"<!-- --!>" + EVIL + b"--><!doctype html>",
        b"<!--\x1b$B-->\x1b(B" + EVIL + b"--><!doctype html>",  # ISO-2022-JP: for it, the first arrow is two letters
        b"<?" + EVIL + b"><!doctype html>",
        b"<!doctype" + EVIL + b">",
        b"\0<!doctype html>",
    ],
)
def test_what_only_looks_like_it_does_not(start: bytes) -> None:
    made = guarded(start + EVIL, _headers(Content_Type="text/html;charset=iso-2022-jp"))
    assert made is not None
    assert made.index(b"delete window") < made.index(b"evil()")
    assert made.startswith(b"<script>//")


@pytest.mark.parametrize(
    ("start", "headers"),
    [
        (EVIL, {"Content_Type": "text/html; charset=UTF-16LE"}),
        (EVIL, {"Content_Type": "text/html; charset=csUnicode"}),
        (b"\xff\xfe" + EVIL, {"Content_Type": "text/html"}),
        (b"\xfe\xff" + EVIL, {"Content_Type": "text/html"}),
        (EVIL, {"Content_Type": "text/html", "Content_Encoding": "gzip"}),
        (EVIL, {"Content_Type": "application/xhtml+xml"}),
        (EVIL, {"Content_Type": "image/svg+xml"}),
        (EVIL, {}),
    ],
)
def test_where_it_would_not_run_first_there_is_none(start: bytes, headers: dict[str, str]) -> None:
    assert guarded(start, _headers(**headers)) is None


def test_a_page_is_told_from_its_parts() -> None:
    assert is_document(_headers(Sec_Fetch_Dest="iframe", Accept="*/*"))
    assert not is_document(_headers(Sec_Fetch_Dest="empty", Accept="text/html"))
    assert is_document(_headers(Accept="text/html,application/xhtml+xml,*/*;q=0.8")), "a browser that does not say"
    assert not is_document(_headers(Accept="*/*"))
