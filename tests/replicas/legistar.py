"""A city's Legistar: InSite pages, and the Web API on a host of its own, as its public readers describe it.

Hazards: `xml` (the API forgets about JSON), `endless` ($skip is ignored), `unknown-client` (500, as the API says for
a client that is not set up), `unordered` (more rows than were asked for).
"""

from __future__ import annotations

import re
from typing import Any

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

CITY, API = "lakeharbor.legistar.com", "webapi.legistar.com"
BODIES = ["City Council", "Police Commission", "Committee on Parks"]


def matter(ident: int, title: str, body: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "MatterId": ident, "MatterGuid": f"00000000-0000-4000-8000-{ident:012d}", "MatterLastModifiedUtc": "2026-09-01T10:00:00.1",
        "MatterFile": f"26-{ident:04d}", "MatterName": None, "MatterTitle": title, "MatterTypeName": "Resolution",
        "MatterStatusName": "Passed", "MatterBodyName": body, "MatterIntroDate": f"{day}T00:00:00", "MatterAgendaDate": None,
        "MatterPassedDate": None, "MatterEnactmentDate": None, "MatterEnactmentNumber": None, "MatterRequester": None, **more,
    }  # fmt: skip


def event(ident: int, body: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "EventId": ident, "EventGuid": f"10000000-0000-4000-8000-{ident:012d}", "EventBodyName": body, "EventDate": f"{day}T00:00:00",
        "EventTime": "5:30 PM", "EventLocation": "Harbor Hall (FICTIONAL)", "EventAgendaStatusName": "Final",
        "EventMinutesStatusName": "Draft", "EventAgendaFile": f"https://{CITY}/files/agenda-{ident}.pdf", "EventMinutesFile": None,
        "EventVideoPath": None, "EventComment": None,
        "EventInSiteURL": f"https://{CITY}/MeetingDetail.aspx?LEGID={ident}&GID=1&G=ABC", **more,
    }  # fmt: skip


class LegistarReplica(PlatformReplica):
    hosts = (CITY, API)
    start = f"https://{CITY}/Calendar.aspx"
    server = "Microsoft-IIS/10.0"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.matters = [
            matter(101, "FICTIONAL resolution on body-worn camera retention", "Police Commission", "2026-02-03"),
            matter(102, "FICTIONAL parking ordinance", "Committee on Parks", "2026-02-10", MatterStatusName="Referred"),
            matter(103, "FICTIONAL settlement, Harbor Street pursuit", "Police Commission", "2026-03-03",
                   MatterPassedDate="2026-03-17T00:00:00", MatterEnactmentNumber="R-26-12"),
        ]  # fmt: skip
        self.events = [
            event(501, "Police Commission", "2026-02-03", EventVideoPath="https://player.vimeo.com/video/1000501"),
            event(502, "Police Commission", "2026-03-03", EventMinutesFile=f"https://{CITY}/files/minutes-502.pdf"),
        ]
        self.attachments = {
            101: [("Staff report", f"https://{CITY}/View.ashx?M=F&ID=7001&GUID=A", True)],
            103: [("Agreement", f"https://{CITY}/View.ashx?M=F&ID=7003&GUID=C", True),
                  ("Internal memo", f"https://{CITY}/View.ashx?M=F&ID=7004&GUID=D", False)],
        }  # fmt: skip
        self.histories = {103: [("2026-03-03", "Introduced", "Police Commission", None), ("2026-03-17", "Passed", "City Council", "Pass"),
                                ("2026-03-17", "Passed", "City Council", "Pass")]}  # fmt: skip
        super().__init__(*hazards, hosts=hosts)

    def reply(self, asked: Asked) -> Reply:
        if asked.host == CITY:
            return self._page(asked)
        if "unknown-client" in self.hazards or not asked.path.lower().startswith("/v1/lakeharbor/"):
            said = "LegistarConnectionString setting is not set up in InSite for client: unknown"
            return Reply({"Message": "An error has occurred.", "ExceptionMessage": said}, 500)
        if "xml" in self.hazards or "xml" in asked.headers.get("accept", ""):
            return Reply('<?xml version="1.0"?><ArrayOfGranicusMatter/>', kind="application/xml")
        return self._api(asked, asked.path.lower().split("/")[3:])

    def _page(self, asked: Asked) -> Reply:
        if asked.path.lower() in {"/calendar.aspx", "/legislation.aspx", "/"}:
            rows = "".join(
                f"<tr><td>{one['EventBodyName']}</td><td><a href='MeetingDetail.aspx?ID={one['EventId']}&amp;GUID=AB-{one['EventId']}&amp;Options=info|'>"
                "Meeting&nbsp;details</a></td></tr>" for one in self.events
            )  # fmt: skip
            return Reply(
                "<html><head><title>Lake Harbor (FICTIONAL) - Calendar</title></head><body><form method='post' action='./Calendar.aspx'>"
                f"<table id='ctl00_ContentPlaceHolder1_gridCalendar_ctl00' class='rgMasterTable'>{rows}</table></form></body></html>"
            )
        if asked.path == "/gateway.aspx":
            return Reply(status=302, headers=(("Location", "/LegislationDetail.aspx?ID=1&GUID=2"),))
        if asked.path.endswith(".pdf") or asked.path == "/View.ashx":
            return Reply(b"%PDF-1.4\n% FICTIONAL " + asked.target.encode() + b" " * 100 + b"\n%%EOF", kind="application/pdf",
                         headers=(("ETag", f'"{len(asked.target)}"'),))  # fmt: skip
        return Reply("<html><body>FICTIONAL page</body></html>")

    def _api(self, asked: Asked, path: list[str]) -> Reply:
        query = {name.lower(): value for name, value in asked.query.items()}
        match path:
            case ["bodies"]:
                return Reply([{"BodyId": number, "BodyName": name} for number, name in enumerate(BODIES, 1)])
            case ["matters"]:
                return self._listed(self.matters, "MatterBodyName", "MatterIntroDate", "MatterTitle", query)
            case ["events"]:
                return self._listed(self.events, "EventBodyName", "EventDate", "EventComment", query)
            case ["matters", ident]:
                found = [one for one in self.matters if str(one["MatterId"]) == ident]
                return Reply(found[0]) if found else NOT_FOUND
            case ["matters", ident, "attachments"]:
                return Reply([
                    {"MatterAttachmentId": number, "MatterAttachmentName": name, "MatterAttachmentHyperlink": link,
                     "MatterAttachmentShowOnInternetPage": shown}
                    for number, (name, link, shown) in enumerate(self.attachments.get(int(ident), ()), int(ident) * 10)
                ])  # fmt: skip
            case ["matters", ident, "histories"]:
                return Reply([
                    {"MatterHistoryId": number, "MatterHistoryActionDate": f"{day}T00:00:00", "MatterHistoryActionName": name,
                     "MatterHistoryActionBodyName": body, "MatterHistoryPassedFlagName": result}
                    for number, (day, name, body, result) in enumerate(self.histories.get(int(ident), ()))
                ])  # fmt: skip
        return NOT_FOUND

    def _listed(self, rows: list[dict[str, Any]], body: str, day: str, text: str, query: dict[str, str]) -> Reply:
        chosen = query.get("$filter", "")
        bodies = re.findall(rf"{body} eq '((?:[^']|'')*)'", chosen)
        words = re.findall(r"substringof\('((?:[^']|'')*)'", chosen)
        since = re.search(rf"{day} ge datetime'([\d-]+)'", chosen)
        found = [
            row for row in rows
            if (not bodies or row[body] in [name.replace("''", "'") for name in bodies])
            and (not words or any(word in (row[text] or "") for word in words))
            and (not since or row[day] >= since[1])
        ]  # fmt: skip
        skip = 0 if "endless" in self.hazards else int(query.get("$skip", 0))
        top = len(found) if "unordered" in self.hazards else min(int(query.get("$top", 1000)), 1000)
        return Reply(found[skip : skip + top])
