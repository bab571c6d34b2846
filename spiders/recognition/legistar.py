"""Legistar: InSite pages of a council, and the Web API behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from spiders.recognition.model import HINT, STRONG, Proposal, Question, Recogniser, Seen, Sign

API = "https://webapi.legistar.com/v1"
PAGES = re.compile(r"(?:Legislation|Meeting|Department|Person|History)Detail\.aspx\?[^\"'<>]{0,80}GUID=", re.IGNORECASE)
GRIDS = re.compile(r"ctl00_ContentPlaceHolder1_grid(?:Main|Calendar|UpcomingMeetings|Legislation|People|Departments)")
TITLE = re.compile(
    r"<title>\s*([^<]{3,120}?)\s+-\s+(?:Calendar|Legislation|Departments?|People|Home)\s*</title>", re.IGNORECASE
)
WATCHED = re.compile(r"\b(?:police|public safety|oversight|civilian review|law enforcement|justice)\b", re.IGNORECASE)
MOST_LOOKED_AT = 2_000_000
"""Characters of a page that are searched."""


class LegistarRecogniser(Recogniser):
    platform = "Legistar"
    spider = "legistar"

    def signs(self, seen: Seen) -> list[Sign]:
        found, text = [], seen.text[:MOST_LOOKED_AT]
        if seen.host.endswith(".legistar.com"):
            found.append(Sign("the host is a tenant of legistar.com", HINT))
        if PAGES.search(text):
            found.append(Sign("the page links to …Detail.aspx?ID=…&GUID=…", STRONG))
        if GRIDS.search(text):
            found.append(Sign("the page has InSite's grids (ctl00_ContentPlaceHolder1_grid…)", STRONG))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        headers = (("Accept", "application/json"),)
        return [Question("bodies", f"{API}/{quote(_client(seen), safe='')}/bodies?%24top=1000", headers=headers)]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        if "bodies" not in answers or answers["bodies"].status != 200:
            return None
        bodies = [row.text("BodyName") for row in answers["bodies"].answer.many() if row.number("BodyId")]
        chosen = tuple(dict.fromkeys(name for name in bodies if WATCHED.search(name)))
        named = TITLE.search(seen.text[:MOST_LOOKED_AT])
        place = named[1] if named else ""
        doubts = (
            [] if chosen else ["none of its bodies names police or public safety: choose some in parameters.bodies"]
        )
        return Proposal(
            self.spider, seen.join("/Legislation.aspx"), name=f"{place or _client(seen)} legislation", agency=place,
            parameters={"bodies": list(chosen)} if chosen else {}, scope=("webapi.legistar.com",),
            evidence=(
                f"{API}/{_client(seen)}/bodies answers with {len(bodies)} bodies", *(sign.words for sign in self.signs(seen))
            ),
            doubts=tuple(doubts),
        )  # fmt: skip


def _client(seen: Seen) -> str:
    return seen.host.partition(".")[0]
