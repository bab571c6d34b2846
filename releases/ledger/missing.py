"""Records that were not seen: absent, missing, withdrawn. Only a complete healthy crawl may say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from releases.ledger import known
from releases.ledger.canonical import clean, clip
from releases.ledger.known import Held, Presence
from releases.ledger.observation import Absent, Confirmation, Observation
from releases.ledger.rows import Rows, Subject, told_file

FEWEST = 5
SHARE = 0.2
"""More records than this, and than this share of those present, missing at once is an incident of
its own: a list that was cut, a page that lied, or a withdrawal that deserves a second look."""
PATIENCE = 3
"""Complete healthy crawls in a row that must miss a record, where its own page does not say that it is
gone: lists out of caches, cut or filtered ones, look healthy for a day or two."""
LONG_PATIENCE = 8
"""The same where another version of our spider read the record, and its page is still there: perhaps it is ours
that does not find it. It is told then, tagged so, because silence for ever would be worse."""
MASS = (
    "{missing} of {present} records are missing at once. Either the portal took them down, or this crawl was "
    "shown a list that is not the real one. They are kept as missing until the next complete healthy crawl."
)


def absent(portal: str, seen_keys: Iterable[str]) -> list[Absent]:
    """Present records of `portal` that none of `seen_keys` names and that have a page of their own to ask;
    an alias counts as seen.
    """
    seen = {clip(clean(key), 512) for key in seen_keys}
    held = known.presences(portal)
    live = {presence.id for presence in held.values() if presence.state == "present"}
    own = {key for key, presence in held.items() if key in seen and presence.state != "merged"}
    found = {held[key].id for key in own}
    for targets in known.aliases_of(portal, sorted(seen - own)).values():
        if len(targets) == 1:
            found |= targets
    rows = known.records(sorted(live - found)).values()
    own_pages = known.own_pages(portal, rows)
    return sorted(
        (
            Absent(row.id, row.key, row.url, row.missing_since, row.missing_crawls)
            for row in rows
            if row.id in own_pages
        ),
        key=lambda row: row.key,
    )


def plan_missing(
    observation: Observation,
    rows: Rows,
    live: Mapping[str, Presence],
    seen: set[str],
    confirmations: Sequence[Confirmation],
) -> None:
    """Marks records as missing, withdraws those confirmed, or says once that very many are missing."""
    healthy = observation.verdict in {"healthy", "empty"} and observation.complete
    if not healthy or observation.coverage == "limited":
        return
    present = {record: presence for record, presence in live.items() if presence.state == "present"}
    missing = sorted(present.keys() - seen)
    if not missing:
        return
    answers = {confirmation.record: confirmation for confirmation in confirmations}
    capped = observation.coverage == "capped"
    fresh = [record for record in missing if present[record].missing_crawls == 0]
    if capped:  # beyond a platform's cap only the record's own page can tell
        fresh = [record for record in fresh if _outcome(answers, record) == "gone"]
        missing = [record for record in missing if _outcome(answers, record) == "gone"]
    mass = len(fresh) > max(FEWEST, SHARE * len(present))
    kept = set(fresh) if mass else set()
    by_others = sum(present[record].extractor != observation.extractor for record in missing)
    ours = by_others > SHARE * len(present)
    if mass:
        rows.event(
            "mass_withdrawal",
            Subject("", "", observation.portal.name, observation.portal.url),
            old={"present": len(present)},
            new={"missing": len(fresh), "reason": MASS.format(missing=len(fresh), present=len(present))},
            captures=[confirmation.capture for confirmation in confirmations],
            backfill=False,
        )
    for batch in known.batches(missing):
        held = known.records(batch)
        leaving = [
            row
            for row in held.values()
            if row.id not in kept and _confirmed(row, _outcome(answers, row.id), observation, ours=ours)
        ]
        _withdraw(rows, leaving, answers, observation.extractor)
        gone = {row.id for row in leaving}
        for record in batch:
            if record not in gone:
                row = held[record]
                rows.update(
                    "releases.Record",
                    record,
                    missing_since=row.missing_since or rows.at,
                    missing_crawls=row.missing_crawls + 1,
                )


def _outcome(answers: Mapping[str, Confirmation], record: str) -> str:
    return answers[record].outcome if record in answers else "unknown"


def _confirmed(row: Held, outcome: str, observation: Observation, *, ours: bool) -> bool:
    """Whether the record is withdrawn. `ours`: our spider's new version finds much less than the old one."""
    if outcome == "gone":
        return True
    crawls = row.missing_crawls + 1
    if row.extractor != observation.extractor:  # the new version itself may be why it is not found
        if ours:
            return False
        if outcome == "still there":
            return crawls >= LONG_PATIENCE
    return crawls >= PATIENCE


def _withdraw(rows: Rows, leaving: Sequence[Held], answers: Mapping[str, Confirmation], extractor: str) -> None:
    versions = known.versions(leaving)
    files = known.files(row.id for row in leaving)
    for row in leaving:
        last = versions[row.id]
        answer = answers.get(row.id)
        tags = ["page still there"] if answer and answer.outcome == "still there" else []
        if tags and row.extractor != extractor:
            tags.append("new spider version")
        rows.event(
            "withdrawn",
            Subject(row.id, row.key, row.title, row.url),
            old=last.fields,
            files=[told_file(file.id, file) for file in files.get(row.id, []) if file.state == "present"],
            captures=[*last.captures, answer.capture if answer else ""],
            tags=tags,
        )
        rows.update(
            "releases.Record",
            row.id,
            state="withdrawn",
            missing_since=row.missing_since or rows.at,
            missing_crawls=row.missing_crawls + 1,
        )
