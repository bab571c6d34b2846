"""Records that a list still names, and whose own pages are gone: no withdrawal while they are listed, and no silence."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.findings import Findings
from crawler.questions import count_of

GONE = frozenset({404, 410})


def gone_notes(findings: Findings) -> Iterator[str]:
    """One sentence, where listed records' own pages answer that there is no such page."""
    last = {url: status for url, status, _ in findings.answers}
    gone = [url for url in dict.fromkeys(findings.keys.values()) if last.get(url) in GONE]
    if gone:
        yield (
            f"{count_of(len(gone), 'listed record')} without a page any more, first {gone[0]} ({last[gone[0]]}): what was "
            "known is kept, and counts as withdrawn only when the list drops it too"
        )
