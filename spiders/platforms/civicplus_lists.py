"""The two parts of a CivicPlus site that are pages: an archive, and the Agenda Center."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

from releases.model import File, ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.page import Part, iso
from spiders.players import media_file
from spiders.printed import moment

ITEM = re.compile(r"/(?:ArchiveCenter|Archive)/ViewFile/Item/(\d{1,10})", re.IGNORECASE)
MEETING = re.compile(r"_(\d{8})-(\d{1,10})\Z")
VIEWED = re.compile(r"/AgendaCenter/ViewFile/(Agenda|Minutes)/_\d{8}-(\d{1,10})", re.IGNORECASE)
POSTED = re.compile(r"\b(Posted|Amended)\s+(\w{3,9} \d{1,2}, \d{4} \d{1,2}:\d{2} [AP]M)", re.IGNORECASE)
DAY = {"AGENDA FOR %B %d, %Y": "%Y-%m-%d"}


def archive(page: Part) -> Iterator[Sighting | Record | ListingPage]:
    """An archive's items: links to `Archive.aspx?ADID=…`, or to their files.

    Raises:
        PageError: it has none. What an empty archive says has not been seen.
    """
    items: dict[str, Part] = {}
    for link in page.links("a[href]"):
        number = _item(link.href)
        if number and link.text:
            items.setdefault(number, link)
    if not items:
        raise PageError(page.url, "a[href*='ADID=']", "at least 1 item of the archive", "none")
    for number, link in items.items():
        yield Sighting(number, link.href)
    yield ListingPage(page.url, 1, len(items), last=True)
    for number, link in items.items():
        file = File(link.href, link.text, "document", f"archive/{number}")
        yield Record(number, "document", link.href, link.text, {}, (file,), raw=link.text, text=link.text)


def agendas(page: Part) -> Iterator[Sighting | Record | ListingPage]:
    """Meetings of the Agenda Center, as many as the page shows: older years come only when somebody asks for them.

    Raises:
        PageError: there is no row, or one that is not as known; the others are yielded before.
    """
    boards = {row.identity: _board(section) for section in page.many("div.listing") for row in section.many(ROW)}
    rows = page.some(ROW)
    read: list[tuple[str, Part]] = []
    wrong: PageError | None = None
    for row in rows:
        try:
            read.append((_number(row), row))
        except PageError as error:
            wrong = wrong or error
    meetings = dict(read)
    for number, row in meetings.items():
        yield Sighting(number, _url(row, number))
    yield ListingPage(page.url, 1, len(rows), last=wrong is None)
    for number, row in meetings.items():
        try:
            yield _meeting(row, number, boards.get(row.identity, ""))
        except PageError as error:
            wrong = wrong or error
    if wrong is not None:
        raise wrong


ROW = "tr.catAgendaRow"


def _item(link: str) -> str:
    """The item's number of a link; empty for links to other things."""
    parts = urlsplit(link)
    if found := ITEM.search(parts.path):
        return found[1]
    if not parts.path.lower().endswith("/archive.aspx"):
        return ""
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    number = query.get("adid", "")
    return number if number.isascii() and number.isdigit() else ""


def _board(section: Part) -> str:
    return next((heading.text for heading in section.many("h2") if heading.text), "")


def _number(row: Part) -> str:
    """The meeting's number, from the row's own anchor."""
    found = {match[2] for anchor in row.many("a[name]") if (match := MEETING.search(anchor.attribute("name")))}
    if len(found) != 1:
        raise PageError(row.url, f"{ROW} a[name]", "1 anchor _MMDDYYYY-number", str(sorted(found)) if found else "none")
    return found.pop()


def _url(row: Part, number: str) -> str:
    """Where the agenda is, else the list's own anchor's page: a meeting may have only minutes."""
    return next((file.url for file in _files(row, number) if file.identity.endswith("/agenda")), row.url)


def _meeting(row: Part, number: str, board: str) -> Record:
    day = row.one("strong[aria-label]").attribute("aria-label")
    head = next((part.text for part in row.many("h2, h3, h4")), "")
    posted = POSTED.search(head)
    titles = [link.text for link in row.many("p > a") if link.text]
    if not titles:
        raise PageError(row.url, f"{ROW} p > a", "the meeting's title", "none")
    files = _files(row, number)
    fields = {
        "board": board or None,
        "date": iso(row.url, "date", day, DAY),
        "posted": moment(posted[2], "") if posted else None,
        "amended": posted[1].lower() == "amended" if posted else None,
    }
    told = "\n".join(
        [titles[0], *(f"{name}: {value}" for name, value in fields.items()), *(file.url for file in files)]
    )
    return Record(
        number, "meeting", _url(row, number), titles[0], fields, files, raw=told, text=f"{titles[0]}\n{board}",
    )  # fmt: skip


def _files(row: Part, number: str) -> tuple[File, ...]:
    """Agenda, packet and minutes as files, whatever the links' dates say now; recordings elsewhere."""
    files: dict[str, File] = {}
    for link in row.many("a[href]"):
        url = link.address("href")
        found = VIEWED.search(urlsplit(url).path)
        if found is None or found[2] != number:
            continue
        packet = "packet=true" in urlsplit(url).query.lower()
        what = "packet" if packet else found[1].lower()
        # `?html=true` is the same agenda as a page, made anew each time.
        plain = urljoin(url, urlsplit(url).path) + ("?packet=true" if packet else "")
        files.setdefault(what, File(plain, what.capitalize(), "document", f"meeting/{number}/{what}"))
    for link in row.many("td.media a[href]"):
        if (file := media_file(row.url, link.attribute("href"), "Recording", "video")) is not None:
            files.setdefault(file.url, file)
    return tuple(files.values())
