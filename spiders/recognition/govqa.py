"""Is it a GovQA portal, and does it publish an archive of requests?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from spiders.foia import state
from spiders.page import Part
from spiders.platforms.govqa import LIST_PAGE, ROW, GovQaSettings, pager, stable
from spiders.platforms.govqa_request import FIELDS
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

AREA = re.compile(r"/webapp/_[a-z]{2}/", re.IGNORECASE)
"""Where the portal's pages stand: `_rs` for requests, others for other areas."""
AREA_OF_REQUESTS = "/WEBAPP/_rs/"
HOSTS = (".govqa.us", ".mycusthelp.com", ".mycusthelp.net")
MARKUP = re.compile(
    r"\bid=\"qac[A-Z]|class=\"[^\"]{0,80}\bqac_|redirectInfo\(&#39;\d|OpenRecordsSummary\.aspx", re.IGNORECASE
)
CANARIES = 2


class GovQaRecogniser(Recogniser):
    """By its area in the address, its own markup, and the archive's grid."""

    platform = "GovQA"
    spider = "govqa"

    def signs(self, seen: Seen) -> list[Sign]:
        found = []
        if seen.host.endswith(HOSTS):
            found.append(Sign(f"the host {seen.host}", HINT))
        if AREA.search(urlsplit(seen.url).path):
            found.append(Sign("its pages stand under /WEBAPP/_rs/", STRONG))
        text = seen.text[:2_000_000]
        if MARKUP.search(text):
            proven = bool(found) and found[-1].weight == STRONG
            found.append(Sign("the page names GovQA's own controls and pages", PROOF if proven else STRONG))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        parts = urlsplit(stable(seen.url))
        area = AREA.search(parts.path)
        if area is None and not seen.host.endswith(HOSTS):
            return []
        if parts.path.lower().endswith(LIST_PAGE):
            return [Question("archive", stable(seen.url))]
        view = [(name, value) for name, value in parse_qsl(parts.query) if name == "view"]
        path = f"{area[0] if area else AREA_OF_REQUESTS}OpenRecordsSummary.aspx"
        return [Question("archive", urlunsplit((parts.scheme, parts.netloc, path, urlencode(view), "")))]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:  # noqa: ARG002  its archive says more
        archive = answers.get("archive")
        if archive is None or archive.status != 200 or LIST_PAGE not in urlsplit(archive.url).path.lower():
            return None
        page = archive.page
        rows = page.many(ROW)
        empty = page.many("tr[id*=_DXEmptyRow]")
        if not rows and not empty:
            return None
        shown = pager(page)
        total = shown[2] if shown else len(rows)
        closed = [row for row in rows if state(_cell(row, "status")) == "closed"]
        names = {title.text for title in page.many("title") if title.text}
        doubts = [
            "files come by a form of the portal, one after another: the first crawl of a large archive takes hours"
        ]
        if not shown and rows:
            doubts.append("the grid shows no `Page N of M`: it is taken for a single page")
        if total > GovQaSettings().closed:
            most = f"parameters.closed = {GovQaSettings().closed:,}"
            doubts.append(f"of closed requests beyond the newest ({most}) only the list's row is read: raise it once")
        if not rows:
            doubts.append("the archive shows no request now")
        return Proposal(
            spider=self.spider, url=stable(archive.url), name=names.pop() if len(names) == 1 else "", records=total,
            canaries=tuple(filter(None, (_cell(row, "number") for row in closed[-CANARIES:]))),
            evidence=(f"its archive answers with a grid of {total} requests",), doubts=tuple(doubts),
        )  # fmt: skip


def _cell(row: Part, field: str) -> str:
    """The text of a row's cell by its label; empty where there is none."""
    for cell in row.children("td"):
        label, said, _ = cell.attribute("aria-label").partition(":")
        if said and FIELDS.get(label.strip().lower()) == field:
            return cell.text
    return ""
