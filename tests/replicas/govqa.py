"""A GovQA archive of requests, as its deployments behave: sessions in the path, a grid turned by callbacks,
attachments behind postbacks that lead to links which work once.

Hazards beside those of every replica:
    page-one-again: every callback gives page 1
    short-sessions: a session ends after 6 requests, and its pages lead to the login
    older-layout: no `aria-label`, other columns, found by their headers; requests without files have no link
    unlinked: attachments are no links any more
    no-archive: the archive is for people who log in
    busy-callbacks: the first time that each page of the grid is asked for, the answer is 429
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from itertools import count
from typing import ClassVar

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

HOST, BLOBS = "lakeharborpd.govqa.us", "lakeharborpd.blob.core.usgovcloudapi.net"
ROOT = "/WEBAPP/_rs/"
SESSION = re.compile(r"/\(S\(([a-z0-9]+)\)\)/")
ROWS = 10
LIFE = 6


@dataclass
class Attachment:
    name: str
    body: bytes
    number: int = 0
    """The platform's own number of it, which only some deployments print."""


@dataclass
class Request:
    number: str
    rid: int
    created: str
    summary: str
    status: str
    closed: str = ""
    text: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)


def pdf(words: str) -> bytes:
    return f"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% {words} {'.' * 200}\n%%EOF\n".encode()


def requests() -> list[Request]:
    made = [
        Request("R000412-091525", 7412, "9/15/2025 1:00:00 AM", "Body-worn video of the Mill Street stop", "Open"),
        Request(
            "R000411-090225", 7411, "9/2/2025 1:00:00 AM", "Policy on vehicle pursuits & its drafts", "Closed - Records",
            "9/12/2025 2:05:00 PM", "All drafts of the pursuit policy since 2023,\nwith the comments of the union.",
            attachments=[
                Attachment("Pursuit_Policy_2025.pdf", pdf("pursuit policy 2025")),
                Attachment("Comments.xlsx", b"PK\x03\x04 comments of the union" * 8),
                Attachment("Comments.xlsx", b"PK\x03\x04 comments of the public" * 8),
            ],
        ),
        Request(
            "R000398-081425", 7398, "8/14/2025 1:00:00 AM", "Use of force report LH-2025-0107", "Denied - Exempt",
            "8/20/2025 9:30:00 AM", "The report named above.", {"Incident Date": "7/4/2025"},
            [Attachment("Denial letter.pdf", pdf("denial"), 91077)],
        ),
    ]  # fmt: skip
    made += [
        Request(f"R000{390 - n}-0801{n:02}", 7390 - n, f"8/{n + 1}/2025 1:00:00 AM", f"Dispatch log, day {n}",
                "Closed - No Records", f"8/{n + 9}/2025 4:00:00 PM", f"The dispatch log of day {n}.")
        for n in range(9)
    ]  # fmt: skip
    return made


class GovQaReplica(PlatformReplica):
    """Requests as they stand in `requests`; a test changes them between crawls."""

    hosts: ClassVar = (HOST, BLOBS)
    start: ClassVar = f"https://{HOST}{ROOT}OpenRecordsSummary.aspx?view=1"
    server: ClassVar = "Microsoft-IIS/10.0"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.requests = requests()
        self.sessions: dict[str, int] = {}
        """Token → requests it has served."""
        self._numbers, self._signatures = count(1), count(1)
        self._signed: set[str] = set()
        self._refused: set[str] = set()
        super().__init__(*hazards, hosts=hosts)

    def reply(self, asked: Asked) -> Reply:
        if asked.host == BLOBS:
            return self._blob(asked)
        if not asked.path.startswith(ROOT):
            return NOT_FOUND
        token = SESSION.search(asked.path)
        page = asked.target.rpartition("/")[2]
        if token is None or token[1] not in self.sessions:
            return self._sent_to(page)
        self.sessions[token[1]] += 1
        name = page.partition("?")[0].lower()
        if name in {"login.aspx", "supporthome.aspx"}:
            return Reply(page_of(token[1], "Login.aspx", "<h1>Log in</h1>", "Lake Harbor Police Records Center"))
        if "short-sessions" in self.hazards and self.sessions[token[1]] > LIFE:
            return self._sent_to("Login.aspx?timeout=1")
        if name == "openrecordssummary.aspx":
            return self._list(asked, token[1], page)
        if name == "requestarchivedetails.aspx":
            return self._details(asked, token[1], page)
        return NOT_FOUND

    def _sent_to(self, page: str) -> Reply:
        token = hashlib.sha256(f"{id(self)} {next(self._numbers)}".encode()).hexdigest()[:24]
        self.sessions[token] = 0
        return Reply("Object moved", 302, headers=(("Location", f"{ROOT}(S({token}))/{page}"),))

    def _list(self, asked: Asked, token: str, page: str) -> Reply:
        if "no-archive" in self.hazards:
            return self._sent_to("Login.aspx")
        if asked.method == "GET":
            return Reply(page_of(token, page, f"<h1>Archive</h1>{self._grid(1)}", "Lake Harbor Police Records Center"))
        if asked.form.get("__VIEWSTATE") != state(token) or asked.form.get("__CALLBACKID") != "gridView":
            return Reply("<h1>Server Error</h1>", 500)
        wanted = re.fullmatch(r"c0:GB\|(\d+);12\|PAGERONCLICK(\d+)\|(PN(\d+));", asked.form["__CALLBACKPARAM"])
        if wanted is None or int(wanted[2]) != len(wanted[3]) or int(wanted[1]) != 17 + len(wanted[3]):
            return Reply("0|/*DX*/({'error':{'message':'Index was out of range.'},'id':1})")
        if "busy-callbacks" in self.hazards and wanted[3] not in self._refused:
            self._refused.add(wanted[3])
            return Reply("<h1>Too Many Requests</h1>", 429, headers=(("Retry-After", "1"),))
        number = 1 if "page-one-again" in self.hazards else int(wanted[4]) + 1
        html = self._grid(number).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\r\\n")
        return Reply(f"0|/*DX*/({{'result':{{'html':'{html}','stateObject':{{'keys':[]}}}},'id':{number}}})")

    def _grid(self, number: int) -> str:
        older = "older-layout" in self.hazards
        shown = self.requests[(number - 1) * ROWS : number * ROWS]
        pages = max(1, -(-len(self.requests) // ROWS))
        rows = "\n".join(_older_row(n, one) if older else _row(n, one) for n, one in enumerate(shown))
        if not shown:
            rows = '<tr id="gridView_DXEmptyRow" class="dxgvEmptyDataRow"><td colspan="5"><div> No data to display </div></td></tr>'
        heads = ("Reference No", "Status", "Public Record Request", "Close Date", "Files") if older else (
            "Request Number", "Create Date", "Summary", "Request Status", "")  # fmt: skip
        cells = "".join(f'<td class="dxgvHeader"><table><tr><td>{name}</td></tr></table></td>' for name in heads)
        summary = f'<b class="dxp-lead dxp-summary">Page {number} of {pages} ({len(self.requests)} items)</b>'
        pager = f'<div id="gridView_DXPagerBottom">{summary}<a class="dxp-num">1</a></div>' if pages > 1 else ""
        return (
            f'<table id="gridView"><tr><td><table id="gridView_DXMainTable"><tr id="gridView_DXHeadersRow0">{cells}</tr>'
            f"\n{rows}</table></td></tr></table>{pager}"
        )

    def _details(self, asked: Asked, token: str, page: str) -> Reply:
        found = next((one for one in self.requests if str(one.rid) == asked.query.get("rid")), None)
        if found is None:
            return self._sent_to("supporthome.aspx")
        if asked.method == "POST":
            pressed = re.fullmatch(r"rptAttachments\$ctl(\d\d)\$lnkStreamCloud", asked.form.get("__EVENTTARGET", ""))
            if asked.form.get("__VIEWSTATE") != state(token) or pressed is None:
                return Reply("<h1>Server Error</h1>", 500)
            signature = f"sig{next(self._signatures)}"
            self._signed.add(signature)
            there = f"https://{BLOBS}/public/{found.rid}/{int(pressed[1])}?se=soon&sig={signature}"
            return Reply("Object moved", 302, headers=(("Location", there),))
        told = {
            "Reference No": found.number, "Create Date": found.created, "Public Record Desired": found.text,
            "Close Date": found.closed, **found.extra,
        }  # fmt: skip
        body = "\n".join(
            f'<div class="row"><div class="col"><div><span style="font-weight: bold">{label}:</span></div></div>'
            f'<div class="col"><p class="grid-cell-word-wrap">{escape(text)}</p></div></div>'
            for label, text in told.items()
        )
        return Reply(
            page_of(token, page, body + self._attachments(found), "Request details", "qacRequestPublicSummary")
        )

    def _attachments(self, one: Request) -> str:
        links = ""
        for place, attachment in enumerate(one.attachments):
            control = f"rptAttachments_ctl{place:02}_lnkStreamCloud"
            asks = (
                f"IsDownloadable('{control}', {attachment.number}, {one.rid})"
                if attachment.number
                else "IsDownloadable(this)"
            )
            pressed = f"javascript:__doPostBack(&#39;{control.replace('_', '$')}&#39;,&#39;&#39;)"
            if "unlinked" in self.hazards:
                links += f'<span id="{control}">{escape(attachment.name)}</span>'
            else:
                links += (
                    f'<a onclick="return {escape(asks, quote=True)}" id="{control}" class="qac_link" href="{pressed}">'
                    f"{escape(attachment.name)}</a>\n"
                )
        return f'<div id="divAttachment">{links}</div>'

    def _blob(self, asked: Asked) -> Reply:
        signature = asked.query.get("sig", "")
        if signature not in self._signed:
            return Reply("<Error><Code>AuthenticationFailed</Code></Error>", 403, "application/xml")
        self._signed.discard(signature)
        _, _, rid, place = asked.path.split("/")
        body = next(one for one in self.requests if str(one.rid) == rid).attachments[int(place)].body
        tag = f'"0x{hashlib.sha256(body).hexdigest()[:16].upper()}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers=(("ETag", tag),))
        return Reply(body, kind="application/octet-stream", headers=(("ETag", tag),))


def state(token: str) -> str:
    """What a session's pages want back; its `+` and `&` have to survive the form."""
    return f"/wEP&{token[:8]}+=="


def page_of(token: str, page: str, body: str, title: str, form: str = "qacForm") -> str:
    return f"""<!DOCTYPE html><html><head><title>{title}</title><script src="{ROOT}(S({token}))/DXR.axd?r=1"></script></head><body>
<form method="post" action="./{escape(page, quote=True)}" id="{form}">
<input type="hidden" name="__VIEWSTATE" value="{escape(state(token), quote=True)}" />
<input type="hidden" name="__EVENTTARGET" value="" /><input type="hidden" name="__EVENTARGUMENT" value="" />
<input type="hidden" name="gridView" value="{{&quot;callbackState&quot;:&quot;{token[:6]}&quot;}}" />
<input type="text" name="txtSearch" value="" /><input type="submit" name="filterButton" value="FILTER" />
{body}
</form></body></html>"""


def _row(n: int, one: Request) -> str:
    def cell(label: str, text: str) -> str:
        return f'<td class="dxgv" aria-label="{label}: {escape(text, quote=True)}">{escape(text)}</td>'

    link = f'<a href="javascript:void(0);" aria-label="View Details" onclick="redirectInfo(&#39;{one.rid}&#39;)"><span>Details</span></a>'
    return (
        f'<tr id="gridView_DXDataRow{n}" class="dxgvDataRow_MaterialCompact">{cell("Request Number", one.number)}'
        f"{cell('Create Date', one.created)}{cell('Summary', one.summary)}{cell('Request Status', one.status)}"
        f'<td class="dxgv dx-ac">{link}</td></tr>'
    )


def _older_row(n: int, one: Request) -> str:
    more = f'<a href="javascript:void(0);" onclick="OnMoreInfoClick(this, &#39;{one.rid}&#39;)">View Files({len(one.attachments)})</a>'
    cells = (one.number, one.status, escape(one.summary), one.closed, more if one.attachments else "&nbsp;")
    return f'<tr id="gridView_DXDataRow{n}" class="dxgvDataRow_Moderno">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
