"""The "Online Case Portal" of 2016: a theme's DynamicSearch.php, and a page per case. FICTIONAL content.

Hazards:
    moved: cases stand at /case/<slug>/ on another host, and documents on the site's own instead of a content network
    empty: the list says that there is nothing
    bare: `items` is an empty text
    html: the theme's page instead of JSON, as when DynamicSearch.php is gone
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, ClassVar

from tests.replicas.copa import MEDIA, PDF
from tests.replicas.server import Asked, PlatformReplica, Reply

HOST = "portal.lakeharbor-ipra.example"
NEXT_HOST = "www.lakeharbor-ipra.example"
CDN = "abc123.contentnetwork.example"
SEARCH = "/wp-content/themes/ipra/DynamicSearch.php"


@dataclass(frozen=True)
class Case:
    """As the scrapes of 2016 have it."""

    log: str
    slug: str
    incident_type: str = "Firearm Discharge"
    notified: str = "01-08-2016"
    incident: str = "01-07-2016 10:27 pm"
    posted: str = "2016-06-03T12:00:00+00:00"
    subjects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    video: tuple[tuple[str, str], ...] = ()
    """Address and name; so for audio and documents."""
    audio: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()


def cases() -> list[Case]:
    """What the portal starts with."""
    uploads = f"http://{CDN}/wp-content/uploads/2016/05"
    track = "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/{}&amp;auto_play=false&amp;visual=true"
    return [
        Case("1070801", "1070801-2", subjects=("Avery Example", "Blake Sample"),
             notes=("Four 911 calls have been withheld pursuant to the Invented Privacy Act of 1996.",),
             video=(("https://player.vimeo.com/video/770000801", "Video Clip"), ("https://player.vimeo.com/video/770000802",
                    "Incident begins at the start of this video.")),
             audio=((track.format(77000801), "Audio Clip"),),
             documents=((f"{uploads}/OCIR_HZ-000801.pdf", "Original Case Incident Report 1 of 2"),
                        (f"{uploads}/TRR_Sample.pdf", "Tactical Response Report (Sample)"))),
        Case("1070802", "1070802-3", "Taser Discharge", subjects=("Casey Invented",)),
        Case("1070803", "1070803-2", "Incident in Police Custody", incident="12-31-2015 1:05 am"),
    ]  # fmt: skip


@dataclass
class State:
    cases: list[Case] = field(default_factory=cases)


class IpraReplica(PlatformReplica):
    """The portal; tests edit `state.cases`."""

    hosts: ClassVar[tuple[str, ...]] = (HOST, NEXT_HOST, CDN)
    start: ClassVar[str] = f"http://{HOST}{SEARCH}"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.state = State()
        super().__init__(*hazards, hosts=hosts)

    def edit(self, slug: str, **change: Any) -> None:
        """Change a case."""
        self.state.cases = [replace(one, **change) if one.slug == slug else one for one in self.state.cases]

    def link(self, case: Case) -> str:
        return f"https://{NEXT_HOST}/case/{case.slug}/" if "moved" in self.hazards else f"http://{HOST}/{case.slug}/"

    def reply(self, asked: Asked) -> Reply:
        if asked.path == SEARCH:
            return self._search()
        for case in self.state.cases:
            if asked.url == self.link(case):
                return Reply(_frame(case.log, self._case(case)))
            if any(url.endswith(asked.path) for url, _ in case.documents) and (asked.host == CDN) != (
                "moved" in self.hazards
            ):
                same = asked.headers.get("if-none-match") == '"1"'
                return Reply(b"", 304) if same else Reply(PDF, kind="application/pdf", headers=(("ETag", '"1"'),))
        return Reply(_frame("Page not found", "<p>Nothing here.</p>"), 404)

    def _search(self) -> Reply:
        if "html" in self.hazards:
            return Reply(_frame("Case Portal", "<p>The case portal has a new address.</p>"))
        rows = "".join(
            f'<tr>\n<th scope="row"><a href="{self.link(case)}">{case.log}</a></th>\n<td>{escape(case.incident_type)}</td>\n'
            f"<td>{case.notified}</td>\n<td>{case.incident}</td>\n</tr>\n"
            for case in self.state.cases
        )
        heads = "".join(
            f"<th>{name}</th>"
            for name in ("Log#", "Incident Type(s)", "IPRA Notification Date", "Incident Date &amp; Time")
        )
        items = (
            f'<table id="ipra-case-search-data-table"><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>'
        )
        items = "<p>No results found.</p>" if "empty" in self.hazards else "" if "bare" in self.hazards else items
        return Reply({"caseSearch": {"items": items, "found": len(self.state.cases)}})

    def _case(self, case: Case) -> str:
        columns = {"Log#": case.log, "Incident Type(s)": case.incident_type, "IPRA Notification Date": case.notified,
                   "Incident Date & Time": case.incident}  # fmt: skip
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
        first, *others = (escape(value) for value in columns.values())
        cells = f'<th scope="row">\n{first}\n</th>' + "".join(f"<td>\n{value}\n</td>" for value in others)
        subjects = {
            0: "", 1: f"<p>Subject: {escape(case.subjects[0])}</p>" if case.subjects else "",
        }.get(len(case.subjects), "<p>Subject:</p>\n<ul>" + "".join(f"<li>{escape(one)}</li>" for one in case.subjects) + "</ul>")  # fmt: skip
        notes = "".join(f"<p>Note: {escape(note)}</p>\n" for note in case.notes)
        media = "".join(
            MEDIA.format(id=f"{case.log}{kind}{n}", icon=icon, name=escape(name), url=url)
            for kind, icon, files in ((1, "fa-file-video-o", case.video), (2, "fa-file-sound-o", case.audio))
            for n, (url, name) in enumerate(files, 1)
        )
        own = f"https://{NEXT_HOST}" if "moved" in self.hazards else f"http://{CDN}"
        documents = "".join(
            f'<div class="col-sm-4"><a href="{escape(url.replace(f"http://{CDN}", own))}" target="_blank">'
            f'<span class="fa fa-file-pdf-o"></span>{escape(name)}</a></div>\n'
            for url, name in case.documents
        )
        return (
            f'<time class="entry-date published" datetime="{case.posted}">a day</time>\n<div class="entry-content">\n'
            '<div class="table-responsive hidden-sm hidden-xs"><table class="table">\n'
            f"<thead><tr>{heads}</tr></thead>\n<tbody><tr>{cells}</tr></tbody></table></div>\n{subjects}\n{notes}"
            f'<h2>Media</h2><div class="row">{media}</div>\n<h2>Documents</h2><div class="row">{documents}</div></div>'
        )


def _frame(title: str, body: str) -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{escape(title)} | FICTIONAL</title></head><body>"
        '<nav class="menu"><a href="/wp-content/uploads/2016/01/menu.pdf">Menu</a></nav>'
        f'<main><h1 class="entry-title">{escape(title)}</h1>{body}</main></body></html>'
    )
