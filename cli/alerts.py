"""`recordwatch alerts`: who is told what, how, and what became of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cli import alerts_feed
from cli.output import HomeOption, JsonOption, emit, write_json
from config.errors import ConfigError
from config.home import Home, open_home

Many = list[str] | None
Ident = Annotated[str, typer.Argument(metavar="ID", help="A subscription's id (its end is enough) or name.")]


def _open(home: str | None) -> Home:
    from archive.catalog.database import open_database

    opened = open_home(home)
    open_database(opened.database_url)
    return opened


def _row(subscription: Any, *, secret: bool = False) -> dict[str, Any]:
    from releases.alerts.channel import shown

    row = {
        "id": subscription.id, "name": subscription.name, "channel": shown(subscription.channel),
        "filters": subscription.filters, "note": subscription.note, "created_at": subscription.created_at,
        "muted_at": subscription.muted_at,
    }  # fmt: skip
    return {**row, "secret": subscription.secret} if secret and subscription.secret else row


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Who is told what, how, and what became of it.")
    app.add_typer(group, name="alerts")

    @group.command()
    def subscribe(
        channel: Annotated[
            str, typer.Argument(help="mailto:you@example.org, https://receiver/… (signed webhook), or an Apprise URL.")
        ],
        name: Annotated[str, typer.Option(help="What to call it.")] = "",
        portal: Annotated[Many, typer.Option(help="Only of this portal. May be repeated, as the next ones.")] = None,
        kind: Annotated[Many, typer.Option(help="Only this kind of event: new, changed, file_added, withdrawn, …")] = None,
        record_kind: Annotated[Many, typer.Option(help="Only of this kind of record: case, policy, …")] = None,
        key: Annotated[Many, typer.Option(help="Only of the record with this key, printed key or alias.")] = None,
        words: Annotated[str, typer.Option(help='Only where all these words occur; "in quotes": in this order.')] = "",
        query: Annotated[str, typer.Option(help="Only what this query finds, as in `recordwatch search`: texts of new files too.")] = "",
        field: Annotated[Many, typer.Option(metavar="NAME=VALUE", help="Only where the record says so: district=04, type=taser*, date>=2031-01-31.")] = None,
        note: Annotated[str, typer.Option(help="Why you want to know; stands in every message.")] = "",
        backfill: Annotated[bool, typer.Option("--backfill", help="List what a first crawl finds, instead of counting it.")] = False,
        no_health: Annotated[bool, typer.Option("--no-health", help="Do not say when a portal goes blind.")] = False,
        everything: Annotated[bool, typer.Option("--everything", help="Every event of every portal.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """Ask to be told."""
        opened = _open(home)
        from releases.alerts.condition import read_conditions
        from releases.alerts.filters import Filters
        from releases.alerts.subscriptions import subscribe as make

        filters = Filters(
            portals=tuple(portal or ()), kinds=tuple(kind or ()), record_kinds=tuple(record_kind or ()),
            keys=tuple(key or ()), words=words, query=query, fields=read_conditions(field or ()), backfill=backfill, health=not no_health, everything=everything,
        )  # fmt: skip
        made = make(opened, channel, filters, name=name, note=note)
        if as_json:
            write_json(_row(made, secret=True))
            return
        typer.echo(f"subscribed: {made.name} ({made.id})")
        if made.secret:
            typer.echo(f"the receiver checks signatures with this secret: {made.secret}")
        typer.echo(f"next: `recordwatch alerts test {made.id}` sends a test message")

    @group.command("list")
    def list_subscriptions(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Subscriptions, and what each asks for."""
        _open(home)
        from releases.models import Subscription

        rows = [_row(found) for found in Subscription.objects.order_by("id")]
        if not as_json:
            for row in rows:
                row["id"] = row["id"][-12:]
                row["state"] = f"muted {row['muted_at']:%Y-%m-%d}" if row["muted_at"] else "on"
                row["asks_for"] = "; ".join(
                    f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
                    for name, value in row["filters"].items() if value and name != "health"
                )  # fmt: skip
        emit(rows, as_json=as_json, columns=("id", "name", "channel", "asks_for", "state"),
             empty="nobody is subscribed; `recordwatch alerts subscribe mailto:you@example.org --portal copa`")  # fmt: skip

    @group.command()
    def test(ident: Ident, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Send a test message through a subscription's channel, now."""
        opened = _open(home)
        from releases.alerts.channel import shown
        from releases.alerts.subscriptions import send_test

        found = send_test(opened, ident)
        if as_json:
            write_json({"id": found.id, "channel": shown(found.channel), "accepted": True})
        else:
            typer.echo(f"{shown(found.channel)} took the test message")

    @group.command()
    def mute(ident: Ident, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Send nothing more to a subscription."""
        _open(home)
        from releases.alerts.subscriptions import mute as do

        found = do(ident)
        write_json(_row(found)) if as_json else typer.echo(f"muted: {found.name} ({found.id})")

    @group.command()
    def unmute(ident: Ident, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Send to a muted subscription again, from the next news on."""
        _open(home)
        from releases.alerts.subscriptions import unmute as do

        found = do(ident)
        write_json(_row(found)) if as_json else typer.echo(f"no longer muted: {found.name} ({found.id})")

    @group.command()
    def deliveries(
        state: Annotated[str, typer.Option(help="Only these: owed, sending, sent, dead.")] = "",
        limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 50,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """What was sent, what is owed, and what could not be delivered, and why."""
        if state not in {"", "owed", "sending", "sent", "dead"}:
            raise ConfigError(f"no delivery is ever {state!r}", todo="owed, sending, sent or dead")
        _open(home)
        from releases.alerts.channel import shown
        from releases.models import Delivery

        found = Delivery.objects.select_related("subscription").order_by("-created_at", "-id")
        rows = [
            {
                "id": d.id, "subscription": d.subscription.name, "channel": shown(d.subscription.channel),
                "state": d.state, "events": d.events if as_json else len(d.events), "attempts": d.attempts,
                "created_at": d.created_at, "next_at": d.next_at if d.state in {"owed", "sending"} else None,
                "sent_at": d.sent_at, "error": d.error, "commit": d.commit,
            }
            for d in (found.filter(state=state) if state else found)[:limit]
        ]  # fmt: skip
        if not as_json:
            for row in rows:
                row["id"] = str(row["id"])[-12:]
                row["when"] = f"{row['sent_at'] or row['created_at']:%Y-%m-%d %H:%M}"
        emit(rows, as_json=as_json, columns=("id", "subscription", "state", "events", "attempts", "when", "error"),
             empty="no such delivery" if state else "nothing was ever owed to anyone")  # fmt: skip

    @group.command()
    def retry(
        ident: Annotated[str, typer.Argument(metavar="[ID]", help="A delivery's id; its end is enough.")] = "",
        dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Try again now: one delivery, or every dead one."""
        if bool(ident) == dead:
            raise ConfigError("say which", todo="`alerts retry ID`, or `alerts retry --dead`")
        opened = _open(home)
        from releases.alerts.deliver import deliver_owed
        from releases.alerts.deliver import retry as owe
        from releases.models import Delivery

        found = Delivery.objects.filter(state="dead") if dead else Delivery.objects.filter(id__endswith=ident)
        ids = list(found.values_list("id", flat=True))
        if ident and len(ids) > 1:
            raise ConfigError(f"more than one delivery's id ends in {ident!r}", todo="give more of it")
        if ident and not ids:
            raise ConfigError(f"there is no delivery {ident!r}", todo="`recordwatch alerts deliveries` shows them")
        owed = owe(ids)
        report = deliver_owed(opened, only=ids)
        if as_json:
            write_json({"owed": owed, "sent": report.sent, "failed": report.failed, "dead": report.dead})
        else:
            typer.echo(f"{owed} owed again: {report.sent} sent, {report.failed + report.dead} not taken")

    alerts_feed.register(group)

    @group.command("export")
    def export_all(
        out: Annotated[Path | None, typer.Option("-o", "--output", help="A file only you can read; else standard output.")] = None,
        home: HomeOption = None,
    ) -> None:  # fmt: skip
        """Subscriptions and deliveries, secrets included, as JSON lines: they are not in the archive."""
        _open(home)
        from releases.alerts.subscriptions import export_settings

        data = b"".join(msgspec.json.encode(row) + b"\n" for row in export_settings())
        if out is None:
            sys.stdout.write(data.decode())
            return
        with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)

    @group.command("import")
    def import_all(
        file: Annotated[Path, typer.Argument(help="What `alerts export` wrote.", exists=True, dir_okay=False)],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Take over an export; what is here already stays as it is."""
        _open(home)
        from releases.alerts.subscriptions import import_settings

        try:
            rows = [
                msgspec.json.decode(line, type=dict[str, Any])
                for line in file.read_bytes().splitlines()
                if line.strip()
            ]
        except msgspec.DecodeError as error:
            raise ConfigError(f"not an export: {error}", where=str(file)) from error
        subscriptions, owed = import_settings(rows)
        if as_json:
            write_json({"subscriptions": subscriptions, "deliveries": owed})
        else:
            typer.echo(f"took over {subscriptions} subscriptions and {owed} deliveries")
