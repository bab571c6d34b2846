"""A document's text as it may be shown beside another's: what is hidden in it, or held back, is masked."""

from __future__ import annotations

from releases.models import Quarantine
from releases.quarantine.gate import hidden, masked
from releases.text.outcome import Extracted


def document_text(digest: str, read: Extracted) -> tuple[str | None, str]:
    """(its text, why nothing or not all of it could be read). Sheets and slides stand below each other."""
    if not read.pages:
        return None, read.error
    held, free = hidden({digest}).get(digest, {}), let_go(digest)
    pages = []
    for number, text in enumerate(read.pages, 1):
        fresh = [span for span in read.hidden.get(number, ()) if (number, span[0]) not in free]
        pages.append(masked(text, [*held.get(number, ()), *fresh]))
    return "\n".join(pages), read.error


def let_go(digest: str) -> set[tuple[int, int]]:
    """(page, start) of passages that an editor let go."""
    rows = Quarantine.objects.filter(digest=digest, state="released").values_list("page", "spans")
    return {(page, span[0]) for page, spans in rows for span in spans}
