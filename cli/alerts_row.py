"""Subscriptions as rows, and in words."""

from __future__ import annotations

from typing import Any

from config.home import Home, open_home

COLUMNS = ("role", "cadence", "timezone", "digest_at", "digest_day", "empty_digests", "quiet", "most_per_day")


def opened_home(home: str | None) -> Home:
    """The home, its database open."""
    from archive.catalog.database import open_database

    opened = open_home(home)
    open_database(opened.database_url)
    return opened


def subscription_row(subscription: Any, *, secret: bool = False) -> dict[str, Any]:
    """A subscription for `--json`; its signing secret only where it is asked for."""
    from releases.alerts.channel import shown

    row = {
        "id": subscription.id, "name": subscription.name, "channel": shown(subscription.channel),
        "filters": subscription.filters, "note": subscription.note, "created_at": subscription.created_at,
        "muted_at": subscription.muted_at, "waits": subscription.waits, **{name: getattr(subscription, name) for name in COLUMNS},
        "next_digest_at": subscription.digest_due_at, "told": told_when(subscription),
    }  # fmt: skip
    return {**row, "secret": subscription.secret} if secret and subscription.secret else row


def state_word(row: dict[str, Any]) -> str:
    """Whether anything is sent, for lists."""
    if row["waits"]:
        return "waits for a yes"
    return f"muted {row['muted_at']:%Y-%m-%d}" if row["muted_at"] else "on"


def changed(filters: dict[str, Any], **asked_for: Any) -> dict[str, Any] | None:
    """`filters` with what was named instead: lists, texts; `fields` as `NAME=VALUE`. An empty text takes all away.

    None where nothing was named.
    """
    from releases.alerts.condition import read_conditions

    named = {name: value for name, value in asked_for.items() if value is not None and value != []}
    if not named:
        return None
    for name, value in named.items():
        if isinstance(value, list):
            wanted = [one for one in value if one]
            named[name] = read_conditions(wanted) if name == "fields" else wanted
    return {**filters, **named}


def told_when(subscription: Any) -> str:
    """When messages come, in the subscriber's own time."""
    from releases.alerts.cadence import zone_to_show

    said = ["at once" if subscription.cadence == "instant" else f"in a digest {subscription.cadence}"]
    if subscription.digest_due_at is not None:
        local = zone_to_show(subscription.timezone)
        said.append(f"next {subscription.digest_due_at.astimezone(local):%a %Y-%m-%d %H:%M} {local.key}")
    if subscription.quiet:
        said.append(f"quiet {subscription.quiet}")
    if subscription.most_per_day and subscription.cadence == "instant":
        said.append(f"at most {subscription.most_per_day} a day")
    if subscription.cadence != "instant" and not subscription.empty_digests:
        said.append("none when nothing is new")
    if subscription.role != "reader":
        said.append(f"as {subscription.role}")
    return ", ".join(said)


def asked(filters: dict[str, Any]) -> str:
    """What filters ask for, in a line."""
    said = []
    for name, value in filters.items():
        if not value or name == "health":
            continue
        if isinstance(value, dict):
            said += [f"{field} {test}" for field, test in value.items()]
        elif isinstance(value, list):
            said.append(f"{name.replace('_', ' ')} {', '.join(value)}")
        else:
            said.append(name.replace("_", " ") if value is True else f"{name.replace('_', ' ')} {value}")
    return "; ".join(said)
