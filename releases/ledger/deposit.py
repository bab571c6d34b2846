"""What a person handed in, on the timelines of the records it is about: kept apart from what was captured.

A deposit is a record of its own with the state `deposited`. No crawl lists it, so no crawl can miss it;
it is never merged into the portal's record, whose versions hold only what the portal said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive.commit import Insert
from archive.model import SealedWarc
from config.errors import ConfigError
from releases.ledger.observation import Plan, Row
from releases.ledger.queries import find
from releases.ledger.rows import Rows, Subject, told_file
from releases.ledger.state import State, state_of
from releases.model import DEPOSITED, File, Record, Value
from releases.models import File as HeldFile
from releases.models import Record as HeldRecord
from releases.models import RecordVersion
from releases.restricting.shown import open_records

EXTRACTOR = "deposit 1"


class DepositRefused(ConfigError):
    """This can not be deposited so; says what can."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the depositor says. Nothing of it is checked against anything but itself."""

    title: str
    kind: str
    how: str
    """How it came, one sentence: `handed to our reporter at the meeting of 3 March`."""
    source: str = ""
    """Whom it came from; empty where that is nobody's business."""
    by: str = ""
    """Who deposits it."""
    received: str = ""
    """Day it came, ISO 8601."""
    dated: str = ""
    """Day that the document itself names, ISO 8601."""
    note: str = ""
    about: tuple[str, ...] = ()
    """Keys or other names of the portal's records it is about."""
    fields: Mapping[str, str] = field(default_factory=dict)
    tell: bool = False
    """Whether subscribers of the portal are told, as of a release."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One deposited file: its capture and how it is called."""

    capture: str
    url: str
    name: str
    kind: str
    digest: str
    size: int
    mime: str


def about(portal: str, names: Sequence[str]) -> list[str]:
    """Keys of the records that `names` mean, in order. Raises UnknownRecordError, which names what comes close."""
    return list(dict.fromkeys(find(portal, name).key for name in names))


def refuse_doubles(portal: str, digests: Sequence[str]) -> None:
    """Raises DepositRefused where the same bytes were deposited at this portal before."""
    found = HeldFile.objects.filter(portal=portal, state=DEPOSITED, digest__in=list(digests)).first()
    if found is not None:
        record = HeldRecord.objects.get(id=found.record)
        raise DepositRefused(
            f"the same bytes were deposited on {found.first_seen_at:%Y-%m-%d} as {record.key} ({record.title})",
            where=found.name, todo=f"`recordwatch record {portal} {record.key}` shows it",
        )  # fmt: skip


def key_of(ident: str) -> str:
    """Key of the record that deposit `ident` becomes."""
    return f"deposit-{ident.replace('-', '')[-12:]}"


def plan_deposit(
    portal: str, ident: str, at: datetime, said: Said, keys: Sequence[str], pieces: Sequence[Piece]
) -> Plan:
    """A record, its version, its files with their bytes, and one `new` event that is tagged `deposited`.

    Args:
        portal: its slug.
        ident: the deposit's id (uuid7); stands where a crawl's id does.
        at: now.
        said: what the depositor says.
        keys: of the records it is about, from `about`.
        pieces: at least one.
    """
    rows = Rows(portal, ident, at, backfill=not said.tell)
    state = _state(ident, said, keys, pieces)
    row = rows.insert(
        "releases.Record", portal=portal, key=state.key, kind=state.kind, url=state.url, title=state.title,
        printed_key="", state=DEPOSITED, version=1, extractor=EXTRACTOR, fields_hash=state.fields_hash,
        text_hash=state.text_hash, raw_hash=state.raw_hash, first_seen_at=at, first_crawl=ident, last_seen_at=at,
        last_crawl=ident, missing_since=None, missing_crawls=0,
    )  # fmt: skip
    rows.version(row["id"], 1, state, EXTRACTOR, noise=False)
    told: list[Row] = []
    for piece, listed in zip(pieces, state.files, strict=True):
        file = rows.file(row["id"], listed)
        file |= {"state": DEPOSITED, "version": 1, "digest": piece.digest, "checked_at": at}
        rows.insert(
            "releases.FileVersion", file=file["id"], number=1, at=at, crawl=ident, url=piece.url, digest=piece.digest,
            size=piece.size, mime=piece.mime, capture=piece.capture,
        )  # fmt: skip
        told.append(told_file(file["id"], listed))
    rows.event(
        "new", Subject(row["id"], state.key, state.title, state.url), new=state.fields, files=told,
        captures=[piece.capture for piece in pieces], tags=[DEPOSITED],
    )  # fmt: skip
    return Plan(operations=rows.operations(), events=rows.events)


def deposits_about(portal: str, keys: Collection[str]) -> list[tuple[HeldRecord, RecordVersion]]:
    """Deposits that say they are about one of the records with these keys, oldest first."""
    records = {record.id: record for record in open_records(HeldRecord.objects.filter(portal=portal, state=DEPOSITED))}
    versions = RecordVersion.objects.filter(record__in=sorted(records), number=1).order_by("at", "id")
    return [
        (records[version.record], version)
        for version in versions
        if not {*(version.fields.get("about") or [])}.isdisjoint(keys)
    ]


def files_of(plan: Plan) -> dict[str, str]:
    """Capture id → id of the file that `plan` makes of it."""
    return {
        row["capture"]: row["file"]
        for made in plan.operations
        if isinstance(made, Insert) and made.table == "releases.FileVersion"
        for row in made.rows
    }


def sealed_pieces(sealed: SealedWarc, names: Mapping[str, tuple[str, str]]) -> list[Piece]:
    """The captures of a deposit's WARC as pieces; `names`: capture id → name and kind."""
    return [
        Piece(row.id, row.url, *names[row.id], row.payload_digest, row.payload_length, row.mime)
        for row in sealed.captures
    ]


def _state(ident: str, said: Said, keys: Sequence[str], pieces: Sequence[Piece]) -> State:
    fields: dict[str, Value] = {
        **said.fields, "about": list(keys), "how": said.how, "source": said.source or None, "deposited_by": said.by or None,
        "received_date": said.received or None, "document_date": said.dated or None, "note": said.note or None,
    }  # fmt: skip
    files = tuple(File(piece.url, piece.name, piece.kind, f"deposit:{piece.capture}", "deposit") for piece in pieces)
    record = Record(
        key_of(ident), said.kind, pieces[0].url, said.title, fields, files, capture=pieces[0].capture,
        raw="".join(piece.digest for piece in pieces),
    )  # fmt: skip
    return state_of(record, len(files))
