"""Who witnessed an archive file: its entry in the witness log, found without walking the log."""

from __future__ import annotations

from typing import NamedTuple

from archive.catalog.models import Warc
from archive.holdings import Holdings
from archive.log import WitnessLog
from archive.log_entry import LogEntry
from archive.log_find import entry_about, timestamped
from config.errors import RecordwatchError

_KEPT = 5000
_entries: dict[tuple[str, str], LogEntry] = {}
"""(home, key) → entry. Entries never change: what was found once need not be looked for again."""


class Witness(NamedTuple):
    """What the log says of one archive file."""

    entry: LogEntry | None = None
    stamped: bool = False
    """Whether an RFC 3161 token lies beside the entry."""
    trouble: str = ""
    """Why the log cannot be asked now: one sentence."""


def witness(holdings: Holdings, stored: Warc | None) -> Witness:
    """Its entry; none where no entry of about its time names it."""
    if stored is None:
        return Witness()
    log = WitnessLog(holdings.store, holdings.home.keys, holdings.home.settings.timestamps)
    place = (str(holdings.home.path), stored.key)
    try:
        entry = _entries.get(place) or entry_about(log, stored.key, stored.sealed_at)
        if entry is None:
            return Witness()
        if len(_entries) >= _KEPT:
            _entries.clear()
        _entries[place] = entry
        return Witness(entry, timestamped(log, entry))
    except RecordwatchError as error:
        return Witness(trouble=error.what)
