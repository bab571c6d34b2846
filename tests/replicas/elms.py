"""A city clerk's eLMS: shells for pages, an open API on a host of its own, as its public readers describe it.

Hazards: `text` (detail answers are JSON inside a JSON text), `endless` (`skip` is ignored), `short` (rows end before
`meta.count`), `bare` (list rows without attachments and actions).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

SITE, API, STORE = "clerk.lakeharbor.example", "api.clerk.lakeharbor.example", "files.clerk.lakeharbor.example"


def matter(number: int, title: str, **more: Any) -> dict[str, Any]:
    ident = f"A0000000-0000-4000-8000-{number:012d}"
    return {
        "matterId": ident, "recordNumber": f"O2026-{number:07d}", "title": title, "shortTitle": None, "type": "Ordinance",
        "status": "4-In Committee", "subStatus": "Referred", "controllingBody": "Committee on Public Safety",
        "filingSponsor": "Alderperson Example", "matterCategory": "POLICE | Policy", "fileYear": 2026,
        "introductionDate": "2026-02-18T16:00:00+00:00", "finalActionDate": None, "lastPublicationDate": "2026-03-01T00:00:00+00:00",
        "actions": [{"actionDate": "2026-02-18T16:00:00+00:00", "actionByName": "City Council", "actionName": "Referred",
                     "actionText": "Referred", "meetingId": None}],
        "attachments": [{"fileName": f"O2026-{number:07d}.pdf", "attachmentType": "Legislation",
                         "path": f"https://{STORE}/matterattachments/{number}.pdf"}], **more,
    }  # fmt: skip


class ElmsReplica(PlatformReplica):
    hosts = (SITE, API, STORE)
    start = f"https://{SITE}/"
    server = "Microsoft-IIS/10.0"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.matters = [
            matter(1, "FICTIONAL amendment on body worn camera footage"),
            matter(2, "FICTIONAL order on body worn camera audits", type="Order", attachments=[]),
            matter(3, "FICTIONAL hearing on 911 recordings", recordNumber="SO2026-0000003", status="6-Passed",
                   finalActionDate="2026-04-15T15:00:00+00:00"),
        ]  # fmt: skip
        self.meetings = [
            {"meetingId": "B0000000-0000-4000-8000-000000000001", "body": "Committee on Public Safety", "date": "2026-03-02T16:00:00+00:00",
             "location": "Room 201 (FICTIONAL)", "status": "Adjourned", "agenda": None,
             "files": [{"fileName": "Agenda.pdf", "attachmentType": "Agenda", "path": f"https://{STORE}/meetings/1/agenda.pdf"}],
             "videoLink": ["https://vimeo.com/9000001"]},
        ]  # fmt: skip
        super().__init__(*hazards, hosts=hosts)

    def reply(self, asked: Asked) -> Reply:
        if asked.host == SITE:
            return Reply(
                "<html><head><title>Legislation</title></head><body><div id='app'></div><script src='/app.js'></script></body></html>"
            )
        if asked.host == STORE:
            return Reply(b"%PDF-1.4\n% FICTIONAL " + asked.path.encode() + b" " * 100, kind="application/pdf",
                         headers=(("ETag", f'"{asked.path}"'),))  # fmt: skip
        match asked.path.strip("/").split("/"):
            case ["search"]:
                phrase = asked.query["search"].strip('"').lower()
                return self._listed([one for one in self.matters if phrase in one["title"].lower()], asked.query)
            case ["matter"]:
                wanted = re.findall(r"(\w+) eq '([^']*)'", asked.query.get("filter", ""))
                return self._listed(
                    [one for one in self.matters if all(one[name] == value for name, value in wanted)], asked.query
                )
            case ["meeting"]:
                return self._listed(self.meetings, asked.query)
            case ["matter", ident]:
                return self._one([one for one in self.matters if one["matterId"] == ident])
            case ["meeting", ident]:
                return self._one([one for one in self.meetings if one["meetingId"] == ident])
        return NOT_FOUND

    def _one(self, found: list[dict[str, Any]]) -> Reply:
        if not found:
            return Reply({"error": "Not Found"}, 404)
        if "text" in self.hazards:
            return Reply(msgspec.json.encode(msgspec.json.encode(found[0]).decode()), kind="application/json")
        return Reply(found[0])

    def _listed(self, rows: list[dict[str, Any]], query: dict[str, str]) -> Reply:
        top, skip = min(int(query.get("top", 50)), 500), 0 if "endless" in self.hazards else int(query.get("skip", 0))
        shown = rows[skip : skip + top] if not ("short" in self.hazards and skip) else []
        if "bare" in self.hazards:
            shown = [
                {name: value for name, value in row.items() if name not in {"attachments", "actions"}} for row in shown
            ]
        meta = {"skip": int(query.get("skip", 0)), "top": top, "count": len(rows), "pages": -(-len(rows) // top)}
        return Reply({"data": shown, "meta": meta})
