"""Project Flashlight of the ACLU of Connecticut: police contracts and commissions, town by town.

Evidence: the site's own text only (T; its pages as archived between 2022 and 2025). Known from it: sections
`/contracts`, `/police-commissions`, `/use-of-force` and, to come, suits and settlements; a menu of towns, cities and
institutions; a contract to download with a chart of key terms; of a commission the labels `Municipality`, `Police
Department:`, `Range of Authority:`, `How are the Commissioners Selected?`, `Number of Commissioners:`; "as data comes
in". Markup is not known. So menus are read as HTML defines them, entries by their labels, and everything
else is a PageError that says what was found; the sections' texts are kept as pages in any case.

Identity of a contract is town, employer and bargaining unit, never the PDF's name: it is what a reader follows. A
new term is a new version of that record, with the new PDF beside or instead of the old one. Were each term a record of
its own, every new contract would make the old one "withdrawn", which it is not; so one record tells `term_end` moved,
its date ahead counts anew, and both terms' PDFs are files of it, which `diff --clauses` compares.
A municipality and its commission are known by the town's name, a use of force and a lawsuit by their number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode, urljoin, urlsplit

import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Note, Page, Record, Sighting, Value
from spiders.errors import PageError
from spiders.labels import blocks, labelled
from spiders.page import Part, clean_link, iso, printed
from spiders.portal_spider import Output, PortalSpider
from spiders.sites import flashlight_fields as read

SECTIONS = {
    "contracts": re.compile(r"(?:police )?contracts", re.IGNORECASE),
    "police commissions": re.compile(r"(?:police )?commissions", re.IGNORECASE),
    "use of force": re.compile(r"use of force", re.IGNORECASE),
    "suits and settlements": re.compile(r"(?:law)?suits(?: (?:and|&) settlements)?|settlements", re.IGNORECASE),
}
"""Section → what its link says, or its address with blanks for dashes."""
ALWAYS = ("contracts", "police commissions")
LABELS = {
    "contracts": read.CONTRACT,
    "police commissions": read.COMMISSION,
    "use of force": read.FORCE,
    "suits and settlements": read.LAWSUIT,
}
ANCHOR = {
    "contracts": "employer",
    "police commissions": "town",
    "use of force": "number",
    "suits and settlements": "number",
}
NOT_YET = re.compile(r"\bas data comes in\b|\bwhen complete\b|\bcoming soon\b", re.IGNORECASE)
NO_UNION = re.compile(r"\bnot unionized\b|\bno (?:police )?(?:union|contract)\b", re.IGNORECASE)


class FlashlightSpider(PortalSpider):
    """The home page, its sections, and in each the towns."""

    extractor = "flashlight 1"

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:  # noqa: ARG003  the base class's arguments
        """Nowhere: a town's page answers whatever became of one of its contracts."""
        return ""

    def first(self) -> Iterable[scrapy.Request]:
        yield self.request(self.portal.url, self.home)

    def home(self, response: Response) -> Iterator[Output]:
        page = self.page(response)
        found: dict[str, str] = {}
        for link in page.many("a[href]"):
            address = link.address("href")
            if not address or not self.in_scope(address):
                continue
            said = (link.label(100), urlsplit(address).path.strip("/").replace("-", " "))
            for name, words in SECTIONS.items():
                if any(map(words.fullmatch, said)):
                    found.setdefault(name, address)
        missing = [name for name in ALWAYS if not found.get(name)]
        if missing:
            raise PageError(
                page.url, "a[href]", f"links to {' and '.join(missing)}", str(sorted(found)) if found else "none"
            )
        for name, address in found.items():
            yield self.request(address, self.section, name=name)

    def section(self, response: Response, name: str) -> Iterator[Output]:
        """A section: its menu leads to the towns; or its entries stand on it."""
        page = self.page(response)
        heading = page.many("h1")
        yield Page(page.url, heading[0].text if heading else name, page.one("body").text)
        if page.many("[rel=next], .pager a, .pagination a"):
            raise PageError(page.url, "[rel=next]", "one page", "a link to a next one")
        if towns := menu(page):
            self.new_rows(page.url, name, 1, towns)
            yield ListingPage(page.url, 1, len(towns), last=True, total=len(towns), listing=name)
            for town, address in towns.items():
                yield self.request(address, self.town, name=name, town=town)
            return
        found = self._blocks(page, name)
        if not found and name not in ALWAYS and (words := NOT_YET.search(page.one("body").text)):
            yield EmptyMarker(page.url, words[0])
        elif not found:
            raise _nothing(page, name, "a menu of towns, or entries")
        yield ListingPage(page.url, 1, len(found), last=True, listing=name)
        for block in found:
            yield from self._entry(block, name, "")

    def town(self, response: Response, name: str, town: str) -> Iterator[Output]:
        page = self.page(response)
        found = self._blocks(page, name)
        if not found and not (name == "contracts" and NO_UNION.search(page.one("body").text)):
            raise _nothing(page, name, f"an entry for {town}")
        for block in found:
            yield from self._entry(block, name, town)

    def _blocks(self, page: Part, name: str) -> list[Part]:
        return blocks(page, LABELS[name][ANCHOR[name]])

    def _entry(self, block: Part, name: str, town: str) -> Iterator[Output]:
        if name == "contracts":
            yield from self._contract(block, town)
        elif name == "police commissions":
            yield from self._commission(block)
        else:
            yield from self._case(block, name)

    def _contract(self, block: Part, town: str) -> Iterator[Output]:
        found = read.told(block, read.CONTRACT)
        employer = read.required(block, found, "employer", read.CONTRACT)
        unit = read.required(block, found, "bargaining_unit", read.CONTRACT)
        key = read.key("contract", (town or employer, employer, unit))
        yield Sighting(key, block.url)
        files, letters = read.documents(block)
        fields: dict[str, Value] = {
            "town": town or employer, "employer": employer, "bargaining_unit": unit, **read.term(block.url, found),
            "policed_by": printed(found["policed_by"].value) if "policed_by" in found else None,
            "side_letters": letters, **read.practices(block),
        }  # fmt: skip
        yield self._record(key, "union_contract", block, f"{employer}: {unit}", fields, files)

    def _commission(self, block: Part) -> Iterator[Output]:
        found = read.told(block, read.COMMISSION)
        town = read.required(block, found, "town", read.COMMISSION)
        place, board = read.key("town", [town]), read.key("commission", [town])
        selection = printed(found["selection"].value) if "selection" in found else None
        has_board = selection is not None or ("members" in found and bool(printed(found["members"].value)))
        yield Sighting(place, block.url)
        if has_board:
            yield Sighting(board, block.url)
        policed = read.required(block, found, "policed_by", read.COMMISSION)
        fields: dict[str, Value] = {"town": town, "policed_by": policed, "has_commission": "yes" if has_board else "no"}
        # Its text is its own alone: what is printed of the commission is the commission's.
        yield Record(place, "municipality", block.url, town, fields, text=f"{town}: {policed}")
        if not has_board:
            return
        people = read.members(block.url, found.get("members"))
        said = printed(found["number_of_commissioners"].value) if "number_of_commissioners" in found else None
        if said is not None and not (said.isdecimal() and len(said) < 10):
            raise PageError(block.url, "Number of Commissioners", "a number", repr(said))
        if said is not None and people and int(said) != len(people):
            yield Note(f"{town}: the page says {said} commissioners and names {len(people)}")
        fields = {
            "town": town, "policed_by": policed, "selection": selection, "chosen": read.chosen(selection or ""),
            "range_of_authority": printed(found["range_of_authority"].value) if "range_of_authority" in found else None,
            "number_of_commissioners": int(said) if said else None, "members": people,
        }  # fmt: skip
        yield self._record(board, "police_commission", block, f"Police commission of {town}", fields)

    def _case(self, block: Part, name: str) -> Iterator[Output]:
        """A use of force or a lawsuit. Neither section had entries when its text was seen (G)."""
        labels = LABELS[name]
        found = read.told(block, labels)
        number = read.required(block, found, "number", labels)
        kind = "use_of_force" if name == "use of force" else "lawsuit"
        key = read.key("force" if kind == "use_of_force" else "suit", [number])
        yield Sighting(key, block.url)
        fields: dict[str, Value] = {field: printed(found[field].value) if field in found else None for field in labels}
        for field in fields.keys() & {"date", "filed"}:
            fields[field] = iso(block.url, field, found[field].value, read.DAYS) if field in found else None
        if kind == "lawsuit":
            fields["settlement_dollars"] = read.dollars(block.url, str(fields["settlement"] or ""))
        files = [File(link.href, link.text, "document") for link in block.links() if read.DOCUMENT.search(link.href)]
        yield self._record(key, kind, block, str(fields.get("case_name") or number), fields, files, number)

    def _record(
        self, key: str, kind: str, block: Part, title: str, fields: dict[str, Value], files: Iterable[File] = (),
        number: str = "",
    ) -> Record:  # fmt: skip
        return Record(
            key=key, kind=kind, url=block.url, title=title, fields=fields, files=tuple(files), printed_key=number,
            raw=block.html, text=block.text,
        )  # fmt: skip


def menu(page: Part) -> dict[str, str]:
    """Town → address, from a menu: options that are addresses, a form that is sent with GET, or links below this page.

    Raises:
        PageError: a menu whose choices only a script understands.
    """
    for select in page.many("select"):
        options = [
            one
            for one in select.many("option")
            if one.attribute("value").strip("#_ ").lower() not in {"", "all", "none"}
        ]
        if len(options) > 1:
            return {one.text: _choice(select, one) for one in options}
    below = urlsplit(page.url).path.rstrip("/") + "/"
    host = urlsplit(page.url).hostname
    links = [
        (link.text, link.href) for link in page.many("main a[href], article a[href], svg a") if link.address("href")
    ]
    return {
        text: address for text, address in links
        if text and urlsplit(address).hostname == host and urlsplit(address).path.startswith(below) and not read.DOCUMENT.search(address)
    }  # fmt: skip


def _choice(select: Part, option: Part) -> str:
    value = option.attribute("value")
    if value.startswith(("/", "?", "http://", "https://")) and (link := clean_link(select.url, value)):
        return link
    forms = select.many("./ancestor::form")
    name = select.attribute("name")
    if forms and name and forms[-1].attribute("method").lower() in {"", "get"}:
        hidden = [(one.attribute("name"), one.attribute("value")) for one in forms[-1].many("input[type=hidden][name]")]
        action = urljoin(select.url, forms[-1].attribute("action")) if forms[-1].attribute("action") else select.url
        return f"{action.partition('?')[0]}?{urlencode([*hidden, (name, value)])}"
    raise PageError(select.url, "select option", "addresses, or a form that is sent with GET", repr(value))


def _nothing(page: Part, name: str, expected: str) -> PageError:
    """What a page shows instead of entries: labels without values are a template that a script fills."""
    known = {label for labels in LABELS[name].values() for label in labels}
    labels = sorted({one.label for one in labelled(page)} & known)
    text = page.one("body").text.lower()
    words = sorted(label for label in known if " " in label and label in text)
    found = (
        f"only the labels {labels}"
        if labels
        else f"{words} in running text: filled by a script?"
        if words
        else "none of them"
    )
    return PageError(page.url, f"label {LABELS[name][ANCHOR[name]][0]!r}", f"{expected}, with its labels", found)
