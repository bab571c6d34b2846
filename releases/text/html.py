"""Title and text of an HTML page, for search: what it calls navigation, and scripts, are left out.

Nothing else is: guesses at an article's body leave out lists of links, and a list is what most pages
of an oversight agency are.
"""

from __future__ import annotations

import re
from collections import Counter
from importlib.metadata import version

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from releases.text.plain import decoded

ENGINE = f"recordwatch page text 2 (resiliparse {version('resiliparse')})"
MOST_BYTES = 32 * 1024**2
"""Of a page; the rest is not read."""
MOST_TREE = 8 * 1024**2
"""Bytes of a page whose tree is made; of a larger one, the text between tags."""
DEEPEST = 4000
"""Nested elements. Real pages have dozens; the time main text takes grows with the square of it."""
MOST_TAGS = 500_000
"""Tags of a page whose tree is made: each takes some hundred bytes of memory. Of others, the text between tags."""
MOST_TEXT = 5_000_000
"""Characters of a page's text."""
_UNSEEN = ["head", "script", "style", "template"]
_NAVIGATION = [
    "nav", "select", "body > header", "body > div > header", "body > footer", "body > div > footer",
    *(f"[role={role}]" for role in ("navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar")),
]  # fmt: skip
"""Selectors of what surrounds a page's content, by the page's own word."""

_NEVER_DEEP = 1000
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[ \t\u00a0]+")
_EDGES = re.compile(r" ?\n ?")
_LINES = re.compile(r"\n{3,}")


def html_text(body: bytes, charset: str = "") -> tuple[str, str]:
    """(title, main text) of a page; paragraphs are kept as lines. Never fails: a broken page gives what it has.

    Args:
        body: the page, content-decoded.
        charset: what the Content-Type header says; without it, BOM, `<meta>`, then a guess decide.
    """
    if not body.strip():
        return "", ""
    if len(body) > MOST_TREE or depth(body) > DEEPEST or body.count(b"<", 0, MOST_BYTES) > MOST_TAGS:
        return "", _tidy(re.sub(r"<[^<>]*>", " ", decoded(body[:MOST_BYTES], charset, html=True)))
    markup = decoded(body[:MOST_BYTES], charset, html=True)
    tree = HTMLTree.parse(markup)
    title = _tidy(tree.title or "").replace("\n", " ")
    return title, _words(tree, _UNSEEN + _NAVIGATION) or _words(tree, _UNSEEN)


def _words(tree: HTMLTree, skipped: list[str]) -> str:
    return _tidy(
        extract_plain_text(
            tree, preserve_formatting=True, main_content=False, list_bullets=False, alt_texts=False,
            skip_elements=skipped,
        )
    )  # fmt: skip


def _tidy(text: str) -> str:
    clean = _CONTROL.sub("", text[:MOST_TEXT])
    return _LINES.sub("\n\n", _EDGES.sub("\n", _SPACE.sub(" ", clean))).strip()


def depth(body: bytes) -> int:
    """An upper bound of how deep elements nest: per name, opening tags that were not closed."""
    if body.count(b"<") < _NEVER_DEEP:
        return 0
    now = most = 0
    opened: Counter[bytes] = Counter()
    for found in _TAG.finditer(body, 0, MOST_BYTES):
        closing, name = found[1], found[2].lower()
        if name in _FLAT:
            continue
        if not closing:
            opened[name] += 1
            now += 1
            most = max(most, now)
        elif opened[name]:
            opened[name] -= 1
            now -= 1
    return most


# Elements that hold nothing, or that close themselves when the next one of their kind comes.
_FLAT = frozenset(
    b"area base br col embed hr img input link meta param source track wbr li p td th tr option dt dd".split()
)
