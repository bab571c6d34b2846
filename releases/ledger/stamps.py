"""Stamps: what a list says of a record's last change, kept with the record whose page was read under it.

A stamp is committed with the reading and never without it: of a page that failed, or whose loss a blocked or broken
crawl held back, no stamp is kept, and the next crawl reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from releases.ledger.canonical import clean, clip
from releases.ledger.change import BLIND
from releases.ledger.compare import LINKED
from releases.ledger.known import batches
from releases.ledger.observation import FileWanted, Observation
from releases.ledger.rows import Rows
from releases.models import File, Record

LONGEST = 255


class Stamps:
    """The stamps of one crawl, on their way into its plan."""

    def __init__(self, observation: Observation) -> None:
        self._observation = observation
        said: Iterable[tuple[str, str]] = ()
        if observation.verdict not in BLIND:
            said = ((clip(clean(one.key), 512), clean(one.stamp)) for one in observation.sightings if one.stamp)
        self._said = {key: stamp for key, stamp in said if len(stamp) <= LONGEST}
        self._read: dict[str, str] = {}
        self._doubted: set[str] = set()

    def of(self, key: str) -> str:
        """What the list said of the record `key`; empty for nothing."""
        return self._said.get(key, "")

    def read(self, record: str, key: str) -> None:
        """The held record with this id was read in this crawl."""
        self._read[record] = self.of(key)

    def doubt(self, record: str) -> None:
        """What was read of this record is not what is held now: the next crawl is to read it again."""
        self._doubted.add(record)

    def plan(self, rows: Rows) -> None:
        """Adds the updates. A portal whose list says nothing costs one query."""
        portal, at = self._observation.portal.slug, self._observation.started_at
        held = dict(Record.objects.filter(portal=portal).exclude(stamp="").values_list("id", "stamp"))
        rows.assign("releases.Record", self._doubted & held.keys(), stamp="", read_at=None)
        if self._observation.verdict in BLIND:
            return
        again: list[str] = []
        for record, stamp in self._read.items():
            if record in self._doubted:
                continue
            if held.get(record, "") != stamp:
                rows.update("releases.Record", record, stamp=stamp, read_at=at if stamp else None)
            elif stamp:
                again.append(record)
        rows.assign("releases.Record", again, read_at=at)


def known_files(ids: Sequence[str]) -> list[FileWanted]:
    """The files of records that were not opened: they may have changed where they are. One that has to be pressed
    for on the record's page is left alone, as it is known by that page only.
    """
    wanted: list[FileWanted] = []
    for batch in batches(ids):
        pages = dict(Record.objects.filter(id__in=batch).values_list("id", "url"))
        listed = File.objects.filter(record__in=batch, state__in=sorted(LINKED)).exclude(host="press").order_by("id")
        wanted += [
            FileWanted(file, record, url, host, pages[record], None, kind)
            for file, record, url, host, kind in listed.values_list("id", "record", "url", "host", "kind")
        ]
    return wanted
