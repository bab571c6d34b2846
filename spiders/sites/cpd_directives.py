"""The Chicago Police Department's Department Directives System: orders, notices, forms, contracts.

Two generations, told apart by the portal file (`ids`):

- **Contents and pages** (until about 2021; real markup of 2015 to 2017): `directives/data/toc.html` lists every
  directive once, under its class and index category; each is a page `<guid>.html` whose head says number, issue
  and effective date, what it rescinds, and category. Identity is the guid: in kept copies it outlived six years
  of revisions, while title, number and category of a directive changed.
- **Numbered PDFs** (since; read in three programs' code, 2025 and 2026): `/api/publicDirective/<number>` is a
  PDF, or 404. No list of the numbers is known, so the portal file names them, singly or as a range, and with
  `also` the printed index of all directives. Identity is that number. What is in a PDF is searched and compared
  as any file is.

The printed number (`S03-14`) is an alias: two directives may print the same one (the version in force and the
one that takes effect next month).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import File, ListingPage, Note, Page, Record, Sighting, Value
from spiders.errors import PageError
from spiders.lines import lines_of
from spiders.links import is_document, kind_of
from spiders.page import Part, iso, printed, tidy
from spiders.parameters import read_parameters, wrong_parameter
from spiders.portal_spider import Output, PortalSpider

GUID = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{3,16}){3,5})\.html\Z")
LEVEL = re.compile(r"level([1-9])")
NUMBER = r"[A-Z]\d\d-\d\d[A-Z]?(?:-\d\d[A-Z]?)*"
NUMBERED = re.compile(rf"(?P<class>[A-Z][A-Za-z ]+) (?P<number>{NUMBER})")
UNNUMBERED = re.compile(r"[A-Z][A-Za-z ]+")
"""Guides, forms and contracts print their class alone (`Resources`)."""
OFFERED = re.compile(r"filename=\"?([^\";/\\]{1,200}?)(?:\.pdf)?\"?(?:;|\Z)", re.IGNORECASE)
LABELS = {"Issue Date:": "issue_date", "Effective Date:": "effective_date", "Rescinds:": "rescinds", "Index Category:": "index_category"}  # fmt: skip
DATES = {"%d %B %Y": "%Y-%m-%d"}
RANGE = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
MOST_NUMBERS = 5_000
NEAR_THE_END = 10
"""Numbers between the highest that is there and the highest asked for, below which somebody should ask for more."""
NO_PDF = [404, 410]


class DirectivesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of a directives portal."""

    ids: tuple[str, ...] = ()
    """Numbers of `/api/publicDirective/<number>` to ask for: `"6120"`, or `"6000-6400"`. Without it, `url` is
    the table of contents."""
    names: dict[str, str] = {}
    """What a number stands for, where somebody has looked: `6120 = "S03-14 Body Worn Cameras"`."""
    also: tuple[str, ...] = ()
    """Further documents, such as the printed index of all directives; with `ids` only."""


class CpdDirectivesSpider(PortalSpider):
    """A table of contents and a page per directive, or a PDF per number."""

    extractor = "cpd-directives 1"
    settings_type = DirectivesSettings
    says_nothing_of_extraction = frozenset({"ids"})
    delay = 1.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        said = read_parameters(portal, DirectivesSettings)
        self._names = said.names
        documents = {str(number): f"/api/publicDirective/{number}" for number in _numbers(portal, said.ids)}
        if said.also and not documents:
            raise wrong_parameter(portal, "also", said.also, "say with `ids` which directives there are")
        if unknown := sorted(said.names.keys() - documents.keys()):
            raise wrong_parameter(portal, f"names.{unknown[0]}", said.names[unknown[0]], "`ids` has no such number")
        documents |= {urlsplit(urljoin(portal.url, path)).path: path for path in said.also}
        self._documents = {key: urljoin(portal.url, path) for key, path in documents.items()}
        self._unread = set(self._documents)
        self._there: set[str] = set()

    def first(self) -> Iterable[scrapy.Request]:
        if not self._documents:
            yield self.request(self.portal.url, self.contents)
        for key, url in self._documents.items():
            request = self.request(url, self.document, key=key, asked=url)
            request.meta["handle_httpstatus_list"] = NO_PDF
            yield request

    def contents(self, response: Response) -> Iterator[Output]:
        """The table of contents: a tree of links, of which those that lead nowhere are headings."""
        page = self.page(response)
        above: dict[int, str] = {}
        found: dict[str, tuple[str, list[str], str]] = {}
        for link in page.some("#menuTree a[class^=level]"):
            level = LEVEL.fullmatch(link.attribute("class"))
            if level is None:
                raise PageError(page.url, "#menuTree a", "class `level1` to `level9`", repr(link.attribute("class")))
            depth, title = int(level[1]), link.text
            above = {at: name for at, name in above.items() if at < depth} | {depth: title}
            if not link.address("href"):
                continue
            key, address = _place(link.address("href"))
            if key in found:
                raise PageError(page.url, "#menuTree a", f"{key} once", "twice")
            found[key] = (address, [name for at, name in sorted(above.items()) if at < depth], title)
            yield Sighting(key, address)
        if not found:
            raise PageError(page.url, "#menuTree a[href]", "at least 1 directive", "headings alone")
        yield ListingPage(page.url, 1, len(found), last=True)
        lines = [" > ".join([*path, title]) for _, path, title in found.values()]
        yield Page(page.url, "Table of contents", "\n".join(lines))
        for key, (address, path, title) in found.items():
            yield self.request(address, self.directive, key=key, path=path, listed=title)

    def directive(self, response: Response, key: str, path: list[str], listed: str) -> Iterator[Output]:
        """A directive's own page."""
        page = self.page(response)
        # A directive with addenda has one more, empty, for each of them.
        body = page.one("[name=directive]:has(table.DirectiveTitleTable)")
        head = body.one("table.DirectiveTitleTable")
        title = tidy(head.one(".CPDTitle").text)
        if not title:
            raise PageError(page.url, ".CPDTitle", "a title", "none")
        kind, number = _numbered(head.one(".CPDDirectiveTypeAndNumber"))
        said, name = _labelled(head), f"{number} {title}" if number else title
        signed, serial = body.optional(".DirectiveSuperintendent"), body.optional(".DirectiveNumberBottom")
        text = lines_of(_without(body, head, signed, serial))
        if not text:
            raise PageError(page.url, "[name=directive]", "the directive's words", "a head without a text")
        fields: dict[str, Value] = {
            "number": number,
            "class": kind,
            "issue_date": iso(page.url, "Issue Date", said["issue_date"], DATES),
            "effective_date": iso(page.url, "Effective Date", said["effective_date"], DATES),
            "rescinds": printed(said["rescinds"]),
            "index_category": printed(said["index_category"]),
            "contents": path,
            # Only where the contents call it otherwise: a new title need not be told twice.
            "listed_as": None if listed == title else printed(listed),
            "signed": printed(signed.text) if signed else None,
            "serial": printed(serial.text) if serial else None,
            "marked_as_revised": [part.text for part in body.many(".WysiwygItalicDoubleUnderline") if part.text],
            "text": text,
        }
        yield Record(
            key=key, kind="directive" if number else "resource", url=_place(page.url)[1], title=name, fields=fields,
            files=_files(body), aliases=(number,) if number else (), raw=body.html, text=text,
        )  # fmt: skip
        yield Page(_place(page.url)[1], name, text)

    def document(self, response: Response, key: str, asked: str) -> Iterator[Output]:
        """What stands under a number: a PDF, or nothing. `asked` is the address before redirects."""
        self._unread.discard(key)
        if response.status not in NO_PDF:
            if not response.body.startswith(b"%PDF-"):
                kind = (response.headers.get("Content-Type") or b"no media type").decode("latin-1")
                raise PageError(response.url, "the directive", "a PDF, or 404", f"{kind}, {len(response.body)} bytes")
            self._there.add(key)
            yield Sighting(key, asked)
            yield self._document(key, asked, _offered_name(response))
        if not self._unread:
            if not self._there:
                raise PageError(response.url, "the directives (parameters.ids)", "at least 1 PDF", "none")
            # Nobody lists the numbers: beyond those that were asked for there may be more.
            yield ListingPage(self.portal.url, 1, len(self._there), last=True, capped=1)
            numbers = [int(key) for key in self._documents if key.isdigit()]
            if max(numbers) - max((int(key) for key in self._there if key.isdigit()), default=0) < NEAR_THE_END:
                yield Note(
                    f"directives are there up to the highest numbers asked for ({max(numbers)}): raise parameters.ids"
                )

    def _document(self, key: str, url: str, offered: str) -> Record:
        if not key.isdigit():
            name = key.rsplit("/", 1)[-1]
            return Record(key, "resource", url, name, files=(File(url, name, kind_of(url)),))
        number = re.match(NUMBER, title := self._names.get(key, offered)) or re.match(NUMBER, offered)
        title = title or f"Directive {key}"
        return Record(
            key, "directive", url, title, fields={"number": number[0] if number else None},
            files=(File(url, f"{title}.pdf", "policy"),), aliases=(number[0],) if number else (),
        )  # fmt: skip


def _numbers(portal: Portal, said: tuple[str, ...]) -> tuple[int, ...]:
    """Numbers in the order named, each once. Raises ConfigError."""
    numbers: dict[int, None] = {}
    for text in said:
        found = RANGE.fullmatch(text)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if first > last:
            raise wrong_parameter(portal, "ids", text, "use numbers such as '6120', or ranges such as '6000-6400'")
        if last - first >= MOST_NUMBERS or len(numbers) + last - first >= MOST_NUMBERS:
            raise wrong_parameter(portal, "ids", text, f"at most {MOST_NUMBERS:,} numbers can be asked for")
        numbers |= dict.fromkeys(range(first, last + 1))
    return tuple(numbers)


def _offered_name(response: Response) -> str:
    """The name under which the server offers the file, without its ending, where that begins with a number."""
    said = (response.headers.get("Content-Disposition") or b"").decode("latin-1")
    found = OFFERED.search(said)
    name = tidy(found[1].replace("_", " ")) if found is not None else ""
    return name if re.match(NUMBER, name) else ""


def _place(link: str) -> tuple[str, str]:
    """A directive's guid and its address; `?ownapi=1` and `?bv=288` only say who links to it."""
    parts = urlsplit(link)
    found = GUID.search(parts.path)
    if found is None:
        raise PageError(link, "a directive's address", "…/<guid>.html", parts.path)
    return found[1], f"{parts.scheme}://{parts.netloc}{parts.path}"


def _numbered(part: Part) -> tuple[str, str | None]:
    """`Special Order S03-14` as class and number; guides and forms have no number."""
    found = NUMBERED.fullmatch(part.text)
    if found is not None:
        return found["class"], found["number"]
    if UNNUMBERED.fullmatch(part.text) and part.text != "Chicago Police Department":
        return part.text, None
    raise PageError(part.url, ".CPDDirectiveTypeAndNumber", "a class and a number such as S03-14", repr(part.text))


def _labelled(head: Part) -> dict[str, str]:
    """The head's cells by their printed labels; each label once, and all four."""
    cells = [cell for row in head.some("tr.tr2") for cell in row.children("td", "th")]
    texts = [cell.text for cell in cells]
    found: dict[str, str] = {}
    for label, value in zip(texts[::2], texts[1::2], strict=False):
        name = LABELS.get(label)
        if name is None or name in found:
            raise PageError(head.url, "tr.tr2 td", f"the labels {list(LABELS)}, each once", repr(label))
        found[name] = value
    if missing := [label for label, name in LABELS.items() if name not in found]:
        raise PageError(head.url, "tr.tr2 td", f"the labels {list(LABELS)}", f"none of {missing}")
    return found


def _without(body: Part, *parts: Part | None) -> str:
    """The directive's markup without what stands in fields of its own."""
    markup = body.html
    for part in parts:
        if part is not None:
            markup = markup.replace(part.html, "", 1)
    return markup


def _files(body: Part) -> tuple[File, ...]:
    """Forms and contracts that the text links to."""
    found: dict[str, File] = {}
    for link in body.links():
        url = link.href
        if is_document(url):
            found.setdefault(url, File(url, link.text or url.rsplit("/", 1)[-1], kind_of(url)))
    return tuple(found.values())
