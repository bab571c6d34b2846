"""Reading a page with stated cardinality: what is not as expected raises, and never reads as "nothing there".

A `Part` is a page or an element of it. Each look-up says how many elements it expects: `one`,
`optional` (0 or 1), `some` (1 or more), `many` (0 or more). Everything else raises `PageError` with
the URL, the selector, what was expected and what was found.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from releases.text.html import depth
from spiders.errors import PageError
from spiders.xpath import PageRoot, is_xpath

NAVIGATION = frozenset({"nav", "header", "footer", "aside"})
"""Elements whose links lead around a site; 118 of 2,275 report links once came out of one of these."""
NAVIGATION_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar"})
NAVIGATION_CLASSES = frozenset({"menu", "navbar", "nav", "breadcrumb", "breadcrumbs", "site-header", "site-footer"})
INLINE = frozenset({"a", "abbr", "b", "bdi", "bdo", "code", "em", "font", "i", "mark", "q", "s", "small", "span",
                    "strong", "sub", "sup", "u", "wbr"})  # fmt: skip
"""Elements that do not part the words around them."""
SILENT = frozenset({"script", "style", "template", "noscript", "-comment"})
SPACE = re.compile(r"[\s\u00a0\u200b\ufeff]+")
DEEPEST = 2000
"""Nested elements of a page that is read. Real pages have dozens, and browsers stop at 512."""
MOST_TAGS = 500_000
"""Tags of a page that is read; each costs some hundred bytes of memory. Long lists have some 50,000."""
C0_OR_SPACE = "".join(map(chr, range(33)))
"""What browsers take off both ends of a link (WHATWG URL, section 4.4)."""
EMPTY = frozenset({"", "-", "\u2013", "\u2014", "--"})
"""How agencies print "nothing"."""


class Part:
    """A page, or an element of it, that knows its page's URL."""

    __slots__ = ("_node", "_root", "url")

    def __init__(self, url: str, node: LexborNode, root: PageRoot | None = None) -> None:
        self.url = url
        self._node = node
        self._root = root or PageRoot(url, node)

    def many(self, selector: str) -> list[Part]:
        """Every element that matches the CSS selector or XPath (it begins with `/` or `./`), in page order."""
        if is_xpath(selector):
            found = self._root.mirror().find(self.url, self._node, selector)
        else:
            found = self._node.css(selector)
        return [Part(self.url, node, self._root) for node in found]

    def some(self, selector: str) -> list[Part]:
        """At least one element. Raises PageError."""
        found = self.many(selector)
        if not found:
            raise PageError(self.url, selector, "at least 1 element", "none")
        return found

    def optional(self, selector: str) -> Part | None:
        """The only element, or None. Raises PageError when there are several."""
        found = self.many(selector)
        if len(found) > 1:
            raise PageError(self.url, selector, "at most 1 element", str(len(found)))
        return found[0] if found else None

    def one(self, selector: str) -> Part:
        """Exactly one element. Raises PageError."""
        found = self.many(selector)
        if len(found) != 1:
            raise PageError(self.url, selector, "1 element", str(len(found)) if found else "none")
        return found[0]

    def children(self, *tags: str) -> list[Part]:
        """The elements directly inside it that have one of these tags, in page order."""
        return [Part(self.url, node, self._root) for node in self._node.iter() if node.tag in tags]

    @property
    def tag(self) -> str:
        return self._node.tag or ""

    @property
    def identity(self) -> int:
        """A number that only this element of its page has."""
        return self._node.mem_id

    @property
    def html(self) -> str:
        """The element's own markup, as parsed."""
        return self._node.html or ""

    @property
    def text(self) -> str:
        """Its text with runs of white space made one space; scripts, styles and comments are no text."""
        return tidy(self._visible())

    @property
    def source(self) -> str:
        """What stands between its tags: the code of a script."""
        return self._node.text(deep=True, separator="", strip=False)

    def attribute(self, name: str) -> str:
        """The attribute's value, stripped; empty when it has none."""
        return (self._node.attributes.get(name) or "").strip()

    def has(self, name: str) -> bool:
        """Whether it has the attribute, with a value or without."""
        return name in self._node.attributes

    @property
    def href(self) -> str:
        """Where the link leads, absolute and cleaned. Raises PageError when it leads nowhere."""
        link = self.address("href")
        if not link:
            raise PageError(self.url, "a[href]", "an http(s) link", repr(self.attribute("href")))
        return link

    def address(self, name: str) -> str:
        """The attribute as an absolute http(s) link, from the page's `<base>` where it has one; else empty."""
        return clean_link(self._root.base, self.attribute(name))

    def links(self, selector: str = "a[href]") -> list[Part]:
        """Links to other http(s) addresses, never one inside the site's navigation, in page order."""
        around: dict[int, bool] = {}
        return [part for part in self.many(selector) if part.address("href") and not part.in_navigation(around)]

    def label(self, longest: int = 500) -> str:
        """Its `text`, of which no more than `longest` pieces are read: for links that may hold a whole page."""
        return tidy(self._visible(longest))[:longest]

    def in_navigation(self, known: dict[int, bool] | None = None) -> bool:
        """Whether it stands in a nav, header, footer, menu or breadcrumb.

        Args:
            known: element → answer, for those met before; those met now are added.
        """
        known = {} if known is None else known
        passed: list[int] = []
        node: LexborNode | None = self._node
        found = False
        while node is not None and not found:
            if node.mem_id in known:
                found = known[node.mem_id]
                break
            passed.append(node.mem_id)
            attributes = node.attributes if node.tag not in {"-undef", None} else {}
            classes = set((attributes.get("class") or "").lower().split())
            # A <header> inside an article is the article's head, not the site's.
            outside = node.tag in NAVIGATION and not (node.tag in {"header", "footer"} and _inside(node, "article"))
            found = bool(
                outside or (attributes.get("role") or "").lower() in NAVIGATION_ROLES or classes & NAVIGATION_CLASSES
            )
            node = node.parent
        known.update(dict.fromkeys(passed, found))
        return found

    def _visible(self, most: int = sys.maxsize) -> str:
        pieces: list[str] = []
        stack: list[LexborNode | str] = [self._node]
        while stack and most > 0:
            most -= 1
            node = stack.pop()
            if isinstance(node, str):
                pieces.append(node)
            elif node.tag == "-text":
                pieces.append(node.text(deep=False, strip=False))
            elif node.tag not in SILENT:
                gap = "" if node.tag in INLINE else " "
                stack.append(gap)
                stack.extend(reversed(list(node.iter(include_text=True))))
                stack.append(gap)
        return "".join(pieces)


def parse(url: str, html: str) -> Part:
    """The page at `url` as a Part. Anything parses as HTML; whether it is the right page, look-ups say."""
    tags = html.count("<")
    if tags > MOST_TAGS:
        raise PageError(url, "the page", f"at most {MOST_TAGS:,} tags", f"{tags:,}")
    if tags > DEEPEST and (levels := depth(html.encode("utf-8", "replace"))) > DEEPEST:
        raise PageError(url, "the page", f"elements nested at most {DEEPEST} deep", f"up to {levels} levels")
    root = LexborHTMLParser(html).root
    if root is None:
        raise PageError(url, "the page", "an HTML page", "an empty answer")
    return Part(url, root)


def tidy(text: str) -> str:
    """White space as one space, none at the ends; no-break and zero-width spaces are white space."""
    return SPACE.sub(" ", text).strip()


def printed(text: str) -> str | None:
    """The tidy text, or None where the page prints only a dash."""
    value = tidy(text)
    return None if value in EMPTY else value


def clean_link(base: str, href: str) -> str:
    """`href` made absolute, or "" where it is no http(s) link.

    Real pages have literal newlines and tabs inside links (browsers drop them, so do we) and `&amp;`
    written twice, which a parser leaves as `&amp;`.
    """
    href = re.sub(r"[\r\n\t]", "", href).strip(C0_OR_SPACE).strip().replace("&amp;", "&").replace(" ", "%20")
    if not href or href.startswith("#"):
        return ""
    try:
        link = urljoin(base, href)
        parts = urlsplit(link)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    return link.split("#", 1)[0]


def iso(url: str, what: str, text: str, forms: Mapping[str, str]) -> str | None:
    """A printed date as ISO 8601, or None where a dash stands for none.

    Args:
        url: the page, for the error.
        what: what the date is, for the error.
        text: as printed.
        forms: `strptime` form → ISO form, e.g. {"%m-%d-%Y": "%Y-%m-%d"}; only forms this portal is
            known to use, so that 03-04-2019 is never guessed at.

    Raises:
        PageError: none of the forms fits.
    """
    value = printed(text)
    if value is None:
        return None
    for form, out in forms.items():
        try:
            return datetime.strptime(value.upper(), form).strftime(out)  # noqa: DTZ007  as printed: no zone is claimed
        except ValueError:
            continue
    raise PageError(url, what, "a date as " + " or ".join(forms), repr(value))


def columns(table: Part, layouts: Mapping[str, Mapping[str, str]]) -> tuple[str, list[str]]:
    """Which layout a table has, and the field of each column, by header text and never by position.

    Args:
        table: the table; headers inside comments are no headers.
        layouts: name of a layout → header in lower case → field. A field may have several headers.

    Returns:
        The layout's name, and field names in the order of the columns.

    Raises:
        PageError: the headers fit no layout exactly; it names expected and found columns.
    """
    found = [cell.text for cell in table.many("thead th, thead td")]
    for layout, known in layouts.items():
        names = [known.get(header.lower(), "") for header in found]
        if len(names) == len(set(names)) and set(names) == set(known.values()):
            return layout, names
    expected = " or ".join(
        _quoted({field: header for header, field in known.items()}.values()) for known in layouts.values()
    )
    there = f"the columns {_quoted(found)}" if found else "no columns"
    raise PageError(table.url, "thead th", f"the columns {expected}", there)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def cells(row: Part, names: list[str]) -> dict[str, Part]:
    """The cells of a row by field name. Raises PageError when there are more or fewer than columns."""
    found = row.children("td", "th")
    if len(found) != len(names):
        raise PageError(row.url, "tr > td", f"{len(names)} cells", str(len(found)))
    return dict(zip(names, found, strict=True))


def _inside(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == tag:
            return True
        parent = parent.parent
    return False
