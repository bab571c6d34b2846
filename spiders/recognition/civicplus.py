"""Is it a CivicPlus site, and which part of it: a folder of the Document Center, an archive, the Agenda Center?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

import msgspec

from releases.model import Record
from spiders.errors import PageError
from spiders.platforms.civicplus import DOCUMENTS, FOLDERS, INDEX, ROOT
from spiders.platforms.civicplus_lists import agendas, archive
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

MADE_BY = re.compile(r"Government Websites by CivicPlus|\bhttps?://(?:www\.)?civicplus\.com\b", re.IGNORECASE)
OWN = re.compile(
    r"\bcatAgendaRow\b|/Areas/AgendaCenter/|/Areas/DocumentCenter/|/AgendaCenter/ViewFile/|Archive\.aspx\?ADID="
)
HEADERS = (("Content-Type", "application/json"), ("Accept", "application/json"), ("X-Requested-With", "XMLHttpRequest"))


class CivicPlusRecogniser(Recogniser):
    """By its maker's mark, by its parts' own addresses and markup."""

    platform = "CivicPlus"
    spider = "civicplus"

    def signs(self, seen: Seen) -> list[Sign]:
        text, part, found = seen.text[:2_000_000], _part(seen.url), []
        if part:
            found.append(Sign(f"its address is that of CivicPlus's {part}", HINT))
        if MADE_BY.search(text):
            found.append(Sign("the page says that CivicPlus made it", STRONG))
        if OWN.search(text):
            found.append(Sign("the page has CivicPlus's own rows and links", PROOF if part else STRONG))
        elif part and len(found) > 1:
            found.append(Sign(f"CivicPlus's {part} on a page that CivicPlus made", PROOF))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        index = INDEX.search(urlsplit(seen.url).path)
        if index is None:
            return []
        folder = index[1] or ROOT
        documents = {
            "folderId": int(folder), "getDocuments": 1, "imageRepo": False, "renderMode": 0, "loadSource": 7,
            "requestingModuleID": 75, "searchString": "", "pageNumber": 1, "rowsPerPage": 100,
            "sortColumn": "DisplayName", "sortOrder": 0,
        }  # fmt: skip
        folders = {"value": folder, "expandTree": False, "loadSource": 7, "selectedFolder": int(folder)}
        return [
            Question(name, urljoin(seen.url, path), msgspec.json.encode(body, order="sorted"), HEADERS)
            for name, path, body in (("documents", DOCUMENTS, documents), ("folders", FOLDERS, folders))
        ]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        part = _part(seen.url)
        if not part:
            return None
        name = next((title.text for title in seen.page.many("title") if title.text), "")
        if part == "Document Center":
            return self._center(seen, answers, name)
        items = archive(seen.page) if part == "archive" else agendas(seen.page)
        records = [item for item in items if isinstance(item, Record)]
        window = part == "Agenda Center"
        doubts = ("it shows the latest meetings alone; older years are not read",) if window else ()
        return Proposal(
            spider=self.spider, url=seen.url, name=name, records=len(records), window=window, doubts=doubts,
            files=sum(len(record.files) for record in records), evidence=(f"{len(records)} entries of its {part}",),
        )  # fmt: skip

    def _center(self, seen: Seen, answers: Mapping[str, Seen], name: str) -> Proposal:
        """Some sites answer only with a token, which a crawl asks for: then nothing is known of the size."""
        doubts, total, below = [], None, 0
        try:
            total = answers["documents"].answer.number("TotalCount")
            below = len(answers["folders"].answer.many("Data"))
        except (KeyError, PageError):
            doubts.append("the folder's size is not known: the site gave no list without a session")
        if below:
            doubts.append(f"{below} folder{' below it is' if below == 1 else 's below it are'} counted only by a crawl")
        if not INDEX.search(urlsplit(seen.url).path)[1]:  # type: ignore[index]  # a Document Center's address matches
            doubts.append("this is the city's whole Document Center: a folder of it may be what you want")
        return Proposal(
            spider=self.spider, url=seen.url.partition("?")[0], name=name, records=None if below else total,
            evidence=(f"a folder of the Document Center with {total} document{'' if total == 1 else 's'}",) if total is not None else (),
            doubts=tuple(doubts),
        )  # fmt: skip


def _part(url: str) -> str:
    """Which part of a site an address shows; empty for any other page."""
    parts = urlsplit(url)
    path = parts.path.lower()
    if INDEX.search(parts.path):
        return "Document Center"
    if path.endswith("/archive.aspx") and any(name.lower() == "amid" for name in parse_qs(parts.query)):
        return "archive"
    return "Agenda Center" if re.search(r"/agendacenter(?:/|\Z)", path) and "viewfile" not in path else ""
