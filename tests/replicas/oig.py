"""An inspector general's publications in both known layouts of the list. FICTIONAL content.

Hazards:
    layout-b: title and summary without a date, instead of date and teaser
    load-more: one page, and a button that adds the rest by script
    no-next: page 1 links to page 3 and not to page 2
    empty: the list says that there is nothing
    bare: the list shows nothing and says nothing
    moved: reports stand at /publications/<slug>/ instead of under their dates
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from tests.replicas.server import Asked, PlatformReplica, Reply

HOST = "ig.lakeharbor.example"
SITE = f"https://{HOST}"
LISTING = "/publications/reviews-reports/"
UPLOADS = "/wp-content/uploads/2026/03"
PDF = b"%PDF-1.4\n% fictional\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
REOPEN = "Recommendation to Reopen a Lake Harbor Police Disciplinary Investigation"


@dataclass(frozen=True)
class Report:
    slug: str
    title: str
    day: str
    text: str
    files: tuple[tuple[str, str], ...] = ()
    """Name of the file and words of the link."""


def reports() -> list[Report]:
    """What the site starts with, newest first."""

    def reopen(log: str, case: str, day: str, slug: str) -> Report:
        text = f"Recommendation to reopen the disciplinary investigation log number: {log} (OIG case number: {case})."
        return Report(slug, REOPEN, day, text, ((f"{slug}.pdf", "Read the recommendation here"),))

    return [
        Report("force-review", "Review of the Invented Force Policy", "2026-03-18",
               "The office reviewed how the department records force. The department disagreed.",
               (("Force-Review.pdf", "Read the full report here."), ("LHPD-Response.pdf", "Department's response"))),
        reopen("2025-0000901", "C2025-000000801", "2026-03-02", "recommendation-to-reopen-3"),
        reopen("2025-0000902", "C2025-000000802", "2026-02-11", "recommendation-to-reopen-2"),
        reopen("2024-0000903 and 2024-0000904", "C2024-000000803", "2026-01-20", "recommendation-to-reopen"),
    ]  # fmt: skip


@dataclass
class State:
    reports: list[Report] = field(default_factory=reports)
    per_page: int = 2


class OigReplica(PlatformReplica):
    """The site; tests edit `state.reports`."""

    hosts: ClassVar[tuple[str, ...]] = (HOST,)
    start: ClassVar[str] = f"{SITE}{LISTING}"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.state = State()
        super().__init__(*hazards, hosts=hosts)

    def edit(self, slug: str, **change: Any) -> None:
        """Change a report."""
        self.state.reports = [replace(one, **change) if one.slug == slug else one for one in self.state.reports]

    def link(self, report: Report) -> str:
        place = "publications" if "moved" in self.hazards else report.day.replace("-", "/")
        return f"/{place}/{report.slug}/"

    def reply(self, asked: Asked) -> Reply:
        if asked.path == LISTING or asked.path.startswith(f"{LISTING}page/"):
            return self._listing(int(asked.path.removeprefix(LISTING).strip("/").removeprefix("page/") or 1))
        for report in self.state.reports:
            if asked.path == self.link(report):
                return Reply(_frame(report.title, self._report(report)))
            if any(asked.path == f"{UPLOADS}/{name}" for name, _ in report.files):
                same = asked.headers.get("if-none-match") == '"1"'
                return Reply(b"", 304) if same else Reply(PDF, kind="application/pdf", headers=(("ETag", '"1"'),))
        return Reply(_frame("Page not found", "<p>Nothing here.</p>"), 404)

    def _listing(self, number: int) -> Reply:
        if "empty" in self.hazards or "bare" in self.hazards:
            return Reply(_frame("Publications", "<p>No publications found.</p>" if "empty" in self.hazards else ""))
        per, shown = self.state.per_page, self.state.reports
        pages = -(-len(shown) // per)
        if number > pages:
            return Reply(_frame("Page not found", "<p>Nothing here.</p>"), 404)
        rows = "".join(map(self._row, shown[(number - 1) * per : number * per]))
        numbers = [
            n for n in range(1, pages + 1) if n != number and not ("no-next" in self.hazards and n == number + 1)
        ]
        links = "".join(f'<a class="page-numbers" href="{SITE}{LISTING}page/{n}/">{n}</a> ' for n in numbers)
        if "load-more" in self.hazards:
            links = ""
        more = (
            "<button>Load more</button>"
            if "load-more" in self.hazards
            else f'<nav class="navigation pagination">{links}</nav>'
        )
        section = '<p><a href="/publications/quarterly-reports/">Quarterly reports</a></p>'
        return Reply(_frame("Publications", f"{section}<h2>Latest Reviews &amp; Reports</h2><ul>{rows}</ul>{more}"))

    def _row(self, report: Report) -> str:
        link = self.link(report)
        if "layout-b" in self.hazards:
            return f'<li><h3><a href="{link}">{report.title}</a></h3><p>{report.text}</p></li>'
        day = date.fromisoformat(report.day)
        words = " ".join(report.text.split()[:8])
        return f'<li><a href="{link}"><time>{day:%B} {day.day}, {day.year}</time><p>{words}...</p></a></li>'

    def _report(self, report: Report) -> str:
        files = "".join(f'<p><a href="{SITE}{UPLOADS}/{name}">{words}</a></p>' for name, words in report.files)
        return f"<article><p>{report.text}</p>{files}</article>"


def _frame(title: str, body: str) -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title} | FICTIONAL</title></head><body>"
        '<header><nav class="menu"><a href="/publications/featured-report/">Featured</a> '
        '<a href="/wp-content/uploads/2020/01/brochure.pdf">Brochure</a></nav></header>'
        f"<main><h1>{title}</h1>{body}</main><footer><p>Fictional.</p></footer></body></html>"
    )
