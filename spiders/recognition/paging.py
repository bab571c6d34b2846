"""How a list goes on: its link to the next page, or how its numbered pages are addressed."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlsplit

from spiders.listing_hints import NEXT, OF, TOTAL
from spiders.page import Part

_PARAMETER = re.compile(r"page|p|pg|paged|sf_paged|page_?(?:no|num|number|index)|start_page", re.IGNORECASE)
_LABELS = ("Next", "Next page", "Next Page", "Next ›", "Next »", "Next →", "›", "»", "Older posts", "Older")
_SAYING = "p, div, span, li, td, caption, small, strong, b"
"""Elements that may say how much there is."""
_CLASS = re.compile(r"[A-Za-z_][\w-]*\Z")
_MOST = 2_000


def paging(page: Part) -> dict[str, object]:
    """`next`, or `pages` with `first_page`, and `last` and `total` where the page says them; empty where nothing leads on."""
    on = _following(page)
    return {**on, **_counts(page)} if on else {}


def _counts(page: Part) -> dict[str, object]:
    """Where the page says how many pages and records there are: the innermost element, if its class is its own."""
    found: dict[str, object] = {}
    for part in page.many(_SAYING)[:_MOST]:
        text = part.label(200)
        for name, pattern in (("last", OF), ("total", TOTAL)):
            if len(text) < 150 and pattern.search(text):
                classes = [one for one in part.attribute("class").split() if _CLASS.match(one)]
                selector = ".".join([part.tag, *classes])
                if classes and len(page.many(selector)) == 1:
                    found[name] = {"select": selector, "pattern": f"(?i){pattern.pattern}"}
    return found


def _following(page: Part) -> dict[str, object]:
    for selector in (*NEXT, *(f"//a[normalize-space(.)='{label}']" for label in _LABELS)):
        found = {link.address("href") for link in page.many(selector)} - {"", page.url}
        if len(found) == 1:
            return {"next": selector}
    return _numbered(page)


def _numbered(page: Part) -> dict[str, object]:
    """Links labelled 2, 3, … whose addresses differ in one number alone."""
    here = urlsplit(page.url)
    for link in page.many("a[href]")[:_MOST]:
        label, href = link.label(10), link.address("href")
        if label not in {"2", "3"} or urlsplit(href).netloc != here.netloc:
            continue
        parts = urlsplit(href)
        for name, value in parse_qsl(parts.query):
            if _PARAMETER.fullmatch(name) and value.isdigit() and int(label) - int(value) in {0, 1}:
                rest = [(n, v) for n, v in parse_qsl(parts.query, keep_blank_values=True) if n != name]
                query = "&".join([*(f"{quote(n)}={quote(v)}" for n, v in rest), f"{quote(name)}={{n}}"])
                return _template(f"{parts.path}?{query}", int(label) - int(value))
        if found := re.fullmatch(r"(.*/page/)(\d+)(/?)", parts.path):
            return _template(f"{found[1]}{{n}}{found[3]}", int(label) - int(found[2]))
    return {}


def _template(pages: str, behind: int) -> dict[str, object]:
    return {"pages": pages, **({"first_page": 0} if behind == 1 else {})}
