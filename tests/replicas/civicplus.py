"""A city's CivicPlus site: the Document Center behind a session and, on some sites, a token; an archive; the Agenda Center.

Hazards beside those of every replica:
    token: the Document Center's questions need the token of /antiforgery (which other sites do not have)
    signed-out: documents are for people who log in: a page instead of an answer
    same-rows: every page of a folder is its first
    cut-short: a folder's second page is empty though more is said to be there
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

HOST = "www.lakeharbor.example"
SIGN_IN = (
    '<!DOCTYPE html><html><head><title>Sign In</title></head><body><form action="/MyAccount"></form></body></html>'
)


@dataclass
class Document:
    id: int
    name: str
    ending: str = "pdf"
    modified: str = "Mar 4, 2025"
    body: bytes = b"%PDF-1.4\n" + b"0" * 300
    description: str = ""


@dataclass
class Folder:
    id: int
    name: str
    documents: list[Document] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)

    def find(self, number: int) -> Folder | None:
        if self.id == number:
            return self
        return next((found for below in self.folders if (found := below.find(number))), None)

    def all(self) -> list[Document]:
        return [*self.documents, *(document for below in self.folders for document in below.all())]


@dataclass
class Meeting:
    id: int
    day: str
    """MMDDYYYY."""
    said: str
    """As the page says it, e.g. `March 4, 2025`."""
    title: str
    posted: str = ""
    minutes: bool = False
    packet: bool = True
    media: str = ""


def documents() -> Folder:
    logs = [Document(4000 + n, f"Press Log {n:03}", modified="Apr 1, 2025") for n in range(104)]
    policies = Folder(52, "Policies", [Document(9001, "Use of Force", "docx", description="Adopted by the commission")])
    return Folder(1, "Document Center", [], [
        Folder(49, "Police", [Document(8101, "Annual Report 2024")], [Folder(50, "Press Logs", logs), policies]),
        Folder(60, "Parks", [Document(7001, "Swimming hours")]),
    ])  # fmt: skip


def meetings() -> list[Meeting]:
    return [
        Meeting(3433, "04232025", "April 23, 2025", "April 23, 2025 Police Commission", "Apr 21, 2025 2:52 PM"),
        Meeting(3400, "03192025", "March 19, 2025", "Police Commission &amp; Hearing", "", minutes=True, media="https://meetings.lakeharbor.example/clip/31"),
        Meeting(3399, "03052025", "March 5, 2025", "Special Meeting", "", packet=False),
    ]  # fmt: skip


class CivicPlusReplica(PlatformReplica):
    """Folders, archive and meetings as they stand; a test changes them between crawls."""

    hosts: ClassVar = (HOST,)
    start: ClassVar = f"https://{HOST}/DocumentCenter/Index/49"
    server: ClassVar = "Microsoft-IIS/10.0"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.center = documents()
        self.archive = {201: "Commission Minutes January 2025", 202: "Commission Minutes February 2025"}
        self.meetings = meetings()
        self._tokens = 0
        super().__init__(*hazards, hosts=hosts)

    def reply(self, asked: Asked) -> Reply:
        path = asked.path.lower()
        if path == "/antiforgery":
            if "token" not in self.hazards:
                return NOT_FOUND
            self._tokens += 1
            return Reply({"token": f"CfDJ8{self._tokens}", "headerName": "RequestVerificationToken"})
        if path.startswith("/documentcenter/view/"):
            return self._view(asked)
        if path.startswith("/documentcenter"):
            shell = '<html><head><title>Document Center • Lake Harbor</title></head><body class="civicplus"><div id="documentCenterRoot"></div><a href="https://www.civicplus.com">Government Websites by CivicPlus®</a></body></html>'
            return Reply(shell, headers=(("Set-Cookie", "ASP.NET_SessionId=a1; path=/; HttpOnly"),))
        if path.startswith("/admin/documentcenter/home/") and asked.method == "POST":
            return self._question(asked)
        if path == "/archive.aspx":
            return self._archive(asked)
        if path.startswith("/agendacenter/viewfile/"):
            return pdf(asked, asked.target.encode())
        if path.startswith("/agendacenter"):
            return Reply(agenda_page(self.meetings))
        return NOT_FOUND

    def _question(self, asked: Asked) -> Reply:
        if "token" in self.hazards and not asked.headers.get("requestverificationtoken", "").startswith("CfDJ8"):
            return NOT_FOUND
        if "ASP.NET_SessionId" not in asked.headers.get("cookie", ""):
            return NOT_FOUND
        if "signed-out" in self.hazards:
            return Reply(SIGN_IN)
        said = asked.json
        if asked.path.endswith("_AjaxLoadingReact"):
            folder = self.center.find(int(said["value"]))
            return Reply({"Data": [
                {"Text": below.name, "Value": str(below.id), "LoadOnDemand": bool(below.folders), "ParentID": said["value"]}
                for below in (folder.folders if folder else ())
            ]})  # fmt: skip
        return self._documents(said)

    def _documents(self, said: dict[str, Any]) -> Reply:
        folder = self.center.find(said["folderId"])
        rows, size = folder.documents if folder else [], said["rowsPerPage"]
        page = 1 if "same-rows" in self.hazards else said["pageNumber"]
        shown = [] if "cut-short" in self.hazards and page > 1 else rows[(page - 1) * size : page * size]
        return Reply({"TotalCount": len(rows), "Documents": [
            {"ID": one.id, "DisplayName": one.name, "FileType": one.ending, "FileSize": f"{len(one.body)} B",
             "URL": f"/DocumentCenter/View/{one.id}/{one.name.replace(' ', '-')}-{one.ending.upper()}?bidId=",
             "LastModifiedDateString": one.modified, "Description": one.description or None}
            for one in shown
        ]})  # fmt: skip

    def _view(self, asked: Asked) -> Reply:
        number = int(asked.path.split("/")[3])
        found = next((one for one in self.center.all() if one.id == number), None)
        return pdf(asked, found.body) if found else NOT_FOUND

    def _archive(self, asked: Asked) -> Reply:
        if "ADID" in asked.query:
            title = self.archive.get(int(asked.query["ADID"]))
            return pdf(asked, title.encode()) if title else NOT_FOUND
        rows = "".join(
            f'<tr><td><a href="Archive.aspx?ADID={number}" target="_blank"><span>{escape(title)}</span></a></td></tr>'
            for number, title in self.archive.items()
        )
        return Reply(
            f'<html><body><nav><a href="Archive.aspx?ADID=1">Newest</a></nav><a href="Archive.aspx">All archives</a><table>{rows}</table></body></html>'
        )


def pdf(asked: Asked, body: bytes) -> Reply:
    tag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
    if asked.headers.get("if-none-match") == tag:
        return Reply(status=304, headers=(("ETag", tag),))
    return Reply(body, kind="application/pdf", headers=(("ETag", tag),))


def agenda_page(meetings: list[Meeting]) -> str:
    rows = "".join(_meeting(one) for one in meetings)
    return (
        '<html><body><div id="AgendaCenterContent"><div class="listing listingCollapse noHeader" id="cat7">'
        f'<h2 aria-controls="category-panel-7">Police Commission</h2><div id="category-panel-7"><table>{rows}</table></div></div></div></body></html>'
    )


def _meeting(one: Meeting) -> str:
    at = f"_{one.day}-{one.id}"
    posted = f"— Posted <abbr>{one.posted[:3]}</abbr>{one.posted[3:]}" if one.posted else ""
    packet = (
        f'<li><a class="pdf" href="/AgendaCenter/ViewFile/Agenda/{at}?packet=true">Packet</a></li>'
        if one.packet
        else ""
    )
    minutes = f'<a href="/AgendaCenter/ViewFile/Minutes/{at}"><img alt="Minutes"></a>' if one.minutes else ""
    media = f'<span class="videos"><a href="{one.media}"><img alt="Videos"></a></span>' if one.media else ""
    return (
        f'<tr id="row{one.id}86eabf8a" class="catAgendaRow"><td><h3 class="noMargin"><a id="{at}" name="{at}"></a>'
        f'<strong aria-label="Agenda for {one.said}">{one.said}</strong> {posted}</h3>'
        f'<p><a name="{one.id}" href="/AgendaCenter/ViewFile/Agenda/{at}?html=true">{one.title}</a></p></td>'
        f'<td class="minutes">{minutes}</td><td class="media">{media}</td><td class="downloads"><ol>'
        f'<li><a class="html" href="/AgendaCenter/ViewFile/Agenda/{at}?html=true">HTML</a></li>'
        f'<li><a class="pdf" href="/AgendaCenter/ViewFile/Agenda/{at}">PDF</a></li>{packet}'
        f'<li><a class="previous" href="/AgendaCenter/PreviousVersions/{at}">Previous Versions</a></li></ol></td></tr>'
    )
