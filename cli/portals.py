"""`recordwatch portals`: what is watched, and what can be."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cli.output import HomeOption, JsonOption, emit, write_json
from config.errors import ConfigError
from config.home import Home, open_home
from config.portal import read_portal


def catalogue() -> dict[str, Path]:
    """Portal files that ship with recordwatch, by slug."""
    folder = Path(str(resources.files("spiders") / "portals"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _row(home: Home, slug: str) -> dict[str, Any]:
    from django.db.models import Count

    from archive.catalog.models import Crawl
    from releases.models import Record

    portal = home.portal(slug)
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


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=False, help="What is watched, and what can be.")
    app.add_typer(group, name="portals")

    @group.callback(invoke_without_command=True)
    def portals(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
        if context.invoked_subcommand is None:
            list_portals(home, as_json)

    @group.command("list")
    def list_portals(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Watched portals: verdict, records, last crawl."""
        from archive.catalog.database import open_database

        opened = open_home(home)
        open_database(opened.database_url)
        rows = [_row(opened, path.stem) for path in sorted(opened.portals.glob("*.toml"))]
        if not as_json:
            for row in rows:
                for name in ("last_crawl", "proven_fresh"):
                    row[name] = row[name].strftime("%Y-%m-%d %H:%M") if row[name] else "never"
        emit(rows, as_json=as_json, columns=("portal", "place", "verdict", "records", "last_crawl", "proven_fresh", "schedule"),
             empty="no portal is watched yet; `recordwatch portals add copa` adds Chicago's COPA")  # fmt: skip

    @group.command()
    def show(slug: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """One portal: its settings and its health."""
        from archive.catalog.database import open_database

        opened = open_home(home)
        open_database(opened.database_url)
        row = {**msgspec.to_builtins(opened.portal(slug)), "health": _row(opened, slug)}
        if as_json:
            write_json(row)
            return
        health = row.pop("health")
        for name, value in row.items():
            if value not in ("", [], {}, None):
                typer.echo(f"{name:<22} {value}")
        typer.echo(f"{'verdict':<22} {health['verdict']}{': ' + health['reason'] if health['reason'] else ''}")
        typer.echo(f"{'records':<22} {health['records']} present, {health['withdrawn']} withdrawn")

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
    ) -> None:
        """Watch a portal: copies its file into the home."""
        opened = open_home(home)
        known = catalogue()
        source = known.get(what) or Path(what)
        if not source.is_file():
            raise ConfigError(f"{what!r} is neither in the catalogue nor a file; catalogue: {', '.join(known)}",
                              todo="docs/howto/add-a-portal.md shows how to write one")  # fmt: skip
        portal = read_portal(source)
        from spiders.registry import spider_class

        spider_class(portal.spider)
        target = opened.portals / f"{portal.slug}.toml"
        if target.exists():
            raise ConfigError(
                f"{portal.slug} is watched already", where=str(target), todo="edit that file to change it"
            )
        opened.portals.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        typer.echo(f"watching {portal.slug} ({portal.name}), {portal.schedule}: {target}")
        typer.echo(f"next: `recordwatch crawl {portal.slug}`")
