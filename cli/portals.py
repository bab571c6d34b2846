"""`recordwatch portals`: what is watched, and what can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from cli import portals_add, portals_check, portals_listed, portals_pause
from cli.output import HomeOption, JsonOption, emit, open_catalog, say, when, write_json
from cli.screen import printable
from config.errors import ConfigError
from config.home import Home, open_home
from config.paused import paused
from config.portal import Portal
from spiders.agencies import EVIDENCE, at

_COLUMN = 16


def health(portal: Portal, now: datetime | None = None) -> dict[str, Any]:
    """What a watched portal is, what is held of it, what its last crawl came to, and when the next is due."""
    from releases.portals.health import health as known

    return _with_platform(known(portal, now), platform_of(portal))


def _with_platform(row: dict[str, Any], platform: str | None) -> dict[str, Any]:
    """`row` with the product behind the portal where a reader looks for it."""
    made: dict[str, Any] = {}
    for name, value in row.items():
        if name == "url":
            made["platform"] = platform
        made[name] = value
    return made


def platform_of(portal: Portal) -> str:
    """The product behind a portal; the spider's name for a site of its own and for the declarative kinds."""
    from spiders.registry import spider_class

    try:
        return spider_class(portal.spider).platform or portal.spider
    except (ConfigError, ImportError):
        return portal.spider


def _listed(home: Home) -> list[dict[str, Any]]:
    """A row for each portal file, what needs a person first. Those that are wrong: `reason` says what is wrong."""
    from releases.portals.health import misread, urgency

    rows = []
    now = datetime.now(UTC)
    for path in sorted(home.portals.glob("*.toml")):
        try:
            rows.append(health(home.portal(path.stem), now))
        except ConfigError as error:
            rows.append(_with_platform(misread(path.stem, str(error)), None))
    for row in rows:
        stopped = paused(home.path, row["portal"])
        row["paused"] = asdict(stopped) if stopped else None
    return sorted(rows, key=urgency)


def shown(row: dict[str, Any], portal: Portal) -> list[str]:
    """One portal for people: what it is, how it is, and the settings that are not the usual ones."""
    fresh = when(row["proven_fresh"])
    lines = [
        f"{portal.name}  [{portal.slug}]",
        portal.url,
        "",
        f"{'agency':<{_COLUMN}}{portal.agency}, {portal.place}",
        f"{'verdict':<{_COLUMN}}{row['verdict']}{': ' if row['reason'] else ''}{row['reason']}",
        f"{'last crawl':<{_COLUMN}}{when(row['last_crawl'])}{' UTC' if row['last_crawl'] else ''}",
        f"{'proven fresh':<{_COLUMN}}{fresh}{' UTC, the last crawl that was healthy' if row['proven_fresh'] else ''}",
        f"{'records':<{_COLUMN}}{row['records']:,} present, {row['withdrawn']:,} withdrawn",
        f"{'schedule':<{_COLUMN}}{portal.schedule}",
        f"{'next crawl':<{_COLUMN}}{when(row['due'])} UTC: {row['due_because']}",
        f"{'platform':<{_COLUMN}}{row['platform']} (spider {portal.spider})",
    ]
    if row["paused"]:
        lines.append(f"{'paused':<{_COLUMN}}{_pause(row['paused'])}")
    if known := at(portal.url):
        seen = f"{EVIDENCE[known.evidence]}: {known.source}, {known.date}"
        lines.append(f"{'catalogue':<{_COLUMN}}{known.name}, {known.place}; {seen}")
    for deadline in portal.deadlines:
        lines.append(
            f"{'deadline':<{_COLUMN}}{deadline.name}: {deadline.days} days from {deadline.from_field}. {deadline.basis}"
        )
    lines += [f"{'date ahead':<{_COLUMN}}{rule.name}: {rule.field}, when {rule.what}" for rule in portal.dates]
    said = {"slug", "name", "agency", "place", "url", "spider", "schedule", "deadlines", "dates"}
    if unusual := _unusual(portal, said):
        lines += ["", "settings that are not the usual ones"]
        lines += [f"  {name} = {value}" for name, value in unusual]
    return [printable(line) for line in lines]


def _pause(stopped: Mapping[str, str]) -> str:
    return f"paused since {stopped['since']} by {stopped['by']}: {stopped['why']}"


def _unusual(struct: msgspec.Struct, besides: set[str], prefix: str = "") -> list[tuple[str, str]]:
    """Settings that differ from their default, with dotted names."""
    found: list[tuple[str, str]] = []
    for field in msgspec.structs.fields(type(struct)):
        value = getattr(struct, field.name)
        if field.name in besides or value == field.default or value in ({}, (), ""):
            continue
        if isinstance(value, msgspec.Struct):
            found += _unusual(value, set(), f"{prefix}{field.name}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            text = text.lower() if isinstance(value, bool) else text
            found.append((f"{prefix}{field.name}", text))
    return found


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=False, help="What is watched, and what can be.")
    app.add_typer(group, name="portals")

    @group.callback(invoke_without_command=True)
    def portals(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
        if context.invoked_subcommand is None:
            list_portals(home, as_json)
        elif home is not None or as_json:
            raise ConfigError(
                f"options stand behind the verb: `recordwatch portals {context.invoked_subcommand} --home …`"
            )

    @group.command("list")
    def list_portals(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Watched portals: place, agency, platform, last proven fresh, verdict, records, next crawl."""
        opened = open_home(home)
        open_catalog(opened)
        rows = _listed(opened)
        if as_json:
            emit(rows, as_json=True, columns=(), empty="")
            return
        for line in portals_listed.lines(rows, datetime.now(UTC)):
            say(line)
        for row in rows:
            if row["reason"] and row["verdict"] not in {"healthy", "empty"}:
                say()
                say(printable(f"{row['portal']}: {row['reason']}"), indent="  ")
            if row["paused"]:
                say()
                say(printable(f"{row['portal']}: {_pause(row['paused'])}"), indent="  ")

    @group.command()
    def show(
        slug: Annotated[str, typer.Argument(help="The portal's slug: the name of its file in portals/.")],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """One portal: its health, and what its file says."""
        opened = open_home(home)
        open_catalog(opened)
        portal = opened.portal(slug)
        row = health(portal)
        stopped = paused(opened.path, slug)
        row["paused"] = asdict(stopped) if stopped else None
        if as_json:
            write_json({**msgspec.to_builtins(portal), "health": row})
            return
        for line in shown(row, portal):
            say(line, indent=" " * _COLUMN)

    @group.command("catalogue")
    def show_catalogue(
        words: Annotated[
            list[str] | None,
            typer.Argument(help="Only agencies whose name, place, platform or address has these words."),
        ] = None,
        platform: Annotated[
            str, typer.Option(help="Only this platform, e.g. nextrequest; `site` for sites of their own.")
        ] = "",
        as_json: JsonOption = False,
    ) -> None:
        """Agencies that are known, where they publish and how we know; `portals add` takes their words or address."""
        from spiders.agencies import agencies, found

        rows = [one for one in (found(" ".join(words)) if words else agencies()) if platform in {"", one.platform}]
        if as_json:
            emit(map(msgspec.structs.asdict, rows), as_json=True, columns=(), empty="")
            return
        for line in portals_listed.known(rows):
            say(printable(line))

    portals_add.register(group)
    portals_check.register(group)
    portals_pause.register(group)
