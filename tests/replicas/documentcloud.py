"""DocumentCloud as a real server: site, API and file host.

Hazards besides those of every replica:
    unfiltered: filters are ignored, as for names the API does not know
    page-limit: a search has no third page
    repeats: `next` leads to the first page for ever
    signed: files answer 302 to a link with another signature each time
    elsewhere: `next` leads to another host
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlencode

from tests.replicas.server import Asked, PlatformReplica, Reply

SITE, API, FILES = "www.documentcloud.example", "api.www.documentcloud.example", "s3.documentcloud.example"
PROJECT, ORGANIZATION = 4021, 77
TITLES = (
    "Use of force report 2031",
    "Directive 12",
    "Settlement ledger",
    "Letter to the council",
    "Body-worn camera audit",
)


class DocumentCloudReplica(PlatformReplica):
    """`documents` and `bytes` may be changed between crawls; use `replace` and `make_private`."""

    hosts = (SITE, API, FILES)
    start = f"https://{SITE}/projects/cedar-hollow-reports-{PROJECT}/"
    most = 2
    """Documents on a page, whatever is asked for."""

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.documents: dict[int, dict[str, Any]] = {}
        self.bytes: dict[int, bytes] = {}
        for number, title in enumerate(TITLES, 20310001):
            self.add(number, title)
        self.documents[20310003] |= {"source": "", "data": {}, "description": ""}
        self.add(20319999, "Another newsroom's papers", organization=8, projects=[5])
        super().__init__(*hazards, hosts=hosts)

    def add(self, number: int, title: str, organization: int = ORGANIZATION, projects: list[int] | None = None) -> None:
        slug = re.sub(r"\W+", "-", title.lower()).strip("-")
        moment = f"2031-03-{number % 28 + 1:02d}T10:20:30"
        self.documents[number] = {
            "id": number, "access": "public", "admin_noindex": False, "asset_url": f"https://{FILES}/",
            "canonical_url": f"https://{SITE}/documents/{number}-{slug}/", "created_at": f"{moment}.712360Z",
            "data": {"_tag": ["police"], "case": ["31-004"]}, "description": f"{title}, as received.", "edit_access": False,
            "file_hash": "", "language": "eng", "organization": organization, "original_extension": "pdf",
            "page_count": 3, "projects": projects or [PROJECT, 4999], "publish_at": None, "published_url": "",
            "related_article": "", "slug": slug, "source": "Cedar Hollow Police", "status": "success", "title": title,
            "updated_at": f"{moment}.9Z", "user": 501,
        }  # fmt: skip
        self.replace(number, f"%PDF-1.4 {title}, fictional. ".encode() + b"." * 120)

    def replace(self, number: int, content: bytes) -> None:
        """As the platform does it: the same address, another hash, updated now."""
        self.bytes[number] = content
        document = self.documents[number]
        document["file_hash"] = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        document["updated_at"] = f"2031-06-{len(content) % 28 + 1:02d}T00:00:00.1Z"

    def reply(self, asked: Asked) -> Reply:
        if asked.host == FILES:
            return self._file(asked)
        if asked.host == SITE:
            return Reply(
                f"<meta property='og:site_name' content='DocumentCloud'><div id=app data-path='{asked.path}'></div>"
            )
        if found := re.fullmatch(r"/api/documents/(\d+)/", asked.path):
            document = self.documents.get(int(found[1]))
            return Reply(document) if document and document["access"] == "public" else _missing()
        if asked.path == "/api/documents/":
            return self._list(asked)
        if asked.path == "/api/documents/search/":
            return self._search(asked)
        if asked.path == f"/api/projects/{PROJECT}/":
            return Reply({"id": PROJECT, "title": "Cedar Hollow reports", "slug": "cedar-hollow-reports"})
        if asked.path == f"/api/organizations/{ORGANIZATION}/":
            return Reply({"id": ORGANIZATION, "name": "Cedar Hollow Courier", "slug": "cedar-hollow-courier"})
        return _missing()

    def _visible(self, asked: Asked) -> list[dict[str, Any]]:
        found = [document for _, document in sorted(self.documents.items()) if document["access"] == "public"]
        if "unfiltered" in self.hazards:
            return found
        query = asked.query
        for name in ("organization", "user"):
            found = [document for document in found if query.get(name) in {None, str(document[name])}]
        return [
            document for document in found if "project" not in query or int(query["project"]) in document["projects"]
        ]

    def _list(self, asked: Asked) -> Reply:
        """Version 2.0: cursors and no count."""
        found = self._visible(asked)
        start = int(asked.query.get("cursor", "c0")[1:]) if "repeats" not in self.hazards else 0
        host = "elsewhere.example" if "elsewhere" in self.hazards else API
        following = f"https://{host}{asked.path}?{urlencode({**asked.query, 'cursor': f'c{start + self.most}'})}"
        if "repeats" in self.hazards:
            following += str(len(self.asked))
        more = start + self.most < len(found)
        return Reply(
            {"next": following if more else None, "previous": None, "results": found[start : start + self.most]}
        )

    def _search(self, asked: Asked) -> Reply:
        """Pages and a count; numbers are texts, what is empty is left out."""
        words = asked.query.get("q", "").strip('"').lower().split()
        found = [
            {
                name: str(value) if name == "id" else value
                for name, value in document.items()
                if value not in ("", {}, None)
            }
            for document in self._visible(asked)
            if all(word in f"{document['title']} {document['source']}".lower() for word in words)
        ]
        page = int(asked.query.get("page", 1))
        if "page-limit" in self.hazards and page > 2:
            return Reply({"detail": "Invalid page (3): That page is past the limit"}, 404)
        most = min(self.most, int(asked.query.get("per_page", 25)))
        following = f"https://{API}{asked.path}?{urlencode({**asked.query, 'page': page + 1})}"
        more = page * most < len(found)
        return Reply({"count": len(found), "next": following if more else None, "previous": None,
                      "results": found[(page - 1) * most : page * most], "escaped": False})  # fmt: skip

    def _file(self, asked: Asked) -> Reply:
        found = re.fullmatch(r"/(signed/)?documents/(\d+)/([\w-]+)\.pdf", asked.path)
        document = self.documents.get(int(found[2])) if found else None
        if found is None or document is None or document["access"] != "public" or document["slug"] != found[3]:
            return Reply("<Error><Code>AccessDenied</Code></Error>", 403, "application/xml")
        if "signed" in self.hazards and not found[1]:
            target = f"/signed{asked.path}?X-Amz-Signature={len(self.asked):064x}"
            return Reply(b"", 302, headers=(("Location", target),))
        content = self.bytes[int(found[2])]
        etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(b"", 304, headers=(("ETag", etag),))
        return Reply(content, kind="application/pdf", headers=(("ETag", etag),))


def _missing() -> Reply:
    return Reply({"detail": "Not found."}, 404)
