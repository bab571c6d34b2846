"""`recordwatch alerts deliveries` and `retry`: what became of what was owed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.alerts_row import opened_home
from cli.output import HomeOption, JsonOption, emit, write_json
from config.errors import ConfigError

STATES = ("owed", "sending", "sent", "dead", "held", "gathered", "dropped")
PARTS = ("gathered", "dropped")
"""Not messages of their own: part of a digest, or taken back before anyone was told."""


def register(group: typer.Typer) -> None:
    @group.command()
    def deliveries(
        state: Annotated[str, typer.Option(help=f"Only these: {', '.join(STATES)}.")] = "",
        limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 50,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """What was sent, what is owed, what waits and why, and what could not be delivered."""
        if state not in {"", *STATES}:
            raise ConfigError(f"no delivery is ever {state!r}", todo=", ".join(STATES))
        opened_home(home)
        from releases.alerts.channel import shown
        from releases.alerts.why_delivery import what_became
        from releases.models import Delivery

        found = Delivery.objects.select_related("subscription").order_by("-created_at", "-id")
        found = found.filter(state=state) if state else found.exclude(state__in=PARTS)
        rows = [
            {
                "id": d.id, "subscription": d.subscription.name, "channel": shown(d.subscription.channel), "kind": d.kind,
                "state": d.state, "events": d.events if as_json else len(d.events), "attempts": d.attempts,
                "created_at": d.created_at, "next_at": d.next_at if d.state in {"owed", "sending"} else None,
                "sent_at": d.sent_at, "error": d.error, "commit": d.commit, "waits": d.waits, "digest": d.digest,
                "since": d.since, "until": d.until, "what": what_became(d).sentence,
            }
            for d in found[:limit]
        ]  # fmt: skip
        if not as_json:
            for row in rows:
                row["id"] = str(row["id"])[-12:]
                row["when"] = f"{row['sent_at'] or row['created_at']:%Y-%m-%d %H:%M}"
        emit(rows, as_json=as_json, columns=("id", "subscription", "kind", "events", "when", "what"),
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
        opened = opened_home(home)
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
