"""`recordwatch portals`: what is watched, and what can be."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cli import portals_check
from cli.output import HomeOption, JsonOption, emit, open_catalog, say, when, write_json
from cli.screen import printable
from config.errors import ConfigError
from config.home import Home, open_home
from config.portal import Portal, read_portal

_COLUMN = 16


def catalogue() -> dict[str, Path]:
    """Portal files that ship with recordwatch, by slug."""
    folder = Path(str(resources.files("spiders") / "portals"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def health(portal: Portal) -> dict[str, Any]:
    """What a watched portal is, what is held of it, and what its last crawl came to."""
    from django.db.models import Count

    from archive.catalog.models import Crawl
    from releases.models import Record

    slug = portal.slug
    last = Crawl.objects.filter(portal=slug).order_by("-started_at").first()
    fresh = Crawl.objects.filter(portal=slug, verdict__in=["healthy", "empty"]).order_by("-started_at").first()
    held = dict(Record.objects.filter(portal=slug).values_list("state").annotate(Count("id")))
    return {
        "portal": slug,
        "name": portal.name,
        "agency": portal.agency,
        "place": portal.place,
        "url": portal.url,
        "schedule": portal.schedule,
        "records": held.get("present", 0),
        "withdrawn": held.get("withdrawn", 0),
        "verdict": last.verdict if last else "never crawled",
        "reason": last.reason if last else "",
        "last_crawl": last.started_at if last else None,
        "proven_fresh": fresh.started_at if fresh else None,
    }


def _listed(home: Home) -> list[dict[str, Any]]:
    """A row for each portal file, those that are wrong included: `reason` says what is wrong."""
    rows = []
    for path in sorted(home.portals.glob("*.toml")):
        try:
            rows.append(health(home.portal(path.stem)))
        except ConfigError as error:
            nothing = dict.fromkeys(("name", "agency", "place", "url", "schedule", "records", "withdrawn",
                                     "last_crawl", "proven_fresh"))  # fmt: skip
            rows.append({"portal": path.stem, **nothing, "verdict": "wrong portal file", "reason": str(error)})
    return rows


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
        f"{'spider':<{_COLUMN}}{portal.spider}",
    ]
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
        """Watched portals: verdict, records, last crawl."""
        opened = open_home(home)
        open_catalog(opened)
        rows = _listed(opened)
        if as_json:
            emit(rows, as_json=True, columns=(), empty="")
            return
        shown_rows = [
            {**row, "last_crawl": when(row["last_crawl"]), "healthy": when(row["proven_fresh"])} for row in rows
        ]
        emit(shown_rows, as_json=False, columns=("portal", "verdict", "records", "last_crawl", "healthy", "schedule"),
             empty="no portal is watched yet; `recordwatch portals add copa` adds Chicago's COPA")  # fmt: skip
        for row in rows:
            if row["reason"] and row["verdict"] not in {"healthy", "empty"}:
                say()
                say(printable(f"{row['portal']}: {row['reason']}"), indent="  ")
        if rows:
            say()
            say("Times are UTC. LAST CRAWL: whatever became of it. HEALTHY: the last one that saw the portal as it is.")

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
        if as_json:
            write_json({**msgspec.to_builtins(portal), "health": row})
            return
        for line in shown(row, portal):
            say(line, indent=" " * _COLUMN)

    @group.command("catalogue")
    def show_catalogue(as_json: JsonOption = False) -> None:
        """Portals that recordwatch ships with and `add` knows by name."""
        rows = []
        for slug, path in catalogue().items():
            portal = read_portal(path)
            rows.append({"portal": slug, "name": portal.name, "place": portal.place, "url": portal.url})
        emit(rows, as_json=as_json, columns=("portal", "name", "place", "url"), empty="the catalogue is empty")

    @group.command()
    def add(
        what: Annotated[str, typer.Argument(help="A name from the catalogue, or a portal file (TOML).")],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Watch a portal: copies its file into the home."""
        opened = open_home(home)
        known = catalogue()
        source = known.get(what) or Path(what)
        if not source.is_file():
            raise ConfigError(f"{what!r} is neither in the catalogue ({', '.join(known)}) nor a file",
                              todo="docs/howto/add-a-portal.md shows how to write one: ten lines for any page")  # fmt: skip
        portal = read_portal(source)
        portals_check.check_names(portal, source)
        target = opened.portals / f"{portal.slug}.toml"
        if target.exists():
            raise ConfigError(
                f"{portal.slug} is watched already", where=str(target), todo="edit that file to change it"
            )
        opened.portals.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        if as_json:
            write_json({"portal": portal.slug, "file": str(target)})
            return
        say(f"watching {portal.slug} ({portal.name}), {portal.schedule}: {target}")
        say(f"next: `recordwatch portals check {portal.slug}` for a look, then `recordwatch crawl {portal.slug}`")

    portals_check.register(group)
