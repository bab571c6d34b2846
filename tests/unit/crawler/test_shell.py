"""What is an empty shell, and what only looks like one."""

from __future__ import annotations

import pytest

from crawler.shell import LARGEST, is_shell

SCRIPT = "<script src=/main.js></script>"


@pytest.mark.parametrize(
    "body",
    [
        f"<div id=root></div>{SCRIPT}",
        f"<noscript>You need to enable JavaScript to run this app.</noscript><app-root></app-root>{SCRIPT}",
        f"<header>City of Lakeside</header><div id=app>Loading …</div>{SCRIPT}<footer><a href=/>Home</a></footer>",
        f"<script>{'var x = 1;' * 9000}</script><div id=__next></div>",
    ],
)
def test_shells(body: str):
    assert is_shell(f"<!DOCTYPE html><html><head><title>Portal</title></head><body>{body}</body></html>".encode())


@pytest.mark.parametrize(
    "body",
    [
        "<p>No records found.</p>",
        f"<ul><li><a href=/1>Report 1</a></ul>{SCRIPT}",
        f"<table><tr><td>1</table>{SCRIPT}",
        f"<p>{'word ' * 60}</p>{SCRIPT}",
        f"<iframe src=https://other.example/></iframe>{SCRIPT}",
        f"<form><input name=q></form>{SCRIPT}",
        SCRIPT + "".join(f"<a href=/{n}>{n}</a>" for n in range(5)),
        f"<div id=root></div>{SCRIPT}" + "<!-- -->" * LARGEST,
    ],
)
def test_pages_that_say_something(body: str):
    assert not is_shell(f"<!DOCTYPE html><html><body>{body}</body></html>".encode())


@pytest.mark.parametrize("body", [b"", b"\xff\xfe<script", b"<script>", b"%PDF-1.4 <script", b"<" * 5000 + b"<script"])
def test_garbage_is_looked_at_without_harm(body: bytes):
    assert is_shell(body) in {True, False}
