"""Recognises NextRequest: by the shell's markup, proven by the list that its API gives to anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from spiders.answer import Answer
from spiders.errors import PageError
from spiders.foia import state
from spiders.platforms.nextrequest import MOST_PAGES
from spiders.platforms.nextrequest_rows import number_of
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

ASSETS = re.compile(r"//assets\.nextrequest\.com/")
SHELL = re.compile(r'class="main-content nextrequest"')
COSTLY = 5_000
"""Requests beyond which a first crawl takes hours."""
CANARIES = 3


class NextRequestRecogniser(Recogniser):
    """A tenant, on the maker's domain or on a host of its own."""

    platform = "NextRequest"
    spider = "nextrequest"

    def signs(self, seen: Seen) -> list[Sign]:
        found: list[Sign] = []
        if SHELL.search(seen.text):
            found.append(Sign("the page is NextRequest's shell (main-content nextrequest)", PROOF))
        if ASSETS.search(seen.text):
            found.append(Sign("the page loads scripts from assets.nextrequest.com", STRONG))
        if seen.host.endswith(".nextrequest.com") and seen.host != "www.nextrequest.com":
            found.append(Sign(f"the host is {seen.host}", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        json = (("Accept", "application/json"),)
        return [
            Question(
                "requests", seen.join("/client/requests?page_number=1&sort_order=desc&sort_field=id"), headers=json
            ),
            Question("documents", seen.join("/client/documents?page_number=1&page_size=1"), headers=json),
        ]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        if "requests" not in answers or answers["requests"].status != 200:
            return None
        listed = answers["requests"].answer
        total, rows = listed.number("total_count"), listed.many("requests")
        closed = [number_of(row) for row in rows if state(row.text("request_state")) == "closed"]
        most = 2 * MOST_PAGES * len(rows)  # from either end
        files = _documents(answers)
        doubts = ['name the public-records law, e.g. laws = ["us-ca"], to see what is overdue']
        if total > most:
            doubts.append(
                f"the platform lists {most:,} of {total:,} at most: narrow it with parameters.search or .departments"
            )
        elif total > COSTLY:
            doubts.append(
                f"{total:,} requests: the list alone is {-(-total // max(len(rows), 1)):,} pages a crawl; parameters.newest bounds it"
            )
        if files is None:
            doubts.append(
                "the list of all documents is not given to anybody: what is released late to old requests is not seen"
            )
        parts = urlsplit(seen.url)
        name = seen.page.optional("title")
        return Proposal(
            self.spider, f"{parts.scheme}://{parts.netloc}/requests", name=name.text if name else "", records=total,
            listed=min(total, most), files=files, canaries=tuple(closed[-CANARIES:]), doubts=tuple(doubts),
            evidence=(f"/client/requests lists {total:,} requests as NextRequest does",),
        )  # fmt: skip


def _documents(answers: Mapping[str, Seen]) -> int | None:
    """How many documents the tenant has; None where it does not say."""
    if "documents" not in answers or answers["documents"].status != 200:
        return None
    try:
        answer: Answer = answers["documents"].answer
        return answer.number("total_count")
    except PageError:
        return None
