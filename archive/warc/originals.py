"""What a new payload may be a revisit of: captures this crawl has made durable, then the catalog's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from archive.model import CaptureRow, Held

_MOST = 65_536
_log = logging.getLogger(__name__)


class Originals:
    """Whole, non-empty `response` captures by payload digest. Used by the writer's thread alone."""

    def __init__(self, known: Callable[[Sequence[str]], Mapping[str, Held]]) -> None:
        self._known = known
        self._ours: dict[str, Held] = {}

    def look_up(self, digests: Sequence[str]) -> dict[str, Held]:
        """Originals of `digests`; the catalog is asked at most once, for those we do not have."""
        found = {digest: self._ours[digest] for digest in digests if digest in self._ours}
        missing = [digest for digest in dict.fromkeys(digests) if digest not in found]
        if missing:
            try:
                found.update(self._known(missing))
            except Exception:
                # Evidence comes first: without the catalog the bytes are kept again.
                _log.warning("The catalog could not say what it holds; payloads are kept in full", exc_info=True)
        return found

    def remember(self, row: CaptureRow) -> None:
        """Offers a durable capture as an original. The oldest make room; the catalog has them later."""
        original = as_original(row)
        if original is None:
            return
        self._ours.setdefault(row.payload_digest, original)
        if len(self._ours) > _MOST:
            for digest in list(islice(self._ours, _MOST // 8)):
                del self._ours[digest]


def as_original(row: CaptureRow) -> Held | None:
    """`row` as something to refer to, or None: never a revisit, a cut body or an empty payload."""
    if row.kind != "response" or row.truncated or not row.payload_length:
        return None
    return Held(
        capture=row.id,
        url=row.url,
        at=row.at,
        payload_digest=row.payload_digest,
        payload_length=row.payload_length,
        etag=row.etag,
        last_modified=row.last_modified,
        mime=row.mime,
    )
