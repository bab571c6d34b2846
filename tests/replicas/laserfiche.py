"""A Laserfiche WebLink repository, as its installations behave: a cookie check before anything, a script's empty
pages, a listing service that gives 40 rows however many are asked for, and files by number.

Hazards beside those of every replica:
    version-10: answers are wrapped in `d`, and entries do not say `isEdoc`
    same-rows: every page of a folder is its first
    cut-short: a folder's second page is empty though more is said to be there
    failed: the listing service says that it failed
    login: the listing service sends to the login
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

HOST, ROOT, REPOSITORY = "records.lakeharbor.example", "/WebLink/", "LH-Police"
MOST = 40
SHELL = (
    '<!DOCTYPE html><html ng-app="browse-app"><head><title>Laserfiche WebLink</title>'
    '<script src="app/dist/browse/main.js?v=11.0.2411.10"></script></head><body><browse-app></browse-app>'
    f'<script>run({{ str_json: {{"rootFolder":1,"repoName":"{REPOSITORY}","hasSearchRights":true}} }})</script></body></html>'
)


@dataclass
class Entry:
    id: int
    name: str
    ending: str = "pdf"
    body: bytes = b""
    pages: int | None = None
    created: str = "3/4/2025 9:15:00 AM"
    modified: str = "3/4/2025 9:15:00 AM"
    case: str = ""
    children: list[Entry] | None = None
    kind: int | None = None

    @property
    def type(self) -> int:
        return self.kind if self.kind is not None else 0 if self.children is not None else -2


@dataclass
class Repository:
    root: Entry = field(default_factory=lambda: Entry(1, REPOSITORY, children=tree()))

    def find(self, number: int) -> tuple[Entry, list[str]] | None:
        todo: list[tuple[Entry, list[str]]] = [(self.root, [])]
        while todo:
            entry, path = todo.pop()
            if entry.id == number:
                return entry, path
            todo += [(child, [*path, child.name]) for child in entry.children or ()]
        return None


def pdf(words: str) -> bytes:
    return f"%PDF-1.5\n% {words}\n{'0' * 300}\n%%EOF\n".encode()


def tree() -> list[Entry]:
    first = [
        Entry(301, "Incident Report", "pdf", pdf("report"), 14, case="LH-2024-0031"),
        Entry(302, "Body Worn Camera 1", "mp4", b"\x00\x00\x00\x18ftypmp42" + b"f" * 400, case="LH-2024-0031"),
        Entry(303, "Scanned Diagram", "", b"", 3),
    ]
    logs = [Entry(500 + n, f"Daily Log {n:02}", "pdf", pdf(f"log {n}"), 2) for n in range(45)]
    return [
        Entry(100, "Officer Involved Shootings", children=[Entry(200, "2024-0031 Mill/Oak Street", children=first)]),
        Entry(101, "Logs", children=logs),
        Entry(102, "Drafts", children=[Entry(600, "Not for the public eye", "docx", b"PK" * 90)]),
        Entry(103, "Policy Manual", "pdf", pdf("manual"), 612, modified="5/1/2025 4:30:00 PM"),
        Entry(104, "A shortcut", kind=2),
    ]


class LaserficheReplica(PlatformReplica):
    """The folders of `repository`; a test changes them between crawls."""

    hosts: ClassVar = (HOST,)
    start: ClassVar = f"https://{HOST}{ROOT}Browse.aspx?id=1&dbid=0&repo={REPOSITORY}"
    server: ClassVar = "Microsoft-IIS/10.0"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.repository = Repository()
        super().__init__(*hazards, hosts=hosts)

    def reply(self, asked: Asked) -> Reply:
        if not asked.path.lower().startswith(ROOT.lower()):
            return NOT_FOUND
        page = asked.path[len(ROOT) :]
        cookies = asked.headers.get("cookie", "")
        if page == "CookieCheck.aspx":
            there = asked.query.get("redirect", ROOT)
            return Reply("", 302, headers=(("Location", there), ("Set-Cookie", "WebLinkSession=s1; path=/; HttpOnly")))
        if page == "ElectronicFile.aspx":
            return self._file(asked)
        if "AcceptsCookies=1" not in cookies:
            there = f"{ROOT}CookieCheck.aspx?redirect={asked.target.replace('?', '%3F').replace('&', '%26').replace('=', '%3D')}"
            return Reply("", 302, headers=(("Location", there), ("Set-Cookie", "AcceptsCookies=1; path=/")))
        if page in {"Browse.aspx", "DocView.aspx", "Welcome.aspx", ""}:
            return Reply(SHELL)
        if page == "Login.aspx":
            return Reply("<html><title>Sign In</title></html>")
        if page == "FolderListingService.aspx/GetFolderListing2" and asked.method == "POST":
            return self._listing(asked)
        return NOT_FOUND

    def _listing(self, asked: Asked) -> Reply:
        if "login" in self.hazards or asked.headers.get("x-lf-suppress-login-redirect") != "1":
            return Reply("", 302, headers=(("Location", f"{ROOT}Login.aspx?dbid=0&repo={REPOSITORY}"),))
        question = asked.json
        found = self.repository.find(question["folderId"])
        if "failed" in self.hazards or found is None or question["repoName"] != REPOSITORY:
            return Reply({"data": {"failed": True, "errMsg": "Entry not found. [9001]", "results": None}})
        folder, path = found
        entries = folder.children or []
        start = 0 if "same-rows" in self.hazards else question["start"]
        shown = [self._row(entry) for entry in entries[start : min(start + MOST, question["end"])]]
        if "cut-short" in self.hazards and start:
            shown = []
        columns = ("Name", "PageCount", "TemplateName", "CreationDate", "LastModified", "f_Case Number")
        told: dict[str, Any] = {
            "name": folder.name, "folderId": folder.id, "path": "\\" + "\\".join(path), "entryType": "Folder",
            "totalEntries": len(entries), "failed": False, "errMsg": None,
            "colTypes": [{"name": name, "displayName": name, "type": 0, "hidden": False} for name in columns],
            "results": [*shown, *[None] * (MOST - len(shown))],
        }  # fmt: skip
        return Reply({"d" if "version-10" in self.hazards else "data": told})

    def _row(self, entry: Entry) -> dict[str, Any]:
        row = {
            "name": entry.name, "entryId": entry.id, "type": entry.type, "extension": entry.ending or None,
            "isEdoc": bool(entry.ending) and entry.type == -2, "mediaHandlerUrl": None, "iconClass": "lf-icon",
            "data": [None, entry.pages, "Public" if entry.type == -2 else None, entry.created, entry.modified, entry.case or None],
        }  # fmt: skip
        if "version-10" in self.hazards:
            del row["isEdoc"]
        return row

    def _file(self, asked: Asked) -> Reply:
        found = self.repository.find(int(asked.query.get("docid", "0")))
        if found is None or not found[0].body:
            return Reply("<html><title>Laserfiche WebLink</title>The requested document could not be found.</html>")
        body, name = found[0].body, f"{found[0].name}.{found[0].ending}"
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers=(("ETag", tag),))
        kind = {"pdf": "application/pdf", "mp4": "video/mp4"}.get(found[0].ending, "application/octet-stream")
        return Reply(body, kind=kind, headers=(("ETag", tag), ("Content-Disposition", f'inline; filename="{name}"')))
