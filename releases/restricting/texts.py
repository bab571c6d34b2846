"""The text of one page of archived bytes, unmasked: for editors who choose what is masked in it."""

from __future__ import annotations

from archive.access import RestrictionRefused
from archive.catalog.models import Capture, Derived
from archive.holdings import Holdings
from releases.search.texts import Text, archived_texts


def page_text(holdings: Holdings, digest: str, page: int) -> str:
    """The newest text that was read from page `page` (1-based; 0 where there are none) of these bytes.

    Raises:
        RestrictionRefused: there is none, or it is a recording's. StoreUnavailable.
    """
    captures = list(Capture.objects.filter(payload_digest=digest).values_list("id", flat=True)) if digest else []
    rows = Derived.objects.filter(capture__in=captures, kind="conversion", page=page, mime__startswith="text/")
    row = rows.order_by("-at", "-id").values_list(*Text._fields).first()
    if row is None:
        raise RestrictionRefused(
            "there is no text of this page", where=f"page {page}", todo="restrict the file instead"
        )
    chosen = Text(*row)
    if chosen.mime.startswith("text/vtt"):
        raise RestrictionRefused("passages of recordings are not masked", todo="restrict the file, or the name")
    for _, text in archived_texts(holdings)([chosen]):
        return text
    raise RestrictionRefused("the text of this page is not in the archive", where=f"page {page}")


def pages_with_text(digest: str) -> list[int]:
    """Pages of these bytes that have a text, ascending; [0] for a text without pages."""
    captures = list(Capture.objects.filter(payload_digest=digest).values_list("id", flat=True)) if digest else []
    rows = Derived.objects.filter(capture__in=captures, kind="conversion", mime__startswith="text/")
    return sorted(set(rows.exclude(mime__startswith="text/vtt").values_list("page", flat=True)))
