"""What the ledger keeps of an attempt to read a file's words, so that nobody tries again in vain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from releases.facts.model import Facts, OcrRead, TextRead
from releases.text.engines import CURRENT, DOCUMENTS, READER
from releases.text.outcome import Extracted


def text_read(extracted: Extracted) -> TextRead | None:
    """What to keep: of what has troubles or no words, and of every text that is not shown without it. None of
    what speaks for itself: a web page's text, a PDF whose facts say that it has none.
    """
    pages = sum(1 for page in extracted.pages if page.strip())
    plain = not extracted.trouble and (pages or extracted.facts is not None)
    if plain and not extracted.engine.startswith(DOCUMENTS):
        return None
    return TextRead(pages, extracted.trouble, extracted.error)


def engine_of(extracted: Extracted) -> str:
    """What read it, or refused to."""
    return (extracted.engine or READER)[:64]


def may_be_read_now(engine: str, trouble: str) -> bool:
    """Whether what `engine` could not read is worth another attempt: the engines are others since."""
    return bool(trouble) and engine not in CURRENT


def facts_row(
    ident: str, portal: str, crawl: str, digest: str, capture: str, facts: Facts | TextRead | OcrRead, engine: str, at: datetime
) -> dict[str, Any]:  # fmt: skip
    """A row of `FileFacts`."""
    values = msgspec.to_builtins(facts)
    return {
        "id": ident, "portal": portal, "digest": digest, "capture": capture, "kind": values["kind"],
        "engine": engine[:64], "facts": values, "at": at, "crawl": crawl,
    }  # fmt: skip
