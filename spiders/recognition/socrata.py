"""Recognises a table on a Socrata domain: by headers that its servers send, proven by the table's own description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from spiders.answer import Answer
from spiders.errors import PageError
from spiders.platforms.socrata_settings import in_address
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

HEADERS = ("X-Socrata-RequestId", "X-Socrata-Region", "X-SODA2-Fields", "X-SODA2-Types")
NUMBERED = re.compile(r"(?:^|_)(?:no|num|number|id|key)$")
LARGE = 200_000
"""Rows beyond which the portal file must raise `limits.records`."""


class SocrataRecogniser(Recogniser):
    """One table; a domain's front page names none, and nothing is proposed for it."""

    platform = "Socrata"
    spider = "socrata"

    def signs(self, seen: Seen) -> list[Sign]:
        found = [Sign(f"the server sends {name}", PROOF) for name in HEADERS if seen.header(name)]
        if "window.socrata" in seen.text or "socrata-webpack" in seen.text:
            found.append(Sign("the page sets up Socrata's scripts", STRONG))
        if table := in_address(seen.url):
            found.append(Sign(f"the address has a table's id, {table}", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        table = in_address(seen.url)
        if not table:
            return []
        rows = f"/resource/{table}.json"
        return [
            Question("about", seen.join(f"/api/views/{table}.json")),
            Question("count", seen.join(f"{rows}?$select=count(*) as total".replace(" ", "%20"))),
            Question("rows", seen.join(f"{rows}?$order=:id&$limit=3")),
        ]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        if "about" not in answers or answers["about"].status != 200:
            return None
        about = answers["about"].answer
        table, columns = about.text("id"), about.many("columns")
        name = about.text("name")
        total = _first(answers, "count")
        records = total.optional_number("total") if total else None
        key, sure = _key(columns, records)
        first = _first(answers, "rows")
        canary = first.optional_text(key) if first and key else None
        doubts = [] if sure else [f"parameters.key = {key!r} is a guess: it must say which record a row is"]
        if records is not None and records > LARGE:
            doubts.append(f"{records:,} rows: raise limits.records")
        return Proposal(
            self.spider, "{0.scheme}://{0.netloc}/d/{1}".format(urlsplit(seen.url), table), name=name,
            agency=about.optional_text("attribution") or "", parameters={"key": key}, records=records,
            canaries=(canary,) if canary else (), doubts=tuple(doubts),
            evidence=(f"/api/views/{table}.json describes “{name}” with {len(columns)} columns",),
        )  # fmt: skip


def _first(answers: Mapping[str, Seen], name: str) -> Answer | None:
    """The first row of an answer, where there is one."""
    if name not in answers or answers[name].status != 200:
        return None
    try:
        return next(iter(answers[name].answer.many()), None)
    except PageError:
        return None


def _key(columns: list[Answer], records: int | None) -> tuple[str, bool]:
    """The column that tells records apart: with as many values as there are rows, named like a number first; and
    whether the description proves it.
    """
    names = [name for column in columns if not (name := column.text("fieldName")).startswith(":")]
    numbered = [name for name in names if NUMBERED.search(name)]
    different = {
        column.text("fieldName") for column in columns
        if records and (held := column.optional("cachedContents")) and held.optional_number("cardinality") == records
    }  # fmt: skip
    for name in [*numbered, *names]:
        if name in different:
            return name, True
    return next(iter([*numbered, *names]), ""), False
