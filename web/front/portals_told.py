"""Pieces of a portal's page: its crawls in words, the times when it could not be seen, its file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from archive.catalog.models import Crawl
from config.home import Home
from releases.access import of_portals, shut_records
from releases.alerts.filters import HEALTH_KINDS
from releases.ledger.queries import EDITORS_ONLY
from releases.models import Event
from releases.portals.health import SEEING
from web.front.told import Told, tell

QUESTIONS = ("ended", "blocked", "fields", "count", "canaries")
LOOKED_BACK = 400
"""Crawls among which times of blindness are looked for."""
GAPS, TOLD = 3, 6
"""Of these, the newest, and of each so many events."""
_SECRET = re.compile(
    r"secret|passw|token|credential|(api|access|private|subscription)[_-]?key|authori[sz]ation", re.IGNORECASE
)
"""Names of parameters whose value is not shown. A bare `key` says where a record's key stands."""
_SECRET_ASKED = re.compile(rf"{_SECRET.pattern}|^(key|auth|sig|signature)$", re.IGNORECASE)
"""The same of an address."""
MASK = "•••"


@dataclass(frozen=True, slots=True)
class ToldCrawl:
    """One crawl: verdict, sentence, the five questions, counts."""

    crawl: Crawl
    reason: str
    answers: list[tuple[str, str, str]]
    """(question, answer, evidence)"""
    counts: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which the portal could not be seen."""

    since: datetime | None
    """Last seen before; None: never."""
    until: datetime | None
    """Seen again; None: not yet."""
    crawls: int
    verdicts: list[str]
    reason: str
    """Of the first crawl that did not see it."""
    events: list[Told]
    """What the crawl that saw it again found."""
    more: bool


def questions() -> dict[str, str]:
    """The five questions of docs/reference/verdicts.md in words."""
    return {
        "ended": _("Did the list end where the portal says it ends?"),
        "blocked": _("Were there block pages?"),
        "fields": _("Do records have the fields they had?"),
        "count": _("Is the count as its history allows?"),
        "canaries": _("Were the canary records seen?"),
    }


def told_crawls(crawls: Sequence[Crawl]) -> list[ToldCrawl]:
    """`crawls` as the verdict history shows them."""
    asked = questions()
    counted = {
        "records": _("records"), "files": _("files"), "events": _("events"), "exchanges": _("exchanges"),
        "received_bytes": _("bytes received"), "file_errors": _("files that failed"),
    }  # fmt: skip
    texts = of_portals([[one.reason, one.answers] for one in crawls])
    return [
        ToldCrawl(
            crawl,
            reason,
            [
                (asked[name], str(answers[name].get("answer", "")), str(answers[name].get("evidence", "")))
                for name in QUESTIONS
                if isinstance(answers.get(name), Mapping)
            ],
            [(words, crawl.counts[name]) for name, words in counted.items() if isinstance(crawl.counts.get(name), int)],
        )
        for crawl, (reason, answers) in zip(crawls, texts, strict=True)
    ]


def gaps(slug: str) -> list[Gap]:
    """The newest times in which the portal could not be seen, and what changed meanwhile. Reads the database."""
    columns = ("id", "started_at", "verdict")
    rows = Crawl.objects.filter(portal=slug).exclude(verdict="running").order_by("-started_at", "-id")
    crawls = list(rows.values_list(*columns, named=True)[:LOOKED_BACK])
    crawls.reverse()
    seen = [place for place, one in enumerate(crawls) if one.verdict in SEEING]
    spans = [(a, b) for a, b in pairwise([-1, *seen, len(crawls)]) if b - a > 1][-GAPS:]
    firsts = [crawls[before + 1].id for before, _after in spans]
    reasons = of_portals(dict(Crawl.objects.filter(id__in=firsts).values_list("id", "reason")))
    events = {}
    for _before, after in spans:
        if after < len(crawls):
            later = crawls[after + 1].started_at if after + 1 < len(crawls) else None
            events[crawls[after].id] = _found_by(slug, crawls[after].id, crawls[after].started_at, later)
    told = {one.event.id: one for one in tell([event for some in events.values() for event in some[:TOLD]])}
    found = []
    for (before, after), first in zip(spans, firsts, strict=True):
        again = crawls[after] if after < len(crawls) else None
        some = events.get(again.id, []) if again else []
        found.append(
            Gap(
                since=crawls[before].started_at if before >= 0 else None,
                until=again.started_at if again else None,
                crawls=after - before - 1,
                verdicts=list(dict.fromkeys(one.verdict for one in crawls[before + 1 : after])),
                reason=reasons.get(first, ""),
                events=[told[event.id] for event in some[:TOLD]],
                more=len(some) > TOLD,
            )
        )
    return found[::-1]


def _found_by(slug: str, crawl: str, began: datetime, later: datetime | None) -> list[Event]:
    """Events of this crawl, one more than are told; the index of the portal's times leads to them."""
    rows = Event.objects.filter(portal=slug, at__gte=began, crawl=crawl, backfill=False).order_by("at", "id")
    rows = rows.filter(at__lt=later) if later else rows
    rows = rows.exclude(kind__in=(*EDITORS_ONLY, *HEALTH_KINDS)).exclude(record__in=shut_records())
    return list(rows[: TOLD + 1])


def toml_text(home: Home, slug: str) -> str:
    """The portal's file without its comments, and without what looks like a secret; empty where it cannot be read."""
    try:
        found = tomllib.loads((home.portals / f"{slug}.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    hidden = {str(name).casefold() for name in found.get("secret_parameters", ())}
    return "\n".join(_lines(found, (), hidden)).strip()


def _lines(table: Mapping[str, Any], path: tuple[str, ...], hidden: set[str]) -> Iterator[str]:
    later: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            later.append((name, value))
        else:
            yield f"{_key(name)} = {_value(name, value, hidden, path)}"
    for name, value in later:
        inner = (*path, _key(name))
        for one in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{'.'.join(inner)}]]" if isinstance(value, list) else f"[{'.'.join(inner)}]"
            yield from _lines(one, inner, hidden)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else msgspec.json.encode(name).decode()


def _value(name: str, value: Any, hidden: set[str], path: tuple[str, ...]) -> str:
    named = name.casefold() in hidden or (path[:1] == ("parameters",) and _SECRET.search(name))
    if isinstance(value, str) and named:
        return f'"{MASK}"'
    if isinstance(value, str):
        value = _without_secrets(value, hidden)
    if isinstance(value, (bool, int, float, str, list)):
        return msgspec.json.encode(value).decode()
    return str(value)


def _without_secrets(text: str, hidden: set[str]) -> str:
    """An address without the values of its secret parameters, and without a password."""
    text = re.sub(r"(?<=://)[^/@\s]+@", f"{MASK}@", text)
    return re.sub(
        r"([?&]([^=&#\s]+)=)([^&#\s]+)",
        lambda found: found[1] + MASK if found[2].casefold() in hidden or _SECRET_ASKED.search(found[2]) else found[0],
        text,
    )
