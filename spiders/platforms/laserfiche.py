"""Laserfiche WebLink 10 and 11: a public repository of documents, walked folder by folder.

Identity is the entry's number: WebLink's own, in the address of every document, the same when the document is
renamed or moved to another folder. Where the server holds several repositories, each is a portal of its own.

The pages are a script's; what they show comes from `FolderListingService.aspx/GetFolderListing2`, which needs the
cookies of a visit to `Browse.aspx`. All of it is read in working code of eight people (C): the question, `data` (or
`d`, in version 10), `totalEntries`, entry types, columns by name, 40 rows a page however many are asked for, and
answers padded with nulls. No answer was seen as served.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Note, Record, Sighting, Value
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.folder_walk import FolderWalk
from spiders.links import kind_of
from spiders.page import tidy
from spiders.parameters import read_parameters, wrong_url
from spiders.portal_spider import Output, PortalSpider
from spiders.printed import moment

FOLDER, DOCUMENT = 0, -2
MOST_ANSWERS = 5_000
"""Answers about one folder; servers give some 40 entries in one."""
ASKED_ROWS = 100
"""Rows that are asked for; servers give fewer (40), and the next question begins after what came."""
REPOSITORY = re.compile(r"\"repoName\"\s*:\s*\"([^\"\\]{1,200})\"")
ROOT = re.compile(r"\"rootFolder\"\s*:\s*(\d{1,10})\b")
COLUMNS = {"PageCount": "pages", "TemplateName": "template", "CreationDate": "created", "LastModified": "modified"}
DATED = frozenset({"created", "modified"})


class LaserficheSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[parameters] of a WebLink portal file."""

    columns: dict[str, str] = {}
    """Column of the listing, by its internal name (`f_Case Number`) → field."""
    skip: tuple[str, ...] = ()
    """Folders that are not entered: names, or paths below the first folder such as `City Council/Minutes`."""
    depth: int = 12
    """How deep folders are entered, the first one being 1."""
    folders: int = 5_000
    """Folders of one crawl; more are an error."""


class LaserficheSpider(PortalSpider):
    """One folder and all below it; each document is a record."""

    extractor = "laserfiche 1"
    settings_type = LaserficheSettings
    platform = "Laserfiche WebLink"
    delay = 1.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = read_parameters(portal, LaserficheSettings)
        self._walk = FolderWalk(portal, self._parameters)
        query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(portal.url).query).items()}
        if not urlsplit(portal.url).path.lower().endswith((".aspx", "/")):
            raise wrong_url(portal, "use a folder's address, …/Browse.aspx?id=1&repo=…")
        self._base = urljoin(portal.url, ".")
        self._repository, self._database = query.get("repo", ""), query.get("dbid", "0")
        self._first = query.get("id") or query.get("startid") or ""
        if self._first and not self._first.isdigit():
            raise wrong_url(portal, "its id or startid is a folder's number")
        self._columns = {**COLUMNS, **self._parameters.columns}
        self._answers = Counter[int]()
        """Folder → answers about it. Entries that are no documents are no records: no other limit ends them."""

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:  # noqa: ARG003  the base class's
        """Nowhere: the viewer's page is an empty shell, whatever became of the document."""
        return ""

    def first(self) -> Iterable[scrapy.Request]:
        yield self.request(self.portal.url, self.visit)

    def visit(self, response: Response) -> Iterator[Output]:
        """The page that gives a session, and says which repository and folder it shows."""
        text = self.page(response).html
        repository, root = REPOSITORY.search(text), ROOT.search(text)
        if not self._repository:
            if repository is None:
                raise PageError(response.url, "repoName", "a repository, in the page or as `repo=` in url", "none")
            self._repository = repository[1]
        first = self._first or (root[1] if root else "")
        if not first:
            raise PageError(response.url, "rootFolder", "a folder, in the page or as `id=` in url", "none")
        yield from self._enter(int(first), ())

    def _enter(self, folder: int, path: tuple[str, ...]) -> Iterator[Output]:
        if self._walk.enters(str(folder), self._browse(folder)):
            yield self._ask(folder, path, start=0, documents=0)

    def _ask(self, folder: int, path: tuple[str, ...], start: int, documents: int) -> scrapy.Request:
        question = {
            "repoName": self._repository, "folderId": folder, "getNewListing": True, "start": start,
            "end": start + ASKED_ROWS, "sortColumn": "Name", "sortAscending": True,
        }  # fmt: skip
        asked = self.post_json(
            urljoin(self._base, "FolderListingService.aspx/GetFolderListing2"), self.folder, question,
            folder=folder, path=path, start=start, documents=documents,
        )  # fmt: skip
        asked.headers["X-Requested-With"] = "XMLHttpRequest"
        asked.headers["X-Lf-Suppress-Login-Redirect"] = "1"
        return asked

    def folder(
        self, response: Response, folder: int, path: tuple[str, ...], start: int, documents: int
    ) -> Iterator[Output]:
        """One answer about a folder: its entries from `start` on, the folders below it, and the next question."""
        told = self._told(response, folder)
        rows = [Answer(told.url, row, f"{told.path}.results[{n}]") for n, row in enumerate(self._rows(told)) if row]
        total = told.number("totalEntries")
        found = [row for row in rows if row.number("type") == DOCUMENT]
        for row in found:
            yield Sighting(row.text("entryId"), self._view(row.text("entryId")))
        self.new_rows(self._browse(folder), str(folder), start, (row.text("entryId") for row in rows))
        if not rows and start < total:
            raise told.wrong("results", f"the other {total - start} of {total} entries", [])
        documents += len(found)
        self._answers[folder] += 1
        if self._answers[folder] > MOST_ANSWERS:
            raise told.wrong("totalEntries", f"a folder of at most {MOST_ANSWERS:,} answers", total)
        if start + len(rows) < total:
            yield self._ask(folder, path, start + len(rows), documents)
        elif documents:
            # Folders are no records: only documents count as rows, and a folder without any lists nothing.
            yield ListingPage(self._browse(folder), 1, documents, last=True, listing=str(folder))
        elif not total and not path:
            yield EmptyMarker(self._browse(folder), "totalEntries: 0")
            yield ListingPage(self._browse(folder), 1, 0, last=True, total=0, listing=str(folder))
        named = [part for part in (tidy(part) for part in (told.optional_text("path") or "").split("\\")) if part]
        columns = [column.optional_text("name") or "" for column in told.many("colTypes")] if rows else []
        for row in found:
            yield self._record(row, named, columns)
        yield from self._below(rows, path)

    def _below(self, rows: list[Answer], path: tuple[str, ...]) -> Iterator[Output]:
        for row in rows:
            kind, name = row.number("type"), row.text("name")
            below = (*path, name)
            if kind == FOLDER:
                if self._walk.skips(below):
                    continue
                if words := self._walk.too_deep(below):
                    yield Note(words)
                else:
                    yield from self._enter(row.number("entryId"), below)
            elif kind != DOCUMENT:
                yield Note(f"entries of type {kind} are not read: neither folders nor documents, shortcuts perhaps")

    def _told(self, response: Response, folder: int) -> Answer:
        """What the answer says of the folder. Raises PageError: it is about another, or an error of the server's."""
        answer = self.answer(response)
        told = answer.one("data" if answer.has("data") or not answer.has("d") else "d")
        if told.optional_flag("failed"):
            raise told.wrong("failed", "a listing", told.optional_text("errMsg") or "failed")
        if told.has("folderId") and told.number("folderId") != folder:
            raise told.wrong("folderId", str(folder), told.value["folderId"])
        return told

    def _rows(self, told: Answer) -> list[object]:
        """Rows as served; nulls pad the list, and stand for nothing."""
        rows = told.value.get("results")
        if not isinstance(rows, list) or not all(row is None or isinstance(row, dict) for row in rows):
            raise told.wrong("results", "a list of entries", rows)
        return rows

    def _record(self, row: Answer, folder: list[str], columns: list[str]) -> Record:
        number, name = row.text("entryId"), row.text("name")
        ending = (row.optional_text("extension") or "").lower().lstrip(".")
        fields: dict[str, Value] = {"folder": folder, "format": ending or None}
        values = row.value.get("data") or []
        if not isinstance(values, list):
            raise row.wrong("data", "a list of the columns' values", values)
        for place, column in enumerate(columns[: len(values)]):
            if (field := self._columns.get(column)) and isinstance(values[place], str | int | float):
                fields[field] = self._value(field, values[place])
        # A scan has pages and no file: only the viewer shows it, and what the viewer exports is made anew each time.
        whole = row.optional_flag("isEdoc") if row.has("isEdoc") else bool(ending)
        shown = f"{name}.{ending}" if ending and not name.lower().endswith(f".{ending}") else name
        file = (
            File(self._download(number), shown, kind_of(f"/{quote(shown)}"), f"entry/{number}")
            if whole
            else File(self._view(number), shown, "document", f"entry/{number}", "embed")
        )
        told = "\n".join([name, *folder, *(f"{field}: {value}" for field, value in sorted(fields.items()))])
        return Record(
            number,
            "document",
            self._view(number),
            name,
            fields,
            (file,),
            raw=told,
            text=f"{name}\n{' / '.join(folder)}",
        )

    def _value(self, field: str, said: str | float) -> Value:
        text = tidy(str(said))
        if field in DATED:
            return moment(text, self.portal.date_order)
        return said if not isinstance(said, str) else text or None

    def _view(self, number: str) -> str:
        return f"{self._base}DocView.aspx?{self._query(id=number)}"

    def _browse(self, folder: int) -> str:
        return f"{self._base}Browse.aspx?{self._query(id=str(folder))}"

    def _download(self, number: str) -> str:
        return f"{self._base}ElectronicFile.aspx?{self._query(docid=number)}"

    def _query(self, **named: str) -> str:
        return urlencode({**named, "dbid": self._database, "repo": self._repository})
