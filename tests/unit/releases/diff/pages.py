"""Plainly fictional pages and documents to be compared."""

from __future__ import annotations

from releases.facts.model import Box, PdfFacts, PdfPage

PAGE = """<!DOCTYPE html><html><head><title>{title}</title><meta name="csrf-token" content="{token}">
<script nonce="{token}">var t="{token}";</script></head><body class="{theme}">
<header><a href="/">Lake Harbor</a> <nav><ul><li><a href="/news">{news}</a></li></ul></nav></header>
<main><h1>Case 2031-014</h1><p>{text}</p>
<dl><dt>Status</dt><dd>{status}</dd></dl>
<table><tr><th>Date</th><th>Shots</th><th>Officer</th></tr>{rows}</table>
<p><a target="{theme}" href="/files/report.pdf?nonce={token}">Summary report</a> {links}</p>
<form><input type="hidden" name="__VIEWSTATE" value="{token}"></form>
<p>Page generated: {printed} in 0.{token} seconds</p><p>{views} views</p></main>
<footer>© 20{views} Lake Harbor, a fictional city</footer></body></html>"""
ROWS = (("2031-01-02", "3", "Fictman, O."), ("2031-01-05", "0", "Sample, P."), ("2031-02-11", "1", "Nobody, N."))


def page(**said: object) -> bytes:
    rows = said.pop("rows", ROWS)
    values = {
        "title": "Case 2031-014", "token": "11", "theme": "light", "news": "News", "status": "Open", "links": "",
        "text": "The officer was relieved of duty.", "printed": "2031-03-04 10:22 AM", "views": "31",
        **said, "rows": "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows),
    }  # fmt: skip
    return PAGE.format(**values).encode()


def facts(*pages: str | PdfPage, count: int | None = None, **metadata: str) -> PdfFacts:
    """Facts of pages that say this."""
    made = tuple(one if isinstance(one, PdfPage) else PdfPage(612, 792, len(one)) for one in pages)
    return PdfFacts(len(made) if count is None else count, made, metadata)


def boxed(*places: tuple[float, float], characters: int = 0, picture: str = "") -> PdfPage:
    boxes = tuple(Box(x, y, x + 100, y + 12, "path") for x, y in places)
    return PdfPage(612, 792, characters, boxes, 0, picture)


def paragraph(number: int, words: int = 60) -> str:
    """Text of a page that is like no other."""
    return "\n".join(" ".join(f"word{number}x{line * 7 + at}" for at in range(7)) for line in range(words // 7))
