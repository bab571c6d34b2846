"""JustFOIA as a real server: the JSON API of the public portal, and its documents.

Facts (docs/portals/justfoia.md): `POST /publicportal/api/Search` lists requests with their whole text, without
status or documents; `GET /publicportal/api/Request?fullRequestNumber=` has those; documents stand under
`/Attachments/Download/<guid>`, which answers itself or leads to a signed link; robots.txt forbids everything.

Hazards:
    whole: the list ignores pages and gives everything at once
    endless: every page is page 1
    signed: documents lead to links that are signed anew each time
    null: a request that there is not is `requestResults: null` with 200, not 404
    robots: robots.txt forbids everything, with `Crawl-delay: 10`
"""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

TENANT = "lake-harbor-fictional.justfoia.com"
STORE = "justfoia-store.example.org"
SHELL = (
    '<!DOCTYPE html><html><head><title>JustFOIA Public Portal</title><base href="/publicportal/"></head>'
    '<body><app-root></app-root><script src="/publicportal/main.js"></script></body></html>'
)
Json = dict[str, Any]


class JustFoiaReplica(PlatformReplica):
    hosts = (TENANT, STORE)
    start = f"https://{TENANT}/publicportal/requests"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.rows: list[Json] = []
        """Newest first, as the list gives them."""
        self.status: dict[str, str] = {}
        self.attached: dict[str, list[Json]] = {}
        self.bytes: dict[str, bytes] = {}
        self._signatures = count(1)
        self._fill()
        super().__init__(*hazards, hosts=hosts)
        if "robots" in self.hazards:
            self.robots = "User-agent: *\nDisallow: /\nCrawl-delay: 10\n"

    def file_request(self, number: str, text: str, day: str, status: str = "Open") -> None:
        """A request comes in; `day` is 2026-03-02."""
        self.rows.insert(0, {"requestName": number, "description": text, "dateOfRequest": f"{day}T09:15:00"})
        self.status[number], self.attached[number] = status, []

    def release(self, number: str, name: str, content: bytes) -> str:
        """A document is released with a request; its GUID."""
        guid = f"00000000-0000-4000-8000-{len(self.bytes) + 1:012d}"
        self.attached[number].append({
            "attachmentId": guid, "attachmentName": name, "extension": f".{name.rpartition('.')[2]}",
            "fileSize": len(content), "uploadDatetime": "2026-03-09T10:00:00", "isNote": False,
        })  # fmt: skip
        self.bytes[guid] = content
        return guid

    def reply(self, asked: Asked) -> Reply:
        if asked.host == STORE:
            return self._stored(asked, asked.path.strip("/"))
        match asked.path.strip("/").split("/"):
            case ["publicportal", "api", "Search"] if asked.method == "POST":
                return self._search(asked)
            case ["publicportal", "api", "Request"]:
                return self._request(asked.query.get("fullRequestNumber", ""))
            case ["publicportal", "api", "configuration"]:
                return Reply({"tenantName": "Lake Harbor (FICTIONAL)"})
            case ["Attachments", "Download", guid] if guid in self.bytes:
                if "signed" in self.hazards:
                    signed = f"https://{STORE}/{guid}?sig={next(self._signatures):08x}"
                    return Reply(status=302, headers=(("Location", signed),))
                return self._stored(asked, guid)
            case ["publicportal", *_]:
                return Reply(SHELL)
        return NOT_FOUND

    def _search(self, asked: Asked) -> Reply:
        wanted = asked.json
        page, size = int(wanted.get("page", 1)), int(wanted.get("pageSize", 100))
        if "whole" in self.hazards:
            return Reply({"searchResults": self.rows})
        page = 1 if "endless" in self.hazards else page
        return Reply({"searchResults": self.rows[(page - 1) * size : page * size]})

    def _request(self, number: str) -> Reply:
        if number not in self.status:
            return Reply({"requestResults": None}) if "null" in self.hazards else NOT_FOUND
        note = {"attachmentId": "", "attachmentName": "Internal note", "isNote": True}
        return Reply({
            "requestResults": {
                "status": self.status[number], "responseDocAttachments": [note, *self.attached[number]],
            },
        })  # fmt: skip

    def _stored(self, asked: Asked, guid: str) -> Reply:
        content = self.bytes.get(guid)
        if content is None:
            return NOT_FOUND
        tag = f'"{int.from_bytes(content, "big") % 1_000_000_007}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers=(("ETag", tag),))
        return Reply(content, kind="application/pdf", headers=(("ETag", tag),))

    def _fill(self) -> None:
        """Four requests of a fictional city."""
        self.file_request("PR-1-2025", "Body-worn camera policy.", "2025-01-06", "Completed")
        self.release("PR-1-2025", "Policy 450.pdf", b"%PDF policy 450" + b" " * 200)
        self.file_request("PR-2-2025", "Citations issued at the pier &amp; the marina.", "2025-06-02", "Completed")
        self.file_request("PR-3-2026", "<p>Overtime of the <b>marine unit</b>.</p>", "2026-02-02", "In Progress")
        self.release("PR-3-2026", "overtime.xlsx", b"PK overtime" + b" " * 200)
        self.file_request("PR-4-2026", "Dispatch audio of 1 March 2026.", "2026-03-02")
