"""`recordwatch record`: one record, with every version, file, event and capture."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Annotated, Any

import typer

from cli.event_words import MARGIN, changes, count_of, details, heading, short, size
from cli.output import HomeOption, JsonOption, open_catalog, say, when, write_json
from cli.record_text import add_readings, reading_lines
from cli.screen import printable, table
from config.errors import ConfigError
from config.home import Home, open_home
from releases.model import DEPOSITED

_DATED = re.compile(r"  \d{4}-\d\d-\d\d \d\d:\d\d ")
_INDENT = 20
"""Columns before what happened: two, and a time."""


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
        open_catalog(opened)
        from releases.access import without_names
        from releases.ledger.deposit import deposits_about
        from releases.ledger.queries import find, record_rows, recorded
        from releases.ledger.retract import corrected
        from releases.models import Event

        if not recorded(slug):
            opened.portal(slug)  # says which portals are watched
        record = find(slug, key)
        row = record_rows(record)
        why = corrected(Event.objects.filter(record=record.id))
        row["events"] = [e | ({"corrected": why[e["id"]]} if e["id"] in why else {}) for e in row["events"]]
        row["deposits"] = [
            {"key": beside.key, "kind": beside.kind, "title": beside.title, "at": version.at, "fields": version.fields,
             "captures": version.captures}
            for beside, version in deposits_about(record.portal, [record.key])
        ]  # fmt: skip
        _when_due(opened, row)
        add_readings(opened, row)
        row = without_names(row)
        if as_json:
            write_json(row)
            return
        for line in lines(row):
            hang = _INDENT + MARGIN if _DATED.match(line) else len(line) - len(line.lstrip()) + 2
            say(printable(line), indent=" " * hang)
        for line in evidence(row):
            typer.echo(line)
        where = f" --home {home}" if home else ""
        say()
        say("All of this as one WARC (--json tells the captures' ids and places):")
        typer.echo(f"  recordwatch export {slug} {row['key']} -o {_file_name(row['key'])}{where}")


def _when_due(home: Home, row: dict[str, Any]) -> None:
    """Adds to each file when it is asked for again and why; nothing where its portal is not watched any more."""
    from crawler.recheck.due import due_again

    due = {}
    if row["state"] == "present":
        with suppress(ConfigError):
            due = due_again(home.portal(row["portal"]), [file["id"] for file in row["files"]])
    for file in row["files"]:
        known = due.get(file["id"])
        file["due_at"], file["due_because"] = (known.at, known.why) if known else (None, "")


def lines(row: dict[str, Any]) -> list[str]:
    """A record's story, for people; times are UTC."""
    said = [f"{row['title'] or row['key']}  [{row['kind']} {row['key']}, {row['portal']}]", row["url"], _state(row)]
    if names := [name for name in row["aliases"] if name != row["key"]]:
        said.append(f"also known as {', '.join(names)}")
    said += ["", "WHAT HAPPENED (times are UTC)"]
    for event in _timeline(row):
        look = "(first look)" if event["backfill"] and DEPOSITED not in event["tags"] else ""
        mark = heading({**event, "key": ""}, "")
        told = event.get("told")
        if told is None:
            told = [] if event["kind"] == "new" and look else details(event)
        said.append(f"  {when(event['at'])}  {mark:<{MARGIN}}{told[0] if told else ''}{look}".rstrip())
        said += [f"{'':<{_INDENT + MARGIN}}{line}" for line in told[1:]]
    said += _versions(row["versions"], {file["identity"]: file["name"] for file in row["files"]})
    if row["files"]:
        said += ["", "FILES"]
    for file in row["files"]:
        said += _file(file)
    return said


def evidence(row: dict[str, Any]) -> list[str]:
    """The captures that prove it, as a table."""
    if not row["captures"]:
        return []
    rows = [
        {"archived": when(item["at"]), "answer": item["status"] or item["kind"], "size": size(item["payload_length"]),
         "address": item["url"]}
        for item in row["captures"]
    ]  # fmt: skip
    drawn = table(rows, ["archived", "answer", "size", "address"])
    return ["", f"EVIDENCE: {count_of(len(rows), 'capture')}", *(f"  {line}" for line in drawn)]


def _timeline(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened, and what was handed in about it, by time."""
    beside = [
        {
            "at": one["at"],
            "kind": "new",
            "key": one["key"],
            "backfill": False,
            "tags": [DEPOSITED],
            "told": _handed_in(one),
        }
        for one in row.get("deposits", ())
    ]
    return sorted([*row["events"], *beside], key=lambda event: event["at"])


def _handed_in(one: dict[str, Any]) -> list[str]:
    said, fields = [f"{short(one['title'])}  [{one['key']}]"], one["fields"]
    said.append(f"{short(fields['how'])} — not published by the portal, not captured from it")
    if fields.get("document_date"):
        said.append(f"it is dated {fields['document_date']}")
    return said


def _state(row: dict[str, Any]) -> str:
    if row["state"] == DEPOSITED:
        return f"deposited {when(row['first_seen_at'])} UTC: handed in, never captured from the portal"
    said = f"{row['state']}; first seen {when(row['first_seen_at'])}, last seen {when(row['last_seen_at'])} UTC"
    return said + (f"; missing since {when(row['missing_since'])} UTC" if row["missing_since"] else "")


def _versions(versions: list[dict[str, Any]], names: dict[str, str]) -> list[str]:
    if not versions:
        return []
    last = versions[-1]
    wide = max((len(name) for name in last["fields"]), default=0)
    said = ["", f"FIELDS in version {last['number']}, of {when(last['at'])}"]
    said += [f"  {name.replace('_', ' '):<{wide}}  {short(value)}" for name, value in last["fields"].items()]
    if len(versions) == 1:
        return said
    said += ["", "VERSIONS"]
    for before, after in zip([None, *versions[:-1]], versions, strict=True):
        note = "  (noise: nothing a reader would call a change)" if after["noise"] else ""
        said.append(
            f"  {after['number']}  {when(after['at'])}  {'first seen so' if before is None else ''}{note}".rstrip()
        )
        if before is not None:
            said += [f"     {line}" for line in _between(before, after, names)]
    return said


def _between(before: dict[str, Any], after: dict[str, Any], names: dict[str, str]) -> list[str]:
    """What the later of two versions says otherwise."""
    whole = [{**version["fields"], "title": version["title"], "address": version["url"]} for version in (before, after)]
    said = changes(*whole)
    gone = [identity for identity in before["files"] if identity not in after["files"]]
    come = [identity for identity in after["files"] if identity not in before["files"]]
    said += [f"file no longer linked: {short(names.get(identity) or identity)}" for identity in gone]
    said += [f"file linked: {short(names.get(identity) or identity)}" for identity in come]
    if before["extractor"] != after["extractor"]:
        said.append(f"read by {after['extractor']} instead of {before['extractor']}")
    return said or ["the page's text or markup, no field"]


def _file(file: dict[str, Any]) -> list[str]:
    note = "" if file["state"] == "present" else f", {file['state']}"
    said = [f"  {file['name'] or file['identity']}  ({file['kind']}{note})", f"    {file['url']}"]
    if file["outcome"]:
        said.append(f"    {file['outcome']}")
    if file["checked_at"]:
        said.append(f"    last asked for {when(file['checked_at'])}")
    if file.get("due_at"):
        said.append(f"    due again {when(file['due_at'])}: {file['due_because']}")
    before: dict[str, Any] | None = None
    for version in file["versions"]:
        what = size(version["size"])
        if before is not None:
            what += (
                ", same size, other bytes" if before["size"] == version["size"] else f" (was {size(before['size'])})"
            )
        digest = version["digest"].removeprefix("sha256:")[:12]
        said.append(
            f"    version {version['number']}  {when(version['at'])}  {what}  {version['mime']}  sha256 {digest}…"
        )
        said += [f"      {line}" for line in reading_lines(version)]
        before = version
    return said


def _file_name(key: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in key).strip("-.")[:80] + ".warc.gz"
