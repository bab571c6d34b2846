"""Which events a subscription asks for. Pure: no database, no I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec

from releases.alerts.condition import check_condition, holds
from releases.alerts.errors import SubscriptionRefused
from releases.model import EventKind
from releases.search.query import leaves_out, parse

HEALTH_KINDS = frozenset({"blocked", "broken", "mass_withdrawal", "recovered"})
"""Events of a portal itself: whether we can still see it."""
KINDS: tuple[str, ...] = get_args(EventKind)

_WORD = re.compile(r"\w+(?:[-./']\w+)*")
_TERM = re.compile(r'"([^"]*)"|(\S+)')


class Filters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`Subscription.filters`. Different keys must all hold; of one key's values any will do."""

    portals: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Of events: new, changed, withdrawn, ..."""
    record_kinds: tuple[str, ...] = ()
    """Of records: case, policy, contract, ..."""
    keys: tuple[str, ...] = ()
    """A record's key, printed key or alias; case does not matter."""
    records: tuple[str, ...] = ()
    """Ids of records: those of a watch list."""
    words: str = ""
    """All of them must occur in title, key, fields or file names; "quoted words" in that order."""
    query: str = ""
    """In the syntax of docs/reference/search-syntax.md: asked of what each commit brings, texts of files included."""
    fields: dict[str, str] = {}
    """Fields of the record: {"district": "04", "type": "taser*", "incident_date": ">=2031-01-01"}."""
    backfill: bool = False
    """A portal's first crawl: list its records in the one digest, instead of counting them."""
    health: bool = True
    """Be told when a followed portal goes blind and can be seen again, whatever the other filters say."""
    everything: bool = False
    """The subscription is meant to match every event of every portal."""

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        named = self.portals or self.kinds or self.record_kinds or self.keys or self.records or self.fields
        return bool(named or _terms(self.words) or (self.query and leaves_out(self.query)))

    @property
    def asked_later(self) -> bool:
        """Whether an event alone cannot tell: `releases.alerts.matching` looks at what it is about."""
        return bool(self.query or self.fields)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What of one event filters look at."""

    portal: str
    kind: str
    record: str
    record_kind: str
    names: frozenset[str]
    """Key, printed key and aliases of its record, case-folded."""
    text: str
    backfill: bool
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of its record, as they are now; only filled in where a subscription asks for them."""


def read_filters(stored: dict[str, Any]) -> Filters:
    """The filters of a stored subscription. Raises SubscriptionRefused when they make no sense."""
    try:
        return msgspec.convert(stored, Filters, strict=False)
    except msgspec.ValidationError as error:
        raise SubscriptionRefused(f"the filters are wrong: {error}") from error


def write_filters(filters: Filters) -> dict[str, Any]:
    """Filters as they are stored."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(filters).items()
    }


def check_filters(filters: Filters) -> None:
    """Raises SubscriptionRefused for unknown kinds, and for filters that would match everything by accident;
    QueryError for a query that means nothing.
    """
    if unknown := sorted(set(filters.kinds) - set(KINDS)):
        raise SubscriptionRefused(f"no such kind of event: {', '.join(unknown)}", todo=f"known: {', '.join(KINDS)}")
    if filters.words.strip() and not _terms(filters.words):
        raise SubscriptionRefused(f"words = {filters.words!r} holds no word to look for")
    if filters.query:
        parse(filters.query)
    for name, wanted in filters.fields.items():
        check_condition(name, wanted)
    if filters.narrow and filters.everything:
        raise SubscriptionRefused("--everything and a filter contradict each other", todo="leave one of them out")
    if filters.query and not filters.narrow:
        raise SubscriptionRefused(
            f"the query {filters.query!r} leaves nothing out, so it would match every document of every portal",
            todo="add a word, portal:name or key:number; or say --everything if that is what you want",
        )
    if not filters.narrow and not filters.everything:
        raise SubscriptionRefused(
            "this subscription has no filter, so it would match every event of every portal",
            todo="add --portal, --kind, --record-kind, --key, --words, --field or --query; or say --everything if that is what you want",
        )


def matches(
    filters: Filters, event: Candidate, *, told_before: bool = False, role: str = "reader", asked: bool = False
) -> bool:
    """Whether `event` belongs to a subscription with these filters.

    A portal's own events go to everyone who follows the portal: whoever waits for one case must
    know when we cannot see it. `told_before`: this subscription was told of the record earlier, so
    that a `retracted` event reaches it even when it did not ask for that kind. `role`: passages that
    are `quarantined` are told to editors alone. `asked`: the query was asked of what the event is
    about and found it; without that no record's event matches filters that have one.
    """
    if event.kind == "quarantined" and role != "editor":
        return False
    if filters.portals and event.portal not in filters.portals:
        return False
    if event.kind in HEALTH_KINDS and not event.record:
        return filters.health or event.kind in filters.kinds
    if event.kind == "retracted" and told_before:
        return True
    if filters.asked_later and not asked:
        return False
    return (
        (not filters.kinds or event.kind in filters.kinds)
        and (not filters.record_kinds or event.record_kind in filters.record_kinds)
        and (not filters.records or event.record in filters.records)
        and (not filters.keys or any(key.casefold() in event.names for key in filters.keys))
        and has_words(filters.words, event.text)
        and all(holds(event.fields, name, wanted) for name, wanted in filters.fields.items())
    )


def has_words(words: str, text: str) -> bool:
    """Whether every word (and every quoted phrase) of `words` occurs in `text`; accents and case aside.

    A trailing `*` takes any ending: `redact*` finds "redacted".
    """
    terms = _terms(words)
    if not terms:
        return True
    haystack = f" {' '.join(_split(text))} "
    return all((f" {term}" if prefix else f" {term} ") in haystack for term, prefix in terms)


def flatten(*values: Any) -> Iterable[str]:
    """Every text in nested JSON values: what `words` looks at."""
    for value in values:
        if isinstance(value, dict):
            yield from flatten(*value.values())
        elif isinstance(value, (list, tuple)):
            yield from flatten(*value)
        elif value is not None and not isinstance(value, bool):
            yield str(value)


def _terms(words: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for phrase, word in _TERM.findall(words):
        term = " ".join(_split(phrase or word))
        if term:
            found.append((term, (phrase or word).endswith("*")))
    return found


def _split(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [piece for word in _WORD.findall(plain.casefold()) for piece in re.split(r"[-./']", word)]
