"""What editors are shown of the quarantine: where passages stand; their words only when they ask."""

from __future__ import annotations

from collections.abc import Sequence

from archive.catalog.models import Capture, Derived
from archive.holdings import Holdings
from releases.ledger.observation import Row
from releases.models import File, Quarantine, Record
from releases.quarantine.plan import QuarantineRefused
from releases.search.texts import Text, archived_texts


def listed(*, portal: str = "", states: Sequence[str] | None = ("held",)) -> list[Row]:
    """Rows of the quarantine, newest first; every state when `states` is None. Never words."""
    found = Quarantine.objects.order_by("-at", "-id")
    if portal:
        found = found.filter(portal=portal)
    if states is not None:
        found = found.filter(state__in=states)
    return described(list(found))


def described(rows: Sequence[Quarantine]) -> list[Row]:
    """Where each of these stands. Never words."""
    files = {file.id: file for file in File.objects.filter(id__in={row.file for row in rows})}
    records = {record.id: record for record in Record.objects.filter(id__in={row.record for row in rows})}
    return [
        {
            "id": row.id, "state": row.state, "portal": row.portal, "key": records[row.record].key,
            "title": records[row.record].title, "file": files[row.file].name, "url": files[row.file].url,
            "page": row.page, "passages": len(row.spans), "characters": sum(end - start for start, end in row.spans),
            "reason": row.reason, "since": row.at, "digest": row.digest, "capture": row.capture,
            "decided_at": row.decided_at, "decided_by": row.decided_by, "why": row.why,
        }
        for row in rows
    ]  # fmt: skip


def words_of(holdings: Holdings, ident: str) -> list[str]:
    """The words of one row, from the archived text of its page.

    Raises:
        QuarantineRefused: there is no such row, or its text is not in the archive. StoreUnavailable.
    """
    row = Quarantine.objects.filter(id=ident).first()
    captures = Capture.objects.filter(payload_digest=row.digest).values_list("id", flat=True) if row else []
    chosen = Derived.objects.filter(capture__in=list(captures), kind="conversion", page=row.page if row else 0)
    texts = [Text(*found) for found in chosen.values_list(*Text._fields)[:1]]
    for _, text in archived_texts(holdings)(texts):
        return [text[start:end] for start, end in row.spans] if row else []
    raise QuarantineRefused("the text of these passages is not in the archive", where=ident)
