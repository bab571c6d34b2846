"""`recordwatch record`: one record, with every version, file, event and capture."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, write_json
from cli.releases import printable, short, told
from config.home import open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def record(
        slug: Annotated[str, typer.Argument(help="The portal.")],
        key: Annotated[str, typer.Argument(help="The record's key, or any other name it is known by.")],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """One record: versions, files, events, captures."""
        opened = open_home(home)

        from archive.catalog.database import open_database

        open_database(opened.database_url)
        from releases.ledger.queries import find, record_rows, recorded

        if not recorded(slug):
            opened.portal(slug)  # says which portals are watched
        row = record_rows(find(slug, key))
        if as_json:
            write_json(row)
            return
        for line in lines(row):
            typer.echo(printable(line))


def lines(row: dict[str, Any]) -> list[str]:
    """A record's story, for people."""
    said = [f"{row['title']}  [{row['kind']} {row['key']}, {row['portal']}]", row["url"]]
    state = f"{row['state']}, first seen {when(row['first_seen_at'])}, last seen {when(row['last_seen_at'])}"
    said.append(state + (f", missing since {when(row['missing_since'])}" if row["missing_since"] else ""))
    if row["aliases"]:
        said.append(f"also known as {', '.join(row['aliases'])}")
    said += ["", "EVENTS"]
    for event in row["events"]:
        what = told(event, "")["what"].replace("\n", "; ")
        said.append(f"  {when(event['at'])}  {event['kind']}  {what}".rstrip())
    said += ["", "VERSIONS"]
    for version in row["versions"]:
        note = "  (noise: nothing a reader would call a change)" if version["noise"] else ""
        said.append(f"  {version['number']}  {when(version['at'])}  {version['extractor']}{note}")
    if row["versions"]:
        said += ["", "FIELDS NOW"]
        said += [f"  {name}: {short(value)}" for name, value in row["versions"][-1]["fields"].items()]
    if row["files"]:
        said += ["", "FILES"]
    for file in row["files"]:
        note = "" if file["state"] == "present" else f"  {file['state']}"
        said.append(f"  {file['name'] or file['identity']}  {file['kind']}{note}  {file['url']}")
        if file["outcome"]:
            said.append(f"    {file['outcome']}")
        said += [
            f"    {version['number']}  {when(version['at'])}  {version['size']} bytes  {version['digest']}"
            for version in file["versions"]
        ]
    said += ["", "CAPTURES"]
    said += [f"  {when(item['at'])}  {item['status']}  {item['url']}  {item['id']}" for item in row["captures"]]
    return said


def when(at: Any) -> str:
    """A time to the minute, UTC."""
    return f"{at:%Y-%m-%d %H:%M}"
