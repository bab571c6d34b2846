"""A home in which a record, a name, a passage and a file are shown to nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.access import Order
from archive.catalog.models import Capture, Crawl
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.warc.surt import surt
from releases.ledger.queries import find_any
from releases.models import Event, File, Record, RecordVersion
from releases.restricting import commit
from releases.restricting.plan import found_in_page
from releases.restricting.texts import page_text

PORTAL = "lake-harbor"
ORDER = Order("R. Porter", "asked for", datetime.now(UTC))


@dataclass(frozen=True)
class Restricted:
    """What is restricted in one home."""

    home: Path
    record: str
    """Key of the record."""
    named: str
    """Key of a record that tells the name."""
    name: str
    passed: str
    """Key of the record whose report has the passage."""
    passage: str
    filed: str
    """Key of the record whose report's bytes are restricted."""
    words: str
    """Words of those bytes alone."""
    digest: str
    """Their digest."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.record, self.name, self.passage, self.words)


def report_of(key: str) -> File:
    """Its first report of which bytes are held."""
    return File.objects.filter(record=find_any(PORTAL, key).id, kind="report").exclude(digest="").order_by("id")[0]


def captures_of(file: File) -> list[str]:
    """Ids of the captures of its newest bytes."""
    return list(Capture.objects.filter(payload_digest=file.digest).order_by("id").values_list("id", flat=True))


def restrict(home: Path, holdings: Holdings, before: Callable[[Restricted], None] = lambda _: None) -> Restricted:
    """Restrict one of each kind in the open `home`; `before` is called when all is chosen and still shown."""
    reports = File.objects.filter(kind="report").exclude(digest="").values_list("record", flat=True)
    once = [one for one, count in Counter(reports).items() if count == 1]
    record, passed, filed = Record.objects.filter(id__in=once).order_by("key").values_list("key", flat=True)[1:4]
    others = Record.objects.exclude(key__in=(record, passed, filed)).values_list("id", flat=True)
    versions = RecordVersion.objects.filter(record__in=list(others)).order_by("-number")
    named = next(one for one in versions if one.fields.get("involved_civilians"))
    name = str(named.fields["involved_civilians"]).split(",")[0].strip("[]'\"")
    lines = {key: page_text(holdings, report_of(key).digest, 1).splitlines() for key in (passed, filed)}
    found = Restricted(
        home, record, Record.objects.get(pk=named.record).key, name,
        passed, _own(lines[passed], lines[filed]), filed, _own(lines[filed], lines[passed]), report_of(filed).digest,
    )  # fmt: skip
    before(found)
    digest = report_of(passed).digest
    commit.shut_passage(holdings, PORTAL, digest, 1, found_in_page(holdings, digest, 1, found.passage), ORDER)
    commit.shut_name(holdings, name, ORDER)
    commit.shut_file(holdings, report_of(filed).id, ORDER)
    commit.shut_record(holdings, find_any(PORTAL, record), ORDER)
    return found


def leave_traces(chosen: Restricted) -> list[str]:
    """What tells of the record and the name where nobody looks for them: captures that brought no bytes, or any page's;
    what is said of a crawl, and of the portal. Ids of the captures.
    """
    record, made = find_any(PORTAL, chosen.record), []
    elsewhere = f"{record.url.partition('/cases')[0]}/go?to=17"
    for url, more in (
        (record.url, {"status": 404, "payload_digest": f"sha256:{'ab' * 32}"}),
        (report_of(chosen.record).url, {"status": 0, "kind": "failed", "error": f"no answer from {record.url}"}),
        (elsewhere, {"status": 301, "payload_digest": "", "location": record.url}),
    ):
        row = Capture.objects.filter(url=record.url).order_by("-id")[0]
        made.append(uuid7())
        given = {
            "id": made[-1],
            "url": url,
            "surt": surt(url),
            "kind": "response",
            "payload_length": 0,
            "refers_to": "",
            **more,
        }
        for name, value in given.items():
            setattr(row, name, value)
        row.save(force_insert=True)
    said = f"1 page could not be opened: {record.url}. {chosen.name} stood there. Open it in a browser."
    crawl = Crawl.objects.filter(portal=PORTAL).order_by("-started_at")[0]
    answers = {"canaries": {"answer": "no", "evidence": f"{record.printed_key} was not listed. {said}"}}
    Crawl.objects.filter(id=crawl.id).update(verdict="partial", reason=said, answers=answers)
    event = Event.objects.filter(portal=PORTAL).order_by("-at")[0]
    event.id, event.record, event.key, event.title, event.kind, event.tags = (
        uuid7(),
        "",
        "",
        "Lake",
        "broken",
        ["partial"],
    )
    event.old, event.new, event.files, event.backfill = {}, {"reason": said, "verdict": "partial"}, [], False
    event.save(force_insert=True)
    return made


def flat(text: str) -> str:
    """Without what JSON, folding of lines, addresses, markup of hits put between words."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _own(lines: list[str], others: list[str]) -> str:
    return next(line for line in lines if line not in others and len(line) > 20 and "Report" not in line)
