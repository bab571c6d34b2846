"""What a page in a browser loaded besides itself (styles, scripts, what its scripts asked for), and what a recording
is made of besides its picture (sound, captions, the host's still).

The crawl writes it as a `metadata` record of the page's or the recording's capture, so that a package of it is
whole: without its script's answers such a page is an empty shell.
"""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO

import msgspec

from archive.holdings import Holdings
from archive.store.base import ObjectMissing
from archive.warc.reader import read_member
from config.errors import RecordwatchError

LOADED_TYPE = "application/vnd.recordwatch.loaded+json"


class Loaded(msgspec.Struct, frozen=True):
    """The content of such a record."""

    captures: list[str]
    """Ids of the captures of one visit, or of one recording, its own aside, in the order they came."""
    own: bool = False
    """Whether they are nothing without it: the sound beside a picture. A restriction of it is one of theirs."""


def loaded_with(holdings: Holdings, captures: Collection[str], *, own: bool = False) -> set[str]:
    """Ids of what the pages among `captures` loaded, and recordings are made of; with `own` only of the latter.

    A record that cannot be read adds nothing.

    Raises:
        StoreUnavailable and the database's errors.
    """
    from archive.catalog.models import Derived

    found: set[str] = set()
    ordered = sorted(captures)
    for start in range(0, len(ordered), 500):
        rows = Derived.objects.filter(capture__in=ordered[start : start + 500], kind="metadata", mime=LOADED_TYPE)
        for warc, offset, length in rows.values_list("warc", "offset", "length"):
            try:
                with holdings.store.open(warc, offset, length) as stream:
                    said = _loaded(stream.read())
            except ObjectMissing:
                continue  # `verify` names it
            if said.own or not own:
                found.update(said.captures)
    return found - set(captures)


def _loaded(member: bytes) -> Loaded:
    try:
        return msgspec.json.decode(read_member(BytesIO(member)).block.read(), type=Loaded)
    except (RecordwatchError, OSError, msgspec.MsgspecError):
        return Loaded([])
