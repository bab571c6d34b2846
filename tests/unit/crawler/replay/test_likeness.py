"""What counts as the same question in other words, and what never does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.replay.likeness import question, same_file, statement

from .scene import NOON

LATER = NOON + timedelta(days=30, seconds=2)
"""When it was captured, or is shown: times that are the present then."""
MS, LATER_MS = int(NOON.timestamp() * 1000), int(LATER.timestamp() * 1000)


@pytest.mark.parametrize(
    ("asked", "captured"),
    [
        ("a=1&b=2", "b=2&a=1"),
        ("x=1&_=17", "x=1&_=4711"),
        ("x=1&_=17", "x=1"),
        ("nocache=0.5", "nocache=0.25"),
        (f"{LATER_MS}", f"{MS}"),
        (f"q=%20a&stamp={LATER_MS}", f"q=+a&stamp={MS + 900}"),
        (f"t={LATER_MS // 1000}", f"t={MS // 1000}"),
        ("r=0.123456789012", "r=0.98765432101"),
        ("until=2026-04-01T12:00:03.5Z", "until=2026-03-02T12:00:01Z"),
    ],
)
def test_times_that_are_the_present_and_numbers_drawn_are_no_difference(asked: str, captured: str):
    assert question(f"https://a.example/x?{asked}", LATER) == question(f"https://a.example/x?{captured}", NOON)


@pytest.mark.parametrize(
    ("asked", "captured"),
    [
        ("page=2", "page=1"),
        ("page=2", ""),
        ("id=1795339232748", "id=1795339232749"),
        (f"since={MS - 86_400_000}", f"since={MS}"),
        (f"{MS}", "x"),
        ("callback=jQuery1_2&a=1", "callback=jQuery3_4&a=1"),
        ("until=2026-03-02", "until=2026-04-01"),
        ("t=1", "t=2"),
        ("v=0.5", "v=0.6"),
        ("a=1&a=2", "a=1"),
        ("A=1", "a=1"),
    ],
)
def test_all_else_is_another_question(asked: str, captured: str):
    assert question(f"https://a.example/x?{asked}", LATER) != question(f"https://a.example/x?{captured}", NOON)


@pytest.mark.parametrize(
    ("sent", "captured"),
    [
        (b'{"a": 1, "at": %d}' % LATER_MS, b'{"at":%d,"a":1}' % MS),
        (b'[{"r": 0.8472910472}]', b'[{"r":0.1127391027}]'),
        (b"a=1&_=17", b"a=1&_=18"),
        (b"------Form1\r\nx\r\n------Form1--", b"------Form2\r\nx\r\n------Form2--"),
        (b"\xff\0", b"\xff\0"),
    ],
)
def test_bodies_that_say_the_same(sent: bytes, captured: bytes):
    assert statement(sent, LATER) == statement(captured, NOON)


@pytest.mark.parametrize(
    ("sent", "captured"),
    [
        (b'{"page": 2}', b'{"page": 1}'),
        (b'{"page": true}', b'{"page": 1}'),
        (b"page=2", b"page=1"),
        (b"[" * 3000, b"[" * 2999),
        (b"\xff\0", b"\xff\1"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', b'{"a":"' + b"x" * (1 << 20) + b'"}'),
    ],
)
def test_bodies_that_say_something_else(sent: bytes, captured: bytes):
    assert statement(sent, LATER) != statement(captured, NOON)


def test_only_styles_scripts_and_fonts_are_files_whose_query_names_a_release():
    assert same_file("https://a.example/app.JS?v=2", "text/javascript")
    assert same_file("https://a.example/own.woff2?x", "font/woff2")
    assert not same_file("https://a.example/app.js?v=2", "application/json")
    assert not same_file("https://a.example/picture.png?id=2", "image/png")
    assert not same_file("https://a.example/script?id=2", "text/javascript")
