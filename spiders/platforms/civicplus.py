"""CivicPlus (CivicEngage) city sites: a folder of the Document Center, an archive, or the Agenda Center; `url` says which.

| `url` | what | identity |
|---|---|---|
| `/DocumentCenter`, `/DocumentCenter/Index/<folder>` | the folder and all below it | the document's number, as in `/DocumentCenter/View/<number>` |
| `/Archive.aspx?AMID=<archive>` | one archive | the item's number (`ADID`) |
| `/AgendaCenter…` | agendas, packets, minutes, recordings of a board | the meeting's number, the one behind the date in `_MMDDYYYY-<number>` |

Numbers are the platform's own and stay when titles, dates and folders change.

The Document Center's page is a script's; it asks `_AjaxLoadingReact` for folders and `Document_AjaxBinding` for
documents, 100 a page (C: seven programs; some sites want the token of `/antiforgery`). Archive: links of one page (C:
six programs). Agenda Center: rows seen in real markup, August 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Note, Record, Sighting, Value
from spiders.answer import Answer
from spiders.folder_walk import FolderWalk, Path
from spiders.links import kind_of
from spiders.page import printed
from spiders.parameters import read_parameters, wrong_url
from spiders.platforms.civicplus_lists import agendas, archive
from spiders.portal_spider import Output, PortalSpider
from spiders.printed import moment

INDEX = re.compile(r"/DocumentCenter(?:/Index/(\d{1,10}))?/?\Z", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,18}")
ROOT = "1"
"""The number of the Document Center's first folder, on every site."""
ASKED_ROWS = 100
FOLDERS = "/admin/DocumentCenter/Home/_AjaxLoadingReact?type=0"
DOCUMENTS = "/Admin/DocumentCenter/Home/Document_AjaxBinding?renderMode=0&loadSource=7"


class CivicPlusSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[parameters] of a CivicPlus portal file; all of them are the Document Center's."""

    skip: tuple[str, ...] = ()
    """Folders that are not entered: names, or paths below the first folder."""
    depth: int = 12
    """How deep folders are entered, the first one being 1."""
    folders: int = 5_000
    """Folders of one crawl; more are an error."""


class CivicPlusSpider(PortalSpider):
    """The part of a city's site that `url` shows."""

    extractor = "civicplus 1"
    settings_type = CivicPlusSettings
    platform = "CivicPlus"
    delay = 1.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        parameters = read_parameters(portal, CivicPlusSettings)
        self._walk = FolderWalk(portal, parameters)
        self._token = ""
        parts = urlsplit(portal.url)
        index, path = INDEX.search(parts.path), parts.path.lower()
        self._root = (index[1] or ROOT) if index else ""
        self._archive = path.endswith("/archive.aspx") and any(name.lower() == "amid" for name in parse_qs(parts.query))
        if not (index or self._archive or "/agendacenter" in path):
            what = "use a folder (/DocumentCenter/Index/12), an archive (/Archive.aspx?AMID=3) or /AgendaCenter"
            raise wrong_url(portal, what)

    def first(self) -> Iterable[scrapy.Request]:
        callback = self.visit if self._root else self.archive if self._archive else self.agendas
        # Asked for whole: a 304 need not bring the session's cookie along, and without it no folder is given.
        yield self.request(self.portal.url, callback).replace(meta={"conditional": not self._root})

    def archive(self, response: Response) -> Iterator[Output]:
        yield from archive(self.page(response))

    def agendas(self, response: Response) -> Iterator[Output]:
        yield from agendas(self.page(response))

    def visit(self, response: Response) -> Iterator[Output]:
        """The page that gives a session; then the token, where the site has one."""
        yield self.optional(self.json_request(urljoin(response.url, "/antiforgery"), self.token), self.no_token)

    def token(self, response: Response) -> Iterator[Output]:
        answer = self.answer(response)
        self._token = answer.text("token")
        yield from self._enter(self._root, ())

    def no_token(self, why: str, response: Response | None) -> Iterator[Output]:  # noqa: ARG002  sites without one
        yield from self._enter(self._root, ())

    def _enter(self, folder: str, path: Path) -> Iterator[Output]:
        if self._walk.enters(folder, self._index(folder)):
            yield self._documents(folder, path, page=1, seen=0)
            question = {"value": folder, "expandTree": False, "loadSource": 7, "selectedFolder": int(folder)}
            yield self._ask(FOLDERS, self.below, question, path=path)

    def _documents(self, folder: str, path: Path, page: int, seen: int) -> scrapy.Request:
        question = {
            "folderId": int(folder), "getDocuments": 1, "imageRepo": False, "renderMode": 0, "loadSource": 7,
            "requestingModuleID": 75, "searchString": "", "pageNumber": page, "rowsPerPage": ASKED_ROWS,
            "sortColumn": "DisplayName", "sortOrder": 0,
        }  # fmt: skip
        return self._ask(DOCUMENTS, self.documents, question, folder=folder, path=path, number=page, seen=seen)

    def _ask(self, address: str, callback: Any, question: dict[str, Any], **arguments: Any) -> scrapy.Request:
        asked = self.post_json(urljoin(self.portal.url, address), callback, question, **arguments)
        asked.headers["X-Requested-With"] = "XMLHttpRequest"
        if self._token:
            asked.headers["RequestVerificationToken"] = self._token
        return asked

    def below(self, response: Response, path: Path) -> Iterator[Output]:
        """The folders directly below one."""
        for row in self.answer(response).many("Data"):
            here = (*path, row.text("Text"))
            folder = row.text("Value")
            if not NUMBER.fullmatch(folder):
                raise row.wrong("Value", "a folder's number", folder)
            if self._walk.skips(here):
                continue
            if words := self._walk.too_deep(here):
                yield Note(words)
            else:
                yield from self._enter(folder, here)

    def documents(self, response: Response, folder: str, path: Path, number: int, seen: int) -> Iterator[Output]:
        """One page of a folder's documents."""
        told = self.answer(response)
        rows = told.many("Documents") if told.has("Documents") else []
        for row in rows:
            yield Sighting(row.text("ID"), self._view(row.text("ID")))
        total = told.number("TotalCount")
        self.new_rows(self._index(folder), folder, number, (row.text("ID") for row in rows))
        seen += len(rows)
        if not rows and seen < total:
            raise told.wrong("Documents", f"the other {total - seen} of {total} documents", [])
        if seen < total:
            yield self._documents(folder, path, number + 1, seen)
        elif seen:
            # One for each folder that has any: a folder of folders lists nothing.
            yield ListingPage(self._index(folder), 1, seen, last=True, listing=folder)
        elif folder == self._root and not path:
            yield EmptyMarker(self._index(folder), "TotalCount: 0")
        for row in rows:
            yield self._record(row, path)

    def _record(self, row: Answer, path: Path) -> Record:
        number, name = row.text("ID"), row.text("DisplayName")
        ending = (row.optional_text("FileType") or "").lower().lstrip(".")
        fields: dict[str, Value] = {
            "folder": list(path),
            "format": ending or None,
            "size": row.optional_text("FileSize"),
            "modified": moment(row.optional_text("LastModifiedDateString") or "", self.portal.date_order),
            "description": printed(row.optional_text("Description") or ""),
        }
        shown = f"{name}.{ending}" if ending and not name.lower().endswith(f".{ending}") else name
        file = File(self._view(number), shown, kind_of(f"/{quote(shown)}"), f"document/{number}")
        told = "\n".join([name, *path, *(f"{field}: {value}" for field, value in fields.items())])
        return Record(
            number, "document", self._view(number), name, fields, (file,), raw=told, text=f"{name}\n{' / '.join(path)}"
        )

    def _view(self, number: str) -> str:
        """Without the title that the site adds: that changes, and the site does not need it."""
        return urljoin(self.portal.url, f"/DocumentCenter/View/{number}")

    def _index(self, folder: str) -> str:
        return urljoin(self.portal.url, f"/DocumentCenter/Index/{folder}")
