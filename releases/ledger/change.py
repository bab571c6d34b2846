"""Versions, file rows and events of one record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from releases.ledger.canonical import comparable
from releases.ledger.compare import FILE, FieldChanges, FileChanges, HeldFile, compare_fields, compare_files, says_files
from releases.ledger.known import Held, HeldVersion, mark
from releases.ledger.observation import FileWanted, Observation, Row
from releases.ledger.rows import Rows, Subject, told_file
from releases.ledger.state import Listed, State

BLIND = frozenset({"blocked", "broken"})
"""Verdicts under which what a page does not show proves nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """A held record and the row that differs from it."""

    observation: Observation
    held: Held
    last: HeldVersion
    held_files: Sequence[HeldFile]
    now: State
    restless: frozenset[str] = frozenset()
    """Parts whose change is one flip more (`releases.ledger.flapping`): kept, not told."""

    @property
    def fields(self) -> FieldChanges:
        return compare_fields(self.last.title, self.last.printed_key, self.last.fields, self.now)

    @property
    def files(self) -> FileChanges:
        return compare_files(self.held_files, self.now.files)

    @property
    def first_of_files(self) -> bool:
        """Whether nothing read before said which files there are: those listed now are known now, and not new."""
        return not says_files(self.last.fields, self.now.optional)

    @property
    def differences(self) -> int:
        """How many things a reader could be told of."""
        fields, files = self.fields, self.files
        return len(fields.new) + len(files.added) + len(files.back) + len(files.removed) + len(files.renamed)

    @property
    def withheld(self) -> bool:
        """In a blocked or broken crawl a loss is more likely ours than the portal's: it has to wait."""
        return self.observation.verdict in BLIND and (self.fields.lost or bool(self.files.removed))

    @property
    def rebaseline(self) -> bool:
        """Another spider version reads otherwise: the difference is not the portal's."""
        return self.held.extractor != self.observation.extractor


def change_record(rows: Rows, change: Change, tags: Iterable[str] = ()) -> list[FileWanted]:
    """The new version of a record, its files, and what of it is news."""
    held, now = change.held, change.now
    fields, files = change.fields, change.files
    silent = change.rebaseline or change.withheld
    renamed = [] if "files" in now.flapping else files.renamed
    news = [name for name in fields.new if name not in change.restless]
    told = not silent and bool(news or renamed)
    restored = held.state == "withdrawn"
    captures = [*change.last.captures, now.capture]
    subject = Subject(held.id, held.key, now.title, now.url)
    if told or restored:
        old = {name: fields.old[name] for name in news} if told else {}
        new = {name: fields.new[name] for name in news} if told else {}
        if told and renamed:
            old["files"], new["files"] = [was.name for was, _ in renamed], [file.name for _, file in renamed]
        rows.event(
            "restored" if restored else "changed",
            subject,
            old=old or None,
            new=new or None,
            files=[told_file(was.id, file) for was, file in (files.kept if restored else renamed if told else ())],
            tags=[*tags, *_tags(change, fields, told=told, renamed=bool(renamed), restored=restored)],
            captures=captures,
        )
    if change.withheld:
        return []
    quiet = silent or change.first_of_files
    wanted = _write_files(rows, change, files, silent=quiet, subject=subject, captures=captures)
    if _differs(held, now):
        is_news = (
            told
            or restored
            or (not quiet and any(FILE + file.identity not in change.restless for file in files.moving))
        )
        rows.version(held.id, held.version + 1, now, change.observation.extractor, noise=not is_news)
        rows.update(
            "releases.Record",
            held.id,
            kind=now.kind,
            url=now.url,
            title=now.title,
            printed_key=now.printed_key,
            version=held.version + 1,
            extractor=change.observation.extractor,
            fields_hash=now.fields_hash,
            text_hash=now.text_hash,
            raw_hash=now.raw_hash,
        )
    elif change.rebaseline:
        rows.update("releases.Record", held.id, extractor=change.observation.extractor)
    return wanted


def keep_files(rows: Rows, record: str, now: State, held: Sequence[tuple[int, int, str]]) -> list[FileWanted] | None:
    """Files of a record that is as held, links brought up to date; None when a file is not held.

    `held`: as in `known.Links.files`.
    """
    by_identity = {identity: (link, id_) for identity, link, id_ in held}
    wanted = []
    for file in now.files:
        found = by_identity.get(mark(file.identity))
        if found is None:
            return None
        link, id_ = found
        if link != mark(file.url, file.name):
            rows.update("releases.File", id_, url=file.url, name=file.name)
        wanted.append(FileWanted(id_, record, file.url, file.host, now.url, file.press, file.kind))
    rows.listed_files += [file.file_id for file in wanted]
    return wanted


def new_record(
    rows: Rows, observation: Observation, now: State, sighted: str, tags: Iterable[str], *, backfill: bool | None,
    stamp: str = "",
) -> list[FileWanted]:  # fmt: skip
    """A record nobody knew: version 1, its aliases and files, and one `new` event that lists them."""
    row = rows.insert(
        "releases.Record",
        portal=rows.portal,
        key=now.key,
        kind=now.kind,
        url=now.url,
        title=now.title,
        printed_key=now.printed_key,
        state="present",
        version=1,
        extractor=observation.extractor,
        fields_hash=now.fields_hash,
        text_hash=now.text_hash,
        raw_hash=now.raw_hash,
        first_seen_at=rows.at,
        first_crawl=rows.crawl,
        last_seen_at=rows.at,
        last_crawl=rows.crawl,
        missing_since=None,
        missing_crawls=0,
        stamp=stamp,
        read_at=observation.started_at if stamp else None,
    )
    rows.version(row["id"], 1, now, observation.extractor, noise=False)
    for name in now.aliases:
        rows.alias(row["id"], name)
    files = [(rows.file(row["id"], file)["id"], file) for file in now.files]
    rows.event(
        "new",
        Subject(row["id"], now.key, now.title, now.url),
        new=now.fields,
        files=[told_file(id_, file) for id_, file in files],
        captures=[now.capture, sighted],
        tags=tags,
        backfill=backfill,
    )
    return [FileWanted(id_, row["id"], file.url, file.host, now.url, file.press, file.kind) for id_, file in files]


def _differs(held: Held, now: State) -> bool:
    return (held.fields_hash, held.text_hash, held.raw_hash, held.url) != (
        now.fields_hash, now.text_hash, now.raw_hash, now.url,
    )  # fmt: skip


def _tags(change: Change, fields: FieldChanges, *, told: bool, renamed: bool, restored: bool) -> list[str]:
    tags = []
    if told and restored:
        tags.append("changed")
    if told and fields.reformatted and not renamed:
        tags.append("reformatted")
    if told and renamed:
        tags.append("file renamed")
    if told and change.now.fields_hash in change.last.earlier:
        tags.append("reverted")
    return tags


def _write_files(
    rows: Rows, change: Change, files: FileChanges, *, silent: bool, subject: Subject, captures: list[str]
) -> list[FileWanted]:
    record, url = change.held.id, change.now.url
    wanted = [_keep(rows, was, file, record, url) for was, file in files.kept]
    wanted += [_keep(rows, was, file, record, url, moved=True) for was, file in files.moved]
    came: list[Row] = []
    for was, file in files.back:
        rows.update("releases.File", was.id, state="present", missing_since=None, missing_crawls=0)
        wanted.append(_keep(rows, was, file, record, url))
        came.append(told_file(was.id, file))
    for file in files.added:
        id_ = rows.file(record, file)["id"]
        wanted.append(FileWanted(id_, record, file.url, file.host, url, file.press, file.kind))
        came.append(told_file(id_, file))
    came = [file for file in came if FILE + file["identity"] not in change.restless]
    # That one is gone at its source was told when it was.
    leaving = [was for was in files.removed if was.state != "gone" and FILE + was.identity not in change.restless]
    gone = [told_file(was.id, was) for was in leaving]
    for was in files.removed:
        rows.update("releases.File", was.id, state="unlisted" if silent else "withdrawn")
    if came and not silent:
        tags = [] if {file.identity for file in files.added} & {file["identity"] for file in came} else ["restored"]
        rows.event("file_added", subject, files=came, tags=tags, captures=captures)
    if gone and not silent:
        rows.event("file_withdrawn", subject, files=gone, captures=captures)
    return wanted


def _keep(rows: Rows, was: HeldFile, file: Listed, record: str, referer: str, *, moved: bool = False) -> FileWanted:
    if moved:
        rows.update("releases.File", was.id, identity=file.identity, url=file.url, name=file.name)
    elif was.url != file.url or comparable(was.name) != comparable(file.name):
        rows.update("releases.File", was.id, url=file.url, name=file.name)
    rows.listed_files.append(was.id)
    return FileWanted(was.id, record, file.url, file.host, referer, file.press, file.kind)
