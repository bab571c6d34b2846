"""NextRequest as a real server: the JSON API behind its pages, and the store behind its documents.

Facts (docs/portals/nextrequest.md): 100 requests a page by `page_number`, any other parameter for a page is
ignored; 50 documents a page at most, above that none; 25 documents of one request a page; 422 beyond the last
page that is given; `/documents/<id>/download` answers 302 to a link that is signed anew each time; a tenant that
is none answers 302 to the maker's site.

Hazards:
    small: 4 requests, 2 documents, 3 timeline entries a page, so that stored answers stay readable
    endless: every page is page 1
    one-order: `sort_order` is ignored
    window: no page after the second is given (422)
    no-documents: the list of all documents is switched off (404)
    short: the list says that it has one request more than it shows
    no-tenant: there is no such tenant
    limit: the first answer to each timeline is 429 with `Retry-After: 0`
"""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

TENANT = "lake-harbor-fictional.nextrequest.com"
STORE = "nextrequest-store.example.org"
SHELL = (
    '<!DOCTYPE html><html lang="en"><head><title>Lake Harbor Police (FICTIONAL)</title>'
    '<link rel="stylesheet" href="https://assets.nextrequest.com/vite/assets/application.css">'
    '<script type="module" src="https://assets.nextrequest.com/vite/assets/application.js"></script></head>'
    '<body data-no-turbolink=""><div id="content" class="main-content nextrequest"></div></body></html>'
)
Json = dict[str, Any]


class NextRequestReplica(PlatformReplica):
    hosts = (TENANT, STORE, "www.nextrequest.com")
    start = f"https://{TENANT}/requests"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.requests: list[Json] = []
        """Newest first, as rows of the list; `markup` is the text of the request's own page where it says more."""
        self.timelines: dict[str, list[Json]] = {}
        """By request, newest first."""
        self.documents: list[Json] = []
        """Oldest first; `request` is the number of the request."""
        self.bytes: dict[int, bytes] = {}
        self.unlisted: set[str] = set()
        """Numbers that the list drops while their own pages stay."""
        self._signatures = count(1)
        self._met: set[str] = set()
        self._fill()
        super().__init__(*hazards, hosts=hosts)

    # What an agency does.

    def file_request(self, number: str, text: str, day: str, *, status: str = "Open", due: str | None = None) -> Json:
        """A request comes in; `day` as the list prints it, 03/02/2026."""
        row = {
            "id": number, "request_state": status, "request_text": text, "request_date": day, "due_date": due,
            "department_names": "Police, Records Unit", "poc_name": "Records Unit", "requester_name": None,
            "staff_cost": "0.0", "visibility": "published", "request_path": f"/requests/{number}",
        }  # fmt: skip
        self.requests.insert(0, row)
        self.timelines[number] = []
        self.happens(number, "Request opened", "Request received via web", f"{_long(day)},  9:05am")
        return row

    def happens(self, number: str, what: str, text: str, at: str) -> None:
        """An entry of a timeline; `at` as bylines print it."""
        ident = 7000 + sum(map(len, self.timelines.values()))
        self.timelines[number].insert(0, {
            "timeline_id": ident, "timeline_name": what, "timeline_display_text": f"<p>{text}</p>",
            "timeline_byline": f"{at} by Staff", "timeline_state": "Anyone with access to this request",
            "timeline_icon_class": "far fa-folder-open", "timeline_is_collapsable": False, "timeline_is_pinned": False,
        })  # fmt: skip

    def release(self, number: str, name: str, at: str, content: bytes) -> int:
        """A document is released with a request; its number."""
        ident = 501 + len(self.bytes)
        self.documents.append({
            "id": ident, "request": number, "title": name, "file_extension": name.rpartition(".")[2], "link": False,
            "created_at": at, "folder_name": None,
        })  # fmt: skip
        self.bytes[ident] = content
        self.happens(number, "Document(s) released", name, at)
        return ident

    def close(self, number: str, at: str) -> None:
        self.row(number)["request_state"] = "Closed"
        self.happens(number, "Request closed", "All responsive records have been released.", at)

    def row(self, number: str) -> Json:
        return next(row for row in self.requests if row["id"] == number)

    # What the platform answers.

    def reply(self, asked: Asked) -> Reply:
        if "no-tenant" in self.hazards and asked.host == TENANT:
            return Reply(status=302, headers=(("Location", "https://www.nextrequest.com/"),))
        if asked.host == STORE:
            return self._stored(asked)
        if "limit" in self.hazards and "timeline" in asked.target and asked.target not in self._met:
            self._met.add(asked.target)
            return Reply("Too many requests", 429, headers=(("Retry-After", "0"),))
        match asked.path.strip("/").split("/"):
            case ["client", "requests"]:
                return self._requests(asked)
            case ["client", "requests", number]:
                return self._detail(number)
            case ["client", "requests", number, "timeline"]:
                return self._timeline(asked, number)
            case ["client", "request_documents"]:
                return self._request_documents(asked)
            case ["client", "documents"] if "no-documents" not in self.hazards:
                return self._documents(asked)
            case ["documents", ident, "download"] if ident.isdigit() and int(ident) in self.bytes:
                signed = f"https://{STORE}/{ident}?X-Amz-Signature={next(self._signatures):08x}"
                return Reply(status=302, headers=(("Location", signed),))
            case ["client", *_]:
                return Reply({"error": "not found"}, 404)
        return Reply(SHELL)

    def _requests(self, asked: Asked) -> Reply:
        found = rows = self._found(asked.query.get("search_term", "").casefold())
        if asked.query.get("sort_order") != "desc" and "one-order" not in self.hazards:
            rows = rows[::-1]
        shown = self._page(asked, rows, 4 if "small" in self.hazards else 100)
        if shown is None:
            return Reply({"errors": {"page_number": ["must be less than or equal to 2"]}}, 422)
        rows = [{name: value for name, value in row.items() if name != "markup"} for row in shown]
        return Reply({"total_count": len(found) + ("short" in self.hazards), "requests": rows})

    def _found(self, term: str) -> list[Json]:
        return [
            row for row in self.requests if row["id"] not in self.unlisted and term in row["request_text"].casefold()
        ]

    def _detail(self, number: str) -> Reply:
        row = next((row for row in self.requests if row["id"] == number), None)
        if row is None:
            return Reply({"error": "not found"}, 404)
        return Reply({
            "pretty_id": number, "request_text": row.get("markup") or f"<p>{row['request_text']}</p>",
            "request_state": row["request_state"], "request_date": _long(row["request_date"]),
            "request_due_date": row["due_date"], "department_names": row["department_names"],
            "departments": [{"id": 11, "name": "Police", "poc_id": 3}, {"id": 12, "name": "Records Unit", "poc_id": 3}],
            "poc": {"id": 3, "email_or_name": "Records Unit"}, "requester": {"id": None, "name": None, "email": None},
            "visibility": "published", "request_field_values": [],
        })  # fmt: skip

    def _timeline(self, asked: Asked, number: str) -> Reply:
        entries = self.timelines.get(number, [])
        shown = self._page(asked, entries, 3 if "small" in self.hazards else 25) or []
        return Reply({"total_count": len(entries), "timeline": shown, "pinned": []})

    def _request_documents(self, asked: Asked) -> Reply:
        rows = [row for row in self.documents if row["request"] == asked.query.get("request_id")]
        shown = self._page(asked, rows, 2 if "small" in self.hazards else 25) or []
        return Reply({
            "total_documents_count": len(rows),
            "documents": [{
                "id": row["id"], "title": row["title"], "file_extension": row["file_extension"], "visibility": "Public",
                "upload_date": "Uploaded: 03/02/2026", "folder_name": None, "link": row["link"], "count": len(self.asked),
                "asset_url": f"//{STORE}/{row['id']}?X-Amz-Signature={next(self._signatures):08x}",
                "document_scan": {"file_size": 0.1, "file_type": "application/pdf"},
            } for row in shown],
        })  # fmt: skip

    def _documents(self, asked: Asked) -> Reply:
        size = int(asked.query.get("page_size", "25"))
        newest = self.documents[::-1] if asked.query.get("sort_order") == "desc" else self.documents
        shown = [] if size > 50 else self._page(asked, newest, min(size, 2) if "small" in self.hazards else size)
        if shown is None:
            return Reply({"errors": {"page_number": ["must be less than or equal to 2"]}}, 422)
        rows = [{
            "id": row["id"], "title": row["title"], "pretty_id": row["request"], "created_at": row["created_at"],
            "doc_date": None, "file_extension": row["file_extension"], "folder_name": row["folder_name"],
            "count": len(self.asked), "state": "public", "document_path": f"/documents/{row['id']}",
        } for row in shown]  # fmt: skip
        return Reply({"total_count": len(self.documents), "documents": rows})

    def _page(self, asked: Asked, rows: list[Json], size: int) -> list[Json] | None:
        """The rows of the page asked for; None beyond the last page that is given."""
        page = 1 if "endless" in self.hazards else int(asked.query.get("page_number", "1"))
        if "window" in self.hazards and page > 2:
            return None
        return rows[(page - 1) * size : page * size]

    def _stored(self, asked: Asked) -> Reply:
        content = self.bytes.get(int(asked.path.strip("/")))
        if content is None:
            return NOT_FOUND
        tag = f'"{hash_of(content)}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers=(("ETag", tag),))
        return Reply(content, kind="application/pdf", headers=(("ETag", tag),))

    def _fill(self) -> None:
        """Six requests of a fictional police department, newest first in the end."""
        self.file_request("25-1", "Use-of-force policy in force on 1 January 2025.", "01/06/2025")
        self.release("25-1", "Policy 300.pdf", "January 14, 2025,  2:40pm", b"%PDF-1.4 policy 300" + b" " * 200)
        self.close("25-1", "January 14, 2025,  2:45pm")
        self.file_request("25-2", "Stop data of 2024 as a spreadsheet.", "03/03/2025")
        self.release("25-2", "stops-2024.xlsx", "March 10, 2025, 10:01am", b"PK stops" + b" " * 200)
        self.close("25-2", "March 12, 2025,  8:30am")
        self.file_request("25-3", "Police overtime by unit.", "06/02/2025")
        self.close("25-3", "June  9, 2025,  4:12pm")
        row = self.file_request(
            "26-4", "Body-worn camera video of the stop at Pier 4...", "02/02/2026", due="02/12/2026"
        )
        row["markup"] = (
            "<p>Body-worn camera video of the stop at Pier 4</p><p>on 30 January 2026, all officers present.</p>"
        )
        self.happens("26-4", "Department assignment", "Police", "February  2, 2026,  9:40am")
        for name in ("BWC 1.mp4", "BWC 2.mp4", "Interview.mp3"):
            self.release("26-4", name, "March  2, 2026,  3:00pm", b"....ftypmp42" + name.encode() + b" " * 200)
        self.file_request(
            "26-5", "Complaints against the Pier Unit &amp; their outcome.", "03/02/2026", due="03/12/2026"
        )
        self.file_request("26-6", "Contract with the vendor of plate readers.", "03/09/2026", status="Due soon")


def hash_of(content: bytes) -> int:
    """A number that stays the same in every process."""
    return int.from_bytes(content, "big") % 1_000_000_007


def _long(day: str) -> str:
    """`March 02, 2026` for 03/02/2026: how a request's own page prints it."""
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    month, number, year = day.split("/")
    return f"{months[int(month) - 1]} {number}, {year}"
