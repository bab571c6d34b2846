"""COPA's case portal: the list as HTML, a page per case in two layouts, and the REST API. FICTIONAL content.

Hazards:
    rest-missing: no REST API (404, the theme's page)
    rest-off: it is kept from visitors (401 with a code)
    rest-blocked: a firewall's 403
    rest-down: 503
    rest-page: 200 with an HTML page instead of JSON
    rest-endless: its `page` is ignored
    rest-silent: the connection is closed without an answer
    cut: the HTML list shows its first page alone and says that there is no more
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, ClassVar

from tests.replicas.server import CHALLENGE, Asked, PlatformReplica, Reply

HOST = "www.lakeharbor-copa.example"
SITE = f"https://{HOST}"
LISTING = "/data-cases/case-portal/"
PDF = b"%PDF-1.4\n% fictional\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MEDIA = """<div class="col-sm-4 col-xs-6 col-with-vspace">
<div class="large-icon" id="link{id}"><span class="fa {icon}"></span>{name}</div>
<div class="modal fade" id="modal{id}"><div class="modal-body"><iframe class="embed-responsive-item" src=""></iframe></div></div>
<script>jQuery('#link{id}').click(function () {{ var src = '{url}'; jQuery('#modal{id} iframe').attr('src', src); }});</script></div>"""


@dataclass(frozen=True)
class Case:
    slug: str
    log: str
    layout: int = 7
    types: str = "Firearm Discharge"
    incident: str = "02-05-2026 11:34 am"
    notified: str = "02-05-2026"
    closed: str = "-"
    body: str = ""
    files: tuple[tuple[str, str], ...] = ()
    """Path and name of each document."""
    media: tuple[tuple[str, str, str], ...] = ()
    """Icon, name and address."""
    listed: bool = True
    in_rest: bool = True
    modified: str = "2026-03-06T14:42:59"

    @property
    def link(self) -> str:
        return f"{SITE}/case/{self.slug}/"


def cases() -> list[Case]:
    """What the portal starts with."""
    fsr = "/wp-content/uploads/2026/03"
    return [
        Case("2026-0000701", "2026-0000701", files=((f"{fsr}/2026-0000701_FSR.pdf", "2026-0000701_FSR"),
             (f"{fsr}/2026-0000701_Supplemental-FSR.pdf", "2026-0000701_Supplemental FSR")), closed="04-06-2026"),
        Case("2026-0000702", "2026-0000702", media=(
            ("fa-file-video-o", "Body-Worn Camera 1", "https://player.vimeo.com/video/880000702?h=0a1b2c"),)),
        Case("1070702-2", "1070702", layout=5, incident="04-30-2013 9:30 pm", notified="04-30-2013",
             body="<p>Subjects:</p>\n<ul><li>Avery Example</li><li>Blake Sample</li></ul>\n<p>Note: Two recordings have been "
             "withheld pursuant to the Juvenile Court Act.</p>",
             files=(("/wp-content/uploads/2016/05/OCIR_HZ-000702.pdf", "Original Case Incident Report"),),
             media=(("fa-file-sound-o", "Audio Clip", "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/88000702"),)),
        Case("2026-0000703", "2026-0000703", types="Other", listed=False),
    ]  # fmt: skip


@dataclass
class State:
    cases: list[Case] = field(default_factory=cases)
    per_page: int = 2


class CopaReplica(PlatformReplica):
    """The portal; tests edit `state.cases`."""

    hosts: ClassVar[tuple[str, ...]] = (HOST,)
    start: ClassVar[str] = f"{SITE}{LISTING}"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.state = State()
        self.torn: set[str] = set()
        """Paths of cases whose pages lack their table."""
        self.lost: set[str] = set()
        """Paths of cases that are listed and have no page."""
        super().__init__(*hazards, hosts=hosts)

    def edit(self, slug: str, **change: Any) -> None:
        """Change a case."""
        self.state.cases = [replace(one, **change) if one.slug == slug else one for one in self.state.cases]

    def reply(self, asked: Asked) -> Reply:
        if asked.path == LISTING:
            return self._listing(int(asked.query.get("sf_paged", "1")))
        if asked.path.startswith("/wp-json/"):
            return self._rest(asked)
        for one in self.state.cases:
            if one.link == asked.url and asked.path not in self.lost:
                return Reply(_frame(one.log, "<p>Soon.</p>" if asked.path in self.torn else _case(one)))
            for path, _ in one.files:
                if asked.path == path:
                    return Reply(b"", 304) if asked.headers.get("if-none-match") == '"1"' else Reply(
                        PDF, kind="application/pdf", headers=(("ETag", '"1"'),))  # fmt: skip
        return Reply(_frame("Page not found", "<p>It looks like nothing was found at this location.</p>"), 404)

    def _listing(self, number: int) -> Reply:
        shown = [one for one in self.state.cases if one.listed]
        pages = 1 if "cut" in self.hazards else -(-len(shown) // self.state.per_page)
        rows = "".join(
            f'<tr>\n<th>\n<a href="{one.link}" rel="bookmark">{escape(one.log)}</a>\n</th>\n</tr>\n'
            for one in shown[(number - 1) * self.state.per_page : number * self.state.per_page]
        )
        target = f"{SITE}{LISTING}?sort_order=title+desc&amp;sf_paged={number + 1}"
        following = f'<a href="{target}">Next</a>' if number < pages else ""
        return Reply(_frame(
            "Case Portal",
            '<div class="search-filter-results"><div class="table-responsive">'
            f'<table class="table" id="ipra-case-search-data-table"><tbody>\n{rows}</tbody></table></div>'
            f'<div class="pagination"><div class="nav-previous"></div><div> Page {number} of {pages}</div>'
            f'<div class="nav-next">{following}</div></div></div>',
        ))  # fmt: skip

    def _rest(self, asked: Asked) -> Reply:
        refusals = {
            "rest-missing": Reply(_frame("Page not found", "<p>Nothing here.</p>"), 404),
            "rest-off": Reply({"code": "rest_cannot_access", "message": "Not allowed.", "data": {"status": 401}}, 401),
            "rest-blocked": Reply(CHALLENGE, 403), "rest-down": Reply("Service Unavailable", 503),
            "rest-page": Reply(_frame("Maintenance", "<p>Back soon, after some work on the site.</p>")),
        }  # fmt: skip
        for hazard, refusal in refusals.items():
            if hazard in self.hazards:
                return refusal
        if "rest-silent" in self.hazards:
            raise ConnectionResetError
        if asked.path != "/wp-json/wp/v2/case":
            return Reply({"code": "rest_no_route", "message": "No route.", "data": {"status": 404}}, 404)
        known = [one for one in self.state.cases if one.in_rest]
        per = min(int(asked.query.get("per_page", "10")), self.state.per_page)
        pages = -(-len(known) // per)
        number = 1 if "rest-endless" in self.hazards else int(asked.query.get("page", "1"))
        if number > pages:
            return Reply({"code": "rest_post_invalid_page_number", "message": "", "data": {"status": 400}}, 400)
        rows = [
            {"id": 20_000 + n, "slug": one.slug, "link": one.link, "modified_gmt": one.modified}
            for n, one in enumerate(known)
        ]
        headers = (("X-WP-Total", str(len(known))), ("X-WP-TotalPages", str(pages)))
        return Reply(rows[(number - 1) * per : number * per], headers=headers)


def _case(one: Case) -> str:
    columns = {
        "Log#": one.log, "Incident Date & Time": one.incident, "District of Occurrence": "04",
        "COPA Notification Date": one.notified, "Transparency Release Date": "-", "Closed Date": one.closed,
        "FSR/Memo Posted Date": "-",
    } if one.layout == 7 else {
        "Log#": one.log, "Incident Type(s)": one.types, "IPRA/COPA Notification Date": one.notified,
        "Incident Date & Time": one.incident, "District of Occurrence": "04",
    }  # fmt: skip
    heads = "".join(f'<th scope="col">{escape(name)}</th>\n' for name in columns)
    first, *others = columns.values()
    values = f'<th scope="row">\n{first}\n</th>\n' + "".join(f"<td>\n{value}\n</td>\n" for value in others)
    media = "".join(
        MEDIA.format(id=f"{n}{one.log.replace('-', '')}", icon=icon, name=name, url=url)
        for n, (icon, name, url) in enumerate(one.media, 1)
    )
    documents = "".join(
        f'<div class="col-sm-4"><p><a href="{SITE}{path}" target="_blank" class="large-icon">'
        f'<span class="fa fa-file-pdf-o"></span>{escape(name)}</a></p></div>\n'
        for path, name in one.files
    )
    return (
        '<time class="entry-date published" datetime="2026-03-06T14:42:59+00:00">a day</time>\n<div class="entry-content">\n'
        f'<div class="table-responsive hidden-sm hidden-xs">\n<table class="table">\n<thead><tr>\n{heads}</tr></thead>\n'
        f"<tbody><tr>\n{values}</tr></tbody>\n</table>\n</div>\n"
        '<div class="table-responsive hidden-xs hidden-md stack-table"><table></table></div>\n'
        f"{one.body}\n{media}\n{documents}</div>"
    )


def _frame(title: str, body: str) -> str:
    # The menu links to a case and to a report: neither is listed, and neither is a case's file.
    return (
        f"<!DOCTYPE html>\n<html><head><title>{escape(title)} | FICTIONAL</title></head>\n<body>\n"
        f'<nav class="navbar"><ul class="menu"><li><a href="{LISTING}">Case Portal</a></li>'
        '<li><a href="/case/1099999-featured/">Featured case</a></li>'
        '<li><a href="/wp-content/uploads/2024/01/Annual-FSR-Report.pdf">Annual report</a></li></ul></nav>\n'
        f'<main id="main">\n<h1 class="entry-title">{escape(title)}</h1>\n{body}\n</main>\n'
        "<footer><p>Fictional.</p></footer>\n</body></html>\n"
    )
