"""From what a crawl saw to what is to be committed: the records, their versions, files and events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from releases.ledger import known
from releases.ledger.canonical import clean, clip
from releases.ledger.change import Change, change_record, keep_files, new_record
from releases.ledger.choose import Rivals, resolve, strongest
from releases.ledger.compare import carried
from releases.ledger.flapping import restless, tell_settled
from releases.ledger.known import Held, Presence
from releases.ledger.missing import plan_missing
from releases.ledger.observation import Confirmation, Observation, Plan
from releases.ledger.pages import plan_pages
from releases.ledger.portals import plan_portal
from releases.ledger.retract import retract_misread
from releases.ledger.rows import Rows, Subject
from releases.ledger.stamps import Stamps, known_files
from releases.ledger.state import State, state_of


class Listing:
    """The making of one plan. `make` is called once."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        portal = observation.portal.slug
        self.rows = Rows(portal, observation.crawl, observation.at, observation.backfill)
        self.plan = Plan()
        self.held: dict[str, Presence] = known.presences(portal)
        self.links = known.links(portal)
        self.live = {presence.id: presence for presence in self.held.values() if presence.state != "merged"}
        self.seen: set[str] = set()
        """Ids of the records this crawl saw."""
        self.read: set[str] = set()
        """Ids of those whose own data was read and is as held, extractor aside."""
        self.unread: set[str] = set()
        """Ids of withdrawn records that are listed again, while their own page gave nothing."""
        self.moved: set[str] = set()
        """Ids of those that differ from what is held in anything a reader could be told."""
        self.settled: set[str] = set()
        """Ids of those for which a row with their own key says exactly what is held."""
        self.rivals: dict[str, Rivals] = defaultdict(Rivals)
        self.strangers: dict[str, list[State]] = defaultdict(list)
        """Rows whose key no record has, by key."""
        self.strange_urls: dict[str, str] = {}
        self.stamps = Stamps(observation)

    def make(self, confirmations: Sequence[Confirmation]) -> Plan:
        """The plan, in the order of its steps."""
        self._sightings()
        for batch in known.batches(self.observation.records):
            self._records([state_of(record, self.observation.portal.limits.files_per_record) for record in batch])
        fresh = self._strangers()
        changed = self._changed()
        self._restored_unread(changed)
        tell_settled(self.rows, self.observation, self.seen - self.moved)
        self._new(fresh)
        self.stamps.plan(self.rows)
        plan_missing(self.observation, self.rows, self.live, self.seen, confirmations)
        plan_pages(self.observation, self.rows)
        plan_portal(self.observation, self.rows)
        again = [
            record
            for record in self.seen - self.unread
            if self.live[record].missing or self.live[record].state == "withdrawn"
        ]
        self.rows.assign("releases.Record", again, state="present", missing_since=None, missing_crawls=0)
        self.rows.assign(
            "releases.File", self.rows.listed_files, last_seen_at=self.observation.at, last_crawl=self.observation.crawl
        )
        self.rows.assign(
            "releases.Record", self.seen, last_seen_at=self.observation.at, last_crawl=self.observation.crawl
        )
        self.plan.operations = self.rows.operations()
        self.plan.events = self.rows.events
        return self.plan

    def _sightings(self) -> None:
        unopened: list[str] = []
        for sighting in self.observation.sightings:
            key = clip(clean(sighting.key), 512)
            presence = self.held.get(key)
            if presence is not None and presence.state != "merged":
                self.seen.add(presence.id)
                if sighting.key in self.observation.unopened:
                    unopened.append(presence.id)
            else:
                self.strange_urls.setdefault(key, clean(sighting.url))
        self.plan.files_wanted += known_files(unopened)

    def _records(self, batch: list[State]) -> None:
        """Rows with a known key: most say what is held, and cost no query."""
        mine: list[tuple[Presence, State]] = []
        for state in batch:
            if state.files_left_out:
                self.plan.warnings.append(
                    f"{state.key}: {state.files_left_out} files beyond limits.files_per_record were left out"
                )
            presence = self.held.get(state.key)
            if presence is not None and presence.state != "merged":
                mine.append((presence, state))
            else:
                self.strangers[state.key].append(state)
                self.strange_urls.setdefault(state.key, state.url)
        reread: list[str] = []
        for presence, state in mine:
            self.seen.add(presence.id)
            kept = None
            if presence.state == "present" and presence.mark == _mark(state):
                kept = keep_files(self.rows, presence.id, state, self.links.files.get(presence.id, ()))
            if kept is None:
                self.rivals[presence.id].own.append(state)
                continue
            self.settled.add(presence.id)
            if presence.id in self.read:
                continue
            self.read.add(presence.id)
            self.stamps.read(presence.id, state.key)
            for name in state.aliases:
                if known.mark(presence.id, name) not in self.links.aliases:
                    self.rows.alias(presence.id, name)
            self.plan.files_wanted += kept
            if presence.extractor != self.observation.extractor:
                reread.append(presence.id)
        self.rows.assign("releases.Record", reread, extractor=self.observation.extractor)

    def _strangers(self) -> dict[str, list[State]]:
        """Finds out whom unknown keys mean; what remains is new."""
        means = resolve(self.observation.portal.slug, self.strange_urls, self.held, self.seen) if self.held else {}
        self.seen.update(means.values())
        for key, record in means.items():
            self.rivals[record].other += self.strangers.pop(key, [])
        # A merged record's key that means nobody any more is left alone: `unmerge` brings it back.
        return {key: states for key, states in self.strangers.items() if key not in self.held}

    def _changed(self) -> set[str]:
        """Versions and events of records whose rows differ from what is held."""
        pending = {record: rivals for record, rivals in self.rivals.items() if rivals.own or rivals.other}
        for batch in known.batches(sorted(pending)):
            records = known.records(batch)
            versions = known.versions(records.values())
            files = known.files(batch)
            names = known.names_of(batch)
            changes: list[Change] = []
            doubles: set[str] = set()
            for record in batch:
                rivals, held = pending[record], records[record]
                last, held_files = versions[record], files.get(record, [])
                state, contradicted = rivals.chosen(
                    lambda row, held=held, last=last, files=held_files: (
                        Change(  # type: ignore[misc]
                            self.observation, held, last, files, carried(row, last.fields, files)
                        ).differences
                    )
                )
                if record in self.settled:
                    contradicted = any(row.fields_hash != held.fields_hash for row in rivals.own)
                if contradicted:
                    self.plan.warnings.append(f"{held.key}: listed more than once in one crawl, with different data")
                    self.stamps.doubt(record)
                if record in self.settled:
                    continue
                change = Change(self.observation, held, last, held_files, carried(state, last.fields, held_files))
                changes.append(change)
                if change.differences:
                    self.moved.add(record)
                if contradicted:
                    doubles.add(record)
            flips = restless(changes, self.observation.at)
            for change in changes:
                held, rivals = change.held, pending[change.held.id]
                change = replace(change, restless=flips.get(held.id, frozenset()))  # noqa: PLW2901
                wanted = change_record(self.rows, change, ["same key twice"] if held.id in doubles else [])
                if not change.withheld:
                    self.plan.files_wanted += wanted
                    if rivals.own:
                        self.stamps.read(held.id, held.key)
                    self._aliases(held, [*rivals.own, *rivals.other], names.get(held.id, set()))
                else:
                    self.stamps.doubt(held.id)
                    self.plan.warnings.append(
                        f"{held.key}: lost fields or files in a crawl that is not healthy; held back"
                    )
            retract_misread(self.rows, changes)
        return pending.keys() - self.settled

    def _restored_unread(self, told: Iterable[str]) -> None:
        """Withdrawn records that are listed again, their own data not read or as it was.

        In a complete healthy crawl that read records (or need not), one whose page gave nothing is not back: a list
        out of a cache still names it.
        """
        done = set(told)
        ids = sorted(record for record in self.seen - done if self.live[record].state == "withdrawn")
        if self.observation.complete and (self.read or self.rivals or self.observation.unopened):
            self.unread.update(ids)
            return
        if not ids:
            return
        captures = {clip(clean(sighting.key), 512): sighting.capture for sighting in self.observation.sightings}
        for batch in known.batches(ids):
            records = known.records(batch)
            versions = known.versions(records.values())
            for record in batch:
                held = records[record]
                self.rows.event(
                    "restored",
                    Subject(record, held.key, held.title, held.url),
                    captures=[*versions[record].captures, captures.get(held.key, "")],
                )  # fmt: skip

    def _new(self, fresh: dict[str, list[State]]) -> None:
        present = sum(1 for presence in self.live.values() if presence.state == "present")
        rebaselined = self._extractor_is_new() and len(fresh) > max(5, present / 5)
        captures = {clip(clean(sighting.key), 512): sighting.capture for sighting in self.observation.sightings}
        for key, states in fresh.items():
            state, contradicted = strongest(states)
            tags = ["same key twice"] if contradicted else []
            if contradicted:
                self.plan.warnings.append(f"{key}: listed more than once in one crawl, with different data")
            if rebaselined:
                tags.append("new spider version")
            self.plan.files_wanted += new_record(
                self.rows, self.observation, state, captures.get(key, ""), tags, backfill=rebaselined or None,
                stamp="" if contradicted else self.stamps.of(key),
            )  # fmt: skip

    def _extractor_is_new(self) -> bool:
        return bool(self.held) and not known.has_extractor(self.observation.portal.slug, self.observation.extractor)

    def _aliases(self, held: Held, states: Sequence[State], names: set[str]) -> None:
        wanted = dict.fromkeys(name for state in states for name in (state.key, *state.aliases))
        for state in states:
            if state.url != held.url:
                wanted[clip(held.url, 512)] = None
        for name in wanted:
            if name not in names and name not in {held.key, ""}:
                self.rows.alias(held.id, name)


def _mark(state: State) -> int:
    return known.mark(state.fields_hash, state.text_hash, state.raw_hash, state.url)


def plan_listing(observation: Observation, confirmations: Sequence[Confirmation] = ()) -> Plan:
    """What to commit now that the listing of a crawl is done. Reads the database, writes nothing."""
    return Listing(observation).make(confirmations)
