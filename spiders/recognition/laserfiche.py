"""Is it a Laserfiche WebLink, and which repository and folder does it show?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import msgspec

from spiders.platforms.laserfiche import FOLDER, REPOSITORY, ROOT
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

PAGES = re.compile(r"/(?:browse|docview|welcome|customsearch|search)\.aspx\Z", re.IGNORECASE)
MARKUP = re.compile(r"Laserfiche WebLink|FolderListingService\.aspx|\bstr_json\s*:\s*\{", re.IGNORECASE)


class LaserficheRecogniser(Recogniser):
    """By its pages' names, its script's start, and its listing service."""

    platform = "Laserfiche WebLink"
    spider = "laserfiche"

    def signs(self, seen: Seen) -> list[Sign]:
        parts, text, found = urlsplit(seen.url), seen.text[:1_000_000], []
        if PAGES.search(parts.path):
            found.append(Sign(f"a page called {parts.path.rpartition('/')[2]}", HINT))
        if MARKUP.search(text):
            found.append(Sign("the page names Laserfiche WebLink or its listing service", STRONG))
            if REPOSITORY.search(text):
                found.append(Sign("the page starts WebLink's script with a repository", PROOF))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        repository, folder = _place(seen)
        if not repository or not folder:
            return []
        body = {
            "repoName": repository, "folderId": int(folder), "getNewListing": True, "start": 0, "end": 40,
            "sortColumn": "Name", "sortAscending": True,
        }  # fmt: skip
        headers = (
            ("Content-Type", "application/json"), ("Accept", "application/json"),
            ("X-Requested-With", "XMLHttpRequest"), ("X-Lf-Suppress-Login-Redirect", "1"),
        )  # fmt: skip
        url = urljoin(seen.url, "FolderListingService.aspx/GetFolderListing2")
        return [Question("folder", url, msgspec.json.encode(body, order="sorted"), headers)]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        repository, folder = _place(seen)
        answered = answers.get("folder")
        if answered is None or answered.status != 200:
            return None
        told = answered.answer.one("data" if answered.answer.has("data") else "d")
        if told.optional_flag("failed"):
            return None
        rows = [row for row in told.value.get("results") or [] if isinstance(row, dict)]
        folders = sum(row.get("type") == FOLDER for row in rows)
        total, name = told.number("totalEntries"), told.optional_text("name") or ""
        query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(seen.url).query).items()}
        asked = urlencode({"id": folder, "dbid": query.get("dbid", "0"), "repo": repository})
        doubts = ["documents below its folders are counted only by a crawl"] if folders else []
        doubts.append('say date_order = "mdy" (or "dmy") if its dates shall be read, not only kept as printed')
        if folder == "1":
            doubts.append("this is the whole repository: a folder further down may be what you want")
        return Proposal(
            spider=self.spider, url=urljoin(seen.url, f"Browse.aspx?{asked}"), name=name or repository,
            records=total if not folders else None, doubts=tuple(doubts),
            evidence=(f"its listing service tells of {total} entries in {name or folder!r}, {folders} of the first {len(rows)} folders",),
        )  # fmt: skip


def _place(seen: Seen) -> tuple[str, str]:
    """Repository and folder, as the address says, else as the page does; empty where neither does."""
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(seen.url).query).items()}
    text = seen.text[:1_000_000]
    repository, root = REPOSITORY.search(text), ROOT.search(text)
    folder = query.get("id") or query.get("startid") or (root[1] if root else "")
    return query.get("repo") or (repository[1] if repository else ""), folder if folder.isdigit() else ""
