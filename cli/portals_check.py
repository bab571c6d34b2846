"""`recordwatch portals check`: a crawl that commits nothing, told in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.event_words import count_of, short, size
from cli.exits import Exit
from cli.output import HomeOption, JsonOption, say, warn, write_json
from cli.progress import progress_for
from cli.screen import printable, width
from config.home import Home, open_home
from config.portal import Portal, read_portal
from config.signs import underway

if TYPE_CHECKING:
    from crawler.check import Checked
    from crawler.health import History

SHOWN = 10
"""Records, pages and errors that are listed; the rest are counted."""
_NOTHING: tuple[object, ...] = (None, "", [])
_EXAMPLE = 24
"""Characters of a selector's example, where the terminal has room."""


def register(group: typer.Typer) -> None:
    @group.command()
    def check(
        what: Annotated[
            str, typer.Argument(metavar="SLUG|FILE", help="A watched portal's slug, or a portal file (TOML).")
        ],
        home: HomeOption = None,
        max_records: Annotated[int, typer.Option(min=1, help="Stop after this many records.")] = 25,
        as_json: JsonOption = False,
    ) -> int:
        """Crawl without committing anything, and say what was found and what looks wrong."""
        opened = open_home(home)
        portal = _portal(opened, what)
        from archive.portal_lock import PortalLocked, portal_lock
        from crawler.check import as_row, run_check

        past = _past(opened, portal)
        try:
            with (
                portal_lock(opened.locks, portal.slug),
                progress_for(portal.name, off=as_json) as shown,
                underway(opened.path, portal.slug, "check", shown) as progress,
            ):
                checked = run_check(opened, portal, past, max_records=max_records, progress=progress)
        except PortalLocked as error:
            warn(f"recordwatch: {error}")
            return int(Exit.LOCKED)
        if as_json:
            write_json(as_row(checked, SHOWN))
        else:
            for line in told(checked):
                say(printable(line), indent="    ")
        healthy = checked.judgement.verdict in {"healthy", "empty"}
        return int(Exit.OK if healthy else Exit.UNHEALTHY)


def check_names(portal: Portal, file: Path) -> None:
    """Whether spider, parameters and schedule are ones there are. Raises ConfigError."""
    from crawler.check import check_settings

    check_settings(portal, str(file))


def _portal(home: Home, what: str) -> Portal:
    file = Path(what)
    if what.endswith(".toml") or "/" in what:
        portal = read_portal(file)
    else:
        portal, file = home.portal(what), home.portals / f"{what}.toml"
    check_names(portal, file)
    return portal


def _past(home: Home, portal: Portal) -> History:
    """What the last healthy crawl showed, when there is a catalog; none is made."""
    from archive.catalog.database import open_database
    from archive.catalog.failures import database_errors
    from config.errors import RecordwatchError
    from crawler.health import History, history

    path = home.database_url.removeprefix("sqlite:///")
    try:
        with database_errors():
            absent = home.database_url.startswith("sqlite") and not Path(path).is_file()
            open_database("sqlite:///:memory:" if absent else home.database_url, migrate=False)
            return History() if absent else history(portal.slug, canaries=portal.expect.canaries)
    except RecordwatchError as error:
        warn(f"recordwatch: without comparison with earlier crawls: {error}")
        open_database("sqlite:///:memory:", migrate=False)
        return History()


def told(checked: Checked) -> list[str]:
    """A check for people."""
    from crawler.questions import QUESTIONS

    judgement, portal = checked.judgement, checked.portal
    lines = [
        f"{portal.slug}: {judgement.verdict} — {judgement.reason}",
        f"  {count_of(checked.requests, 'request')}, {size(checked.received_bytes)} in {checked.seconds:.1f} s; nothing was kept or committed",
    ]
    wrong = [sentence for sentence in checked.wrong if sentence not in judgement.notes]
    lines += ["", "LOOKS WRONG", *(f"  {sentence}" for sentence in wrong)] if wrong else []
    lines += ["", "NOTED", *(f"  {sentence}" for sentence in judgement.notes)] if judgement.notes else []
    lines += ["", "WORTH A LOOK", *(f"  {sentence}" for sentence in checked.hints)] if checked.hints else []
    lines += _trouble(checked)
    lines += ["", "ROBOTS.TXT", *(f"  {sentence}" for sentence in checked.robots)]
    lines += _selectors(checked)
    lines += _listing(checked)
    lines += _records(checked)
    if checked.missing:
        lines += ["", "MISSING FIELDS (most records have them)"]
        lines += [f"  {name}: {_some(keys)}" for name, keys in checked.missing.items()]
    lines += ["", "THE FIVE QUESTIONS"]
    lines += [
        f"  {question} {judgement.answers[name].answer}: {judgement.answers[name].evidence}"
        for name, question in QUESTIONS.items()
    ]
    return lines


def _trouble(checked: Checked) -> list[str]:
    lines: list[str] = []
    if checked.page_errors:
        lines += ["", f"PAGES THAT COULD NOT BE READ: {len(checked.page_errors)}"]
    for error in checked.page_errors[:SHOWN]:
        lines += [
            f"  {error.url}",
            f"    looked for  {error.selector}",
            f"    expected    {error.expected}",
            f"    found       {error.found}",
        ]
    if checked.failures:
        lines += ["", f"NO ANSWER: {len(checked.failures)}"]
        lines += [f"  {failure.url}: {failure.sentence}" for failure in checked.failures[:SHOWN]]
    return lines


def _selectors(checked: Checked) -> list[str]:
    """A table: which selector of the portal file found how many, and where it found none."""
    if not checked.selectors:
        return []
    rows = [("KEY", "SELECTOR", "FOUND", "EACH", "NONE IN", "EXAMPLE")]
    for name, tally in checked.selectors.items():
        each = str(tally.least) if tally.least == tally.most else f"{tally.least} to {tally.most}"
        missing = f"{tally.without} of {count_of(tally.places, tally.per)}" if tally.without else ""
        if tally.empty:
            missing += f"{', ' if missing else ''}empty in {tally.empty}"
        example = short(tally.examples[0])[:_EXAMPLE] if tally.examples else ""
        found = f"{tally.found}" + (f" (+{tally.in_navigation} in navigation)" if tally.in_navigation else "")
        each = f"{each} per {tally.per}" if tally.places else "not looked for"
        rows.append((name, short(tally.selector)[:40], found, each, missing, example))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    if columns := width():  # examples give way first, then selectors
        for shrinks, least in ((5, 0), (1, 12)):
            over = 2 + sum(widths) + 2 * len(widths) - columns
            widths[shrinks] = max(min(least, widths[shrinks]), widths[shrinks] - max(0, over))
    table = [
        "  ".join(cell[:most].ljust(most) for cell, most in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return ["", "SELECTORS", *(f"  {line}" for line in table)]


def _listing(checked: Checked) -> list[str]:
    lines = [
        "",
        f"LISTING: {count_of(len(checked.listing_pages), 'page')}, {count_of(checked.sighted, 'record')} sighted",
    ]
    for page in checked.listing_pages[:SHOWN]:
        of = f" of {page.pages}" if page.pages else ""
        last = ", the last" if page.last else ""
        lines.append(f"  page {page.number}{of}: {count_of(page.rows, 'row')}{last}  {page.url}")
    if len(checked.listing_pages) > SHOWN:
        lines.append(f"  … and {len(checked.listing_pages) - SHOWN} more")
    lines += [f"  says it is empty: “{short(marker.words)}”  {marker.url}" for marker in checked.empty_markers[:SHOWN]]
    return lines


def _records(checked: Checked) -> list[str]:
    files = sum(len(record.files) for record in checked.records)
    lines = ["", f"RECORDS IT WOULD TAKE: {len(checked.records)}, with {count_of(files, 'file')}"]
    for record in checked.records[:SHOWN]:
        lines += [f"  {record.title or '(no title)'}  [{record.kind} {record.key}]", f"    {record.url}"]
        lines += [f"    {name}: {short(value)}" for name, value in record.fields.items() if value not in _NOTHING]
        if without := [name for name, value in record.fields.items() if value in _NOTHING]:
            lines.append(f"    nothing said of {', '.join(without)}")
        lines += [
            f"    file: {file.name or '(no name)'} ({file.kind}{_player(file.host)})  {file.url}"
            for file in record.files[:SHOWN]
        ]
        if len(record.files) > SHOWN:
            lines.append(f"    … and {count_of(len(record.files) - SHOWN, 'file')} more")
    if len(checked.records) > SHOWN:
        lines.append(f"  … and {len(checked.records) - SHOWN} more")
    return lines


def _player(host: str) -> str:
    return "" if host in {"direct", "press"} else f" at {host}"


def _some(keys: list[str]) -> str:
    said = ", ".join(keys[:5])
    return f"{count_of(len(keys), 'record')}: {said}{', …' if len(keys) > 5 else ''}"
