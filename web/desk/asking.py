"""The form that asks to be told: what, how, when; from what was typed, or from a subscription that there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from django.http import QueryDict

from config.home import Home
from releases.alerts.condition import read_conditions
from releases.alerts.filters import Filters, read_filters
from releases.alerts.subscriptions import Choices, checked
from releases.models import Account, Subscription
from web.desk.mine import NAME_LONGEST, plain
from web.desk.watched_portals import place_portals

_MANY = 200


@dataclass
class Form:
    """What the form shows and gives back. Texts as typed, lists as chosen."""

    q: str = ""
    portals: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    keys: str = ""
    """One in each line."""
    kinds: list[str] = field(default_factory=list)
    record_kinds: str = ""
    words: str = ""
    fields: str = ""
    """One condition in each line: `district=04`."""
    everything: bool = False
    health: bool = True
    backfill: bool = False
    records: tuple[str, ...] = ()
    """Of a watch list: not typed."""
    name: str = ""
    note: str = ""
    way: str = "mail"
    """mail, slack, webhook, service"""
    address: str = ""
    role: str = "reader"
    cadence: str = "daily"
    digest_at: str = "08:00"
    digest_day: str = "monday"
    timezone: str = "UTC"
    quiet: str = ""
    most_per_day: str = "0"
    empty_digests: bool = True
    language: str = "en"

    @classmethod
    def typed(cls, data: QueryDict, **beside: Any) -> Form:
        """From a form's fields, or from an address' query: what is not there stays as it is by default."""
        sent = "sent" in data
        made = cls(
            portals=_list(data, "portal"), places=_list(data, "place"), kinds=_list(data, "kind"),
            everything="everything" in data, backfill="backfill" in data,
            health="health" in data if sent else True, empty_digests="empty" in data if sent else True,
        )  # fmt: skip
        for name in ("q", "record_kinds", "words", "fields", "note", "address", "quiet"):
            setattr(made, name, plain(data.get(name), 2000))
        made.keys = plain("\n".join(data.getlist("key")), 20_000).replace("\r", "")
        made.fields = made.fields or "\n".join(_list(data, "field"))
        made.name = plain(data.get("name"), NAME_LONGEST)
        for name in ("way", "role", "cadence", "digest_at", "digest_day", "timezone", "most_per_day", "language"):
            if said := plain(data.get(name), 64):
                setattr(made, name, said)
        for name, value in beside.items():
            setattr(made, name, value)
        return made

    @classmethod
    def of(cls, subscription: Subscription) -> Form:
        """From a subscription."""
        filters = read_filters(subscription.filters)
        way, address = way_of(subscription.channel)
        return cls(
            q=filters.query, portals=list(filters.portals), keys="\n".join(filters.keys), kinds=list(filters.kinds),
            record_kinds=", ".join(filters.record_kinds), words=filters.words,
            fields="\n".join(_condition(name, wanted) for name, wanted in filters.fields.items()),
            everything=filters.everything, health=filters.health, backfill=filters.backfill, records=filters.records,
            name=subscription.name, note=subscription.note, way=way, address=address, role=subscription.role,
            cadence=subscription.cadence, digest_at=subscription.digest_at, digest_day=subscription.digest_day,
            timezone=subscription.timezone, quiet=subscription.quiet, most_per_day=str(subscription.most_per_day),
            empty_digests=subscription.empty_digests, language=subscription.language,
        )  # fmt: skip

    @property
    def asks(self) -> bool:
        """Whether anything is asked for yet."""
        said = self.q or self.portals or self.places or self.keys or self.kinds or self.record_kinds
        return bool(said or self.words or self.fields or self.everything or self.records)

    def filters(self, home: Home) -> Filters:
        """What is asked for. Raises SubscriptionRefused, QueryError."""
        portals = dict.fromkeys([*self.portals, *place_portals(home, self.places)])
        return checked(
            home,
            Filters(
                portals=tuple(portals), kinds=tuple(self.kinds), record_kinds=_split(self.record_kinds, ","),
                keys=_split(self.keys, "\n"), records=self.records, words=self.words, query=self.q,
                fields=read_conditions(_split(self.fields, "\n")), backfill=self.backfill, health=self.health,
                everything=self.everything,
            ),
        )  # fmt: skip

    def choices(self) -> Choices:
        """When and how. Nonsense is refused by `releases.alerts.subscriptions`."""
        chosen = Choices(
            role=self.role, cadence=self.cadence, digest_at=self.digest_at, timezone=self.timezone, quiet=self.quiet,
            most_per_day=int(self.most_per_day) if self.most_per_day.isascii() and self.most_per_day.isdigit() else 0,
            empty_digests=self.empty_digests, language=self.language if self.language in {"en", "es"} else "en",
        )  # fmt: skip
        if self.cadence == "weekly":
            chosen["digest_day"] = self.digest_day
        return chosen

    def channel(self, account: Account | None) -> str:
        """Where to: an account's own address, or one that has to be asked."""
        if self.way == "mail":
            return f"mailto:{quote(account.email if account else self.address, safe='@+')}"
        if self.way == "slack":
            return f"slack:{self.address.strip().removeprefix('slack:').lstrip('#')}"
        return self.address


def way_of(channel: str) -> tuple[str, str]:
    """(mail, slack, webhook or service; the address as it is typed)"""
    scheme, _, rest = channel.partition(":")
    if scheme.lower() == "slack" and not rest.startswith("//"):
        return "slack", rest
    if scheme.lower() == "mailto" and not rest.startswith("//"):
        return "mail", unquote(rest)
    return ("webhook" if scheme.lower() in {"http", "https"} else "service"), channel


def _list(data: QueryDict, name: str) -> list[str]:
    return [said for value in data.getlist(name)[:_MANY] if (said := plain(value, 200))]


def _split(text: str, sign: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(sign) if part.strip()))[:_MANY]


def _condition(name: str, wanted: str) -> str:
    return f"{name}{wanted}" if wanted[:1] in "<>!" else f"{name}={wanted}"
