"""Restrictions that hold at this moment. Which bytes fall under one is asked of `archive.access.restricted`.

They are few, and one query reads them. A page asks often: within one request what was read at first is kept, so that a
restriction made anywhere holds from the next request on. Elsewhere every question is asked of the database.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.signals import request_finished, request_started
from django.utils import timezone

from archive.access import lasting
from archive.catalog.failures import database_errors
from archive.catalog.models import Capture, Derived, Restriction
from releases.models import Alias, Record
from releases.restricting.names import NO_NAMES, Names, compiled
from releases.text.passages import Spans

EVERYTHING = (0, 2**31 - 1)
KINDS = ("record", "passage", "name", "bytes")


@dataclass(frozen=True, slots=True)
class InForce:
    """What is shown to nobody now."""

    records: frozenset[str]
    """Ids, those merged into one of them included."""
    passages: Mapping[str, Mapping[int, Spans]]
    """Payload digest → page of its text → spans."""
    names: Names
    digests: frozenset[str] = frozenset()
    """Of payloads that are under a restriction themselves."""


NOTHING = InForce(frozenset(), {}, NO_NAMES)
_request = threading.local()


def in_force() -> InForce:
    """What holds now. Reads the database."""
    if not getattr(_request, "runs", False):
        return _read()
    kept: InForce | None = getattr(_request, "kept", None)
    if kept is None:
        kept = _request.kept = _read()
    return kept


def look_again() -> None:
    """Within this request too, what holds is read anew: before each part of an answer that takes minutes."""
    if getattr(_request, "runs", False):
        _begins()


def answered() -> dict[str, Any]:
    """What was answered of payload digests within this request, to be added to; outside of requests always empty."""
    if not getattr(_request, "runs", False):
        return {}
    known: dict[str, Any] = _request.answered
    return known


def _read() -> InForce:
    with database_errors():
        rows = list(
            Restriction.objects.filter(lasting(timezone.now()), kind__in=KINDS, lifted_at=None).values_list(
                "kind", "record", "digest", "page", "spans", "name", "at"
            )
        )
    if not rows:
        return NOTHING
    passages: dict[str, dict[int, Spans]] = {}
    for kind, _, digest, page, spans, _, at in rows:
        if kind == "passage":
            chosen = [EVERYTHING] if _read_again(digest, page, at) else spans
            passages.setdefault(digest, {}).setdefault(page, []).extend((start, end) for start, end in chosen)
    return InForce(
        _with_merged({row[1] for row in rows if row[0] == "record"}),
        passages,
        compiled(tuple(sorted({row[5] for row in rows if row[0] == "name"}))),
        frozenset({row[2] for row in rows if row[0] == "bytes"} - {""}),
    )


def _read_again(digest: str, page: int, since: datetime) -> bool:
    """Whether the page has a newer text than the one in which its words were chosen: they may stand elsewhere in it."""
    with database_errors():
        captures = Capture.objects.filter(payload_digest=digest).values_list("id", flat=True)
        texts = Derived.objects.filter(capture__in=list(captures), kind="conversion", page=page, at__gt=since)
        return texts.filter(mime__startswith="text/").exists()


def _with_merged(records: set[str]) -> frozenset[str]:
    """And the records that became one of these."""
    if not records:
        return frozenset()
    with database_errors():
        names: dict[str, set[str]] = {}
        for portal, name in Alias.objects.filter(record__in=records, ended_at=None).values_list("portal", "name"):
            names.setdefault(portal, set()).add(name)
        merged = [
            ident
            for portal, keys in names.items()
            for ident in Record.objects.filter(portal=portal, key__in=keys, state="merged").values_list("id", flat=True)
        ]
    return frozenset(records).union(merged)


def _begins(**_: Any) -> None:
    _request.runs, _request.kept, _request.answered = True, None, {}


def _ends(**_: Any) -> None:
    _request.runs, _request.kept, _request.answered = False, None, {}


request_started.connect(_begins, dispatch_uid="restrictions of this request")
request_finished.connect(_ends, dispatch_uid="restrictions of this request")
