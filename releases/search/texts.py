"""Page and file texts for the index: read back from the `conversion` records they are archived in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from archive.holdings import Holdings
from archive.store.base import ObjectMissing
from archive.warc.reader import NotAWarc
from archive.warc.source import Damage
from archive.warc.whole_block import whole_block


class Text(NamedTuple):
    """A `conversion` record: columns of `archive.catalog.models.Derived`."""

    id: str
    capture: str
    warc: str
    offset: int
    length: int
    page: int
    mime: str


Texts = Callable[[Sequence[Text]], Iterator[tuple[str, str]]]
"""Gives (id, the text itself), in whatever order reads best; those that cannot be read are left out."""

SPAN = 32 * 1024**2
"""Bytes read at once; bounds memory."""
GAP = 1024**2
"""Bytes between two records that are rather read over than asked around."""


def archived_texts(holdings: Holdings) -> Texts:
    """Texts from the store: each WARC is read forwards, records that lie together in one request.

    Raises (while iterating):
        StoreUnavailable: nothing more can be read now.
    """

    def texts(wanted: Sequence[Text]) -> Iterator[tuple[str, str]]:
        rows = sorted(wanted, key=lambda row: (row.warc, row.offset))
        for group in _together(rows):
            start, end = group[0].offset, group[-1].offset + group[-1].length
            try:
                with holdings.store.open(group[0].warc, start, end - start) as stream:
                    data = stream.read()
            except ObjectMissing:
                continue  # `verify` names it; what else there is can still be searched
            for row in group:
                member = data[row.offset - start : row.offset - start + row.length]
                try:
                    text = whole_block(io.BytesIO(member)).decode("utf-8", "replace")
                except (NotAWarc, Damage):
                    continue
                yield row.id, text

    return texts


def _together(rows: Sequence[Text]) -> Iterator[list[Text]]:
    group: list[Text] = []
    for row in rows:
        if group:
            end = group[-1].offset + group[-1].length
            apart = row.warc != group[0].warc or row.offset - end > GAP
            if apart or row.offset + row.length - group[0].offset > SPAN:
                yield group
                group = []
        group.append(row)
    if group:
        yield group
