"""Which texts are still to be read or kept, by what the catalog and the ledger have of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from releases.models import FileFacts
from releases.text.engines import DOCUMENTS, OCR
from releases.text.outcome import Extracted
from releases.text.readings import may_be_read_now

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from archive.catalog.models import Derived


def to_keep(extracted: Extracted, read: str) -> bool:
    """Whether a text goes into the archive. `read`: the engine whose text of the same bytes is there already."""
    return not read or (extracted.engine.startswith(DOCUMENTS) and extracted.engine != read)


def only_examined(engine: str) -> bool:
    """Whether a text by this engine is shown to nobody before the ledger has what came of reading it."""
    return engine.startswith(DOCUMENTS)


def settle(digests: Sequence[str], examined: set[str]) -> None:
    """Add to `examined` those of `digests` whose text was looked for, and take out those where that failed and
    may not fail again: their reader is another one since.
    """
    rows = FileFacts.objects.filter(digest__in=digests, kind="text").order_by("at", "id")
    again: dict[str, bool] = {}
    for digest, engine, facts in rows.values_list("digest", "engine", "facts"):
        again[digest] = may_be_read_now(engine, facts.get("trouble", ""))
    for digest, may in again.items():
        (examined.discard if may else examined.add)(digest)


def live_texts(captures: Sequence[str]) -> QuerySet[Derived]:
    """Texts that these captures hold themselves: none that was read off a picture."""
    from archive.catalog.models import Derived

    return Derived.objects.filter(capture__in=captures, kind="conversion", mime__startswith="text/plain").exclude(
        engine__startswith=OCR
    )
