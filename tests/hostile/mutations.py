"""Answers of portals that mean ill, made of honest ones: seeded, so that each can be had again."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from scrapy.http import Response, TextResponse

Path = tuple[str | int, ...]

LINKS = (
    b"javascript:alert(1)", b"data:text/html,x", b"file:///etc/passwd", b"//127.0.0.1/x", b"http://169.254.169.254/",
    b"../../../../etc/passwd", b"http://[::1", b"https://x.example:99999/", b"http://user:pw@x.example/",
    b"https://elsewhere.example/next?page=2", b"/(S(abcdefghijklmnopqrstuvwx))/a.pdf",
)  # fmt: skip
TEXTS = (
    b"", b" ", b"<b onclick=1>x</b><script>", b"2026-13-45", b"0000-00-00", b"99999-01-01T00:00:00Z", b"NaN",
    b"-1", b"a" * 100_000, b"9" * 5_000, "\u202eabc".encode(), "\u0661\u0662".encode(), "\u00b2".encode(),
)  # fmt: skip
VALUES = (
    b"null", b"[]", b"{}", b"[null]", b"[[]]", b"[{}]", b"true", b"-1", b"0", b"1.5", b"1e308", b"1e400",
    b"9223372036854775808", b"9" * 5_000, b"NaN", b"[" * 900 + b"]" * 900, rb'"\u0000"', rb'"\ud800x"', rb'"\u0007\u001b[31m"',
    *(b'"' + text + b'"' for text in (*LINKS, *TEXTS)),
)  # fmt: skip
"""What a JSON value becomes."""
DIGITS = (b"9" * 5_000, b"9" * 25, "\u00b2".encode(), "\u0663".encode(), b"0", b"-1", b"1e400")
MARKUP = (b"\x00", b"\xff\xfe", b"<" * 50, b"&#0;&#xD800;", b"x' onx='y", b'"', *LINKS, *TEXTS)
PIECE = re.compile(rb'(?<=>)[^<]+(?=<)|(?<==")[^"]*(?=")|<[^>]+>')
COUNTS = re.compile(r"total|count|pages|hits", re.IGNORECASE)
NUMBERS = re.compile(r".*(?:id|ID|Id|number|_num)\Z")


def mutated(response: Response, chance: random.Random) -> Response:
    """`response` with one thing, or a few numbers, that no honest portal says."""
    if not isinstance(response, TextResponse):
        return response
    way = chance.random()
    if way < 0.05 and response.headers:
        name = chance.choice(sorted(response.headers))
        value = chance.choice((b"9" * 5_000, b"-1", b"", b"\xff\x00", "\u0662".encode(), b"http://169.254.169.254/"))
        return response.replace(headers={**response.headers, name: [value]})
    body = response.body
    if way < 0.4:
        return response.replace(body=_other_digits(body, chance))
    try:
        value = json.loads(body)
    except ValueError:
        return response.replace(body=_other_markup(body, chance))
    if way < 0.45:
        return response.replace(body=body[: chance.randrange(len(body))])
    return response.replace(body=_written(value, chance.choice(list(_paths(value))), chance.choice(VALUES)))


def endless(response: Response, asked: str, number: int, *, fresh: bool) -> Response:
    """`response` as if there were no end: totals without bound, a next page always, and with `fresh` rows never seen."""
    headers = dict(response.headers)
    headers |= {name: [b"999999999"] for name in headers if name.lower().startswith(b"x-wp-total")}
    try:
        value = _grown(json.loads(response.body), number, fresh=fresh)
    except ValueError:
        body = re.sub(rb"(Page \d+ of )\d+( \()\d+", rb"\g<1>999999\g<2>9999999", response.body)
        return response.replace(body=body, headers=headers)
    if isinstance(value, dict) and "next" in value:
        value["next"] = f"{asked.split('&cursor=', maxsplit=1)[0]}&cursor=c{number}"
    return response.replace(body=json.dumps(value).encode(), headers=headers)


def _grown(value: Any, number: int, *, fresh: bool) -> Any:
    if isinstance(value, list):
        return [_grown(item, number, fresh=fresh) for item in value]
    if not isinstance(value, dict):
        return value
    grown: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, int) and not isinstance(item, bool) and COUNTS.search(name):
            grown[name] = 10**9
        elif fresh and NUMBERS.fullmatch(name) and isinstance(item, int) and not isinstance(item, bool):
            grown[name] = item + number * 1_000_003
        elif fresh and NUMBERS.fullmatch(name) and isinstance(item, str) and item.isdigit():
            grown[name] = str(int(item) + number * 1_000_003)
        else:
            grown[name] = _grown(item, number, fresh=fresh)
    return grown


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(item, (*path, name))


def _written(value: Any, target: Path, other: bytes, path: Path = ()) -> bytes:
    """`value` as JSON with `other` in the place of what stands at `target`."""
    if path == target:
        return other
    if isinstance(value, dict):
        items = (
            json.dumps(name).encode() + b":" + _written(item, target, other, (*path, name))
            for name, item in value.items()
        )
        return b"{" + b",".join(items) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(_written(item, target, other, (*path, at)) for at, item in enumerate(value)) + b"]"
    return json.dumps(value).encode()


def _other_digits(body: bytes, chance: random.Random) -> bytes:
    found = [match.span() for match in re.finditer(rb"\d+", body)]
    for start, end in sorted(chance.sample(found, min(len(found), chance.choice((1, 1, 5, 40)))), reverse=True):
        body = body[:start] + chance.choice(DIGITS) + body[end:]
    return body


def _other_markup(body: bytes, chance: random.Random) -> bytes:
    found = [match.span() for match in PIECE.finditer(body)]
    if not found:
        return chance.choice(MARKUP)
    start, end = chance.choice(found)
    piece = body[start:end]
    tag = b"<p>" if piece.startswith(b"<") else b""
    pieces = (body[:start], b"", piece * chance.choice((2, 50)), tag + chance.choice(MARKUP))
    way = chance.choices(range(4), (1, 1, 1, 7))[0]
    return pieces[0] if way == 0 else body[:start] + pieces[way] + body[end:]
