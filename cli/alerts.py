"""`recordwatch alerts`: who is told what, how, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import alerts_carry, alerts_deliveries, alerts_feed, alerts_listen, alerts_why
from cli.alerts_row import asked, changed, opened_home, state_word, subscription_row, told_when
from cli.output import HomeOption, JsonOption, emit, write_json

Many = list[str] | None
ROLE = "reader; operator: told at once when a portal goes blind; editor: told of quarantined passages."
CADENCE = "instant, or one digest hourly, daily or weekly."
AT = "When a daily or weekly digest comes, and what exceeds a day's limit."
ON = "Day of a weekly digest: monday, …"
TIMEZONE = "Of these times: an IANA name such as America/Chicago."
QUIET = "Hours without messages, such as 22:00-07:00; what comes meanwhile waits for their end."
MOST = "Messages a day at most; the rest waits for one digest. 0: no limit."
LANGUAGE = "Language of its messages: en or es."
INSTEAD = 'Instead of those before; may be repeated; "" for none.'
EMPTY = "Send a digest, too, when there is nothing new: it says what was checked."
Ident = Annotated[str, typer.Argument(metavar="ID", help="A subscription's id (its end is enough) or name.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Who is told what, how, and what became of it.")
    app.add_typer(group, name="alerts")

    @group.command()
    def subscribe(
        channel: Annotated[
            str, typer.Argument(help="mailto:you@example.org, https://receiver/… (signed webhook), slack:CHANNEL, or an Apprise URL.")
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
        role: Annotated[str, typer.Option(help=ROLE)] = "reader",
        cadence: Annotated[str, typer.Option(help=CADENCE)] = "instant",
        at: Annotated[str, typer.Option(help=AT)] = "08:00",
        on: Annotated[str, typer.Option(help=ON)] = "",
        timezone: Annotated[str, typer.Option(help=TIMEZONE)] = "UTC",
        quiet: Annotated[str, typer.Option(help=QUIET)] = "",
        most_per_day: Annotated[int, typer.Option(help=MOST)] = 0,
        empty: Annotated[bool, typer.Option(help=EMPTY)] = True,
        language: Annotated[str, typer.Option(help=LANGUAGE)] = "en",
        backfill: Annotated[bool, typer.Option("--backfill", help="List what a first crawl finds, instead of counting it.")] = False,
        no_health: Annotated[bool, typer.Option("--no-health", help="Do not say when a portal goes blind.")] = False,
        everything: Annotated[bool, typer.Option("--everything", help="Every event of every portal.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """Ask to be told."""
        opened = opened_home(home)
        from releases.alerts.condition import read_conditions
        from releases.alerts.filters import Filters
        from releases.alerts.subscriptions import Choices
        from releases.alerts.subscriptions import subscribe as make

        filters = Filters(
            portals=tuple(portal or ()), kinds=tuple(kind or ()), record_kinds=tuple(record_kind or ()),
            keys=tuple(key or ()), words=words, query=query, fields=read_conditions(field or ()), backfill=backfill, health=not no_health, everything=everything,
        )  # fmt: skip
        choices = Choices(
            role=role, cadence=cadence, digest_at=at, timezone=timezone, quiet=quiet, most_per_day=most_per_day,
            empty_digests=empty, language=language,
        )  # fmt: skip
        if on:
            choices["digest_day"] = on.lower()
        made = make(opened, channel, filters, name=name, note=note, **choices)
        if as_json:
            write_json(subscription_row(made, secret=True))
            return
        typer.echo(f"subscribed: {made.name} ({made.id}), {told_when(made)}")
        if made.secret:
            typer.echo(f"the receiver checks signatures with this secret: {made.secret}")
        typer.echo(f"next: `recordwatch alerts test {made.id}` sends a test message")

    @group.command("list")
    def list_subscriptions(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Subscriptions, and what each asks for."""
        opened_home(home)
        from releases.models import Subscription

        rows = [subscription_row(found) for found in Subscription.objects.order_by("id")]
        if not as_json:
            for row in rows:
                row["id"] = row["id"][-12:]
                row["state"] = state_word(row)
                row["asks_for"] = asked(row["filters"])
        emit(rows, as_json=as_json, columns=("id", "name", "channel", "asks_for", "told", "state"),
             empty="nobody is subscribed; `recordwatch alerts subscribe mailto:you@example.org --portal copa`")  # fmt: skip

    @group.command()
    def change(
        ident: Ident,
        name: Annotated[str, typer.Option(help="What to call it.")] = "",
        note: Annotated[str | None, typer.Option(help="Why you want to know; stands in every message.")] = None,
        role: Annotated[str | None, typer.Option(help=ROLE)] = None,
        cadence: Annotated[str | None, typer.Option(help=CADENCE)] = None,
        at: Annotated[str | None, typer.Option(help=AT)] = None,
        on: Annotated[str | None, typer.Option(help=ON)] = None,
        timezone: Annotated[str | None, typer.Option(help=TIMEZONE)] = None,
        quiet: Annotated[str | None, typer.Option(help=f'{QUIET} "" for none.')] = None,
        most_per_day: Annotated[int | None, typer.Option(help=MOST)] = None,
        portal: Annotated[Many, typer.Option(help=f"Only of this portal. {INSTEAD}")] = None,
        kind: Annotated[Many, typer.Option(help=f"Only this kind of event. {INSTEAD}")] = None,
        record_kind: Annotated[Many, typer.Option(help=f"Only of this kind of record. {INSTEAD}")] = None,
        key: Annotated[Many, typer.Option(help=f"Only of the record with this key, printed key or alias. {INSTEAD}")] = None,
        words: Annotated[str | None, typer.Option(help='Only where all these words occur. "" for none.')] = None,
        query: Annotated[str | None, typer.Option(help='Only what this query finds. "" for none.')] = None,
        field: Annotated[Many, typer.Option(metavar="NAME=VALUE", help=f"Only where the record says so. {INSTEAD}")] = None,
        everything: Annotated[bool | None, typer.Option("--everything/--not-everything", help="Every event of every portal.")] = None,
        empty: Annotated[bool | None, typer.Option("--empty/--no-empty", help=EMPTY)] = None,
        language: Annotated[str | None, typer.Option(help=LANGUAGE)] = None,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """Change what a subscription asks for, when and how it is told. What is not named stays."""
        opened = opened_home(home)
        from releases.alerts.subscriptions import change as do
        from releases.alerts.subscriptions import checked, find

        given = {
            "role": role, "cadence": cadence, "digest_at": at, "digest_day": on.lower() if on else None,
            "timezone": timezone, "quiet": quiet, "most_per_day": most_per_day, "empty_digests": empty,
            "language": language,
        }  # fmt: skip
        choices: Any = {column: value for column, value in given.items() if value is not None}
        asks = changed(
            find(ident).filters, portals=portal, kinds=kind, record_kinds=record_kind, keys=key, words=words,
            query=query, fields=field, everything=everything,
        )  # fmt: skip
        filters = checked(opened, asks) if asks is not None else None
        found = do(ident, name=name, note=note, filters=filters, **choices)
        if as_json:
            write_json(subscription_row(found))
        else:
            typer.echo(f"changed: {found.name} ({found.id}), {told_when(found)}")

    @group.command()
    def test(ident: Ident, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Send a test message through a subscription's channel, now."""
        opened = opened_home(home)
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
        opened_home(home)
        from releases.alerts.subscriptions import mute as do

        found = do(ident)
        write_json(subscription_row(found)) if as_json else typer.echo(f"muted: {found.name} ({found.id})")

    @group.command()
    def unmute(ident: Ident, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Send to a muted subscription again, from the next news on."""
        opened_home(home)
        from releases.alerts.subscriptions import unmute as do

        found = do(ident)
        write_json(subscription_row(found)) if as_json else typer.echo(f"no longer muted: {found.name} ({found.id})")

    alerts_deliveries.register(group)
    alerts_why.register(group)
    alerts_feed.register(group)
    alerts_listen.register(group)
    alerts_carry.register(group)
