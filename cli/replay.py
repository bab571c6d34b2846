"""`recordwatch replay`: an archived page as it was, in a browser that gets nothing but the archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, emit, say, warn, write_json
from cli.releases import moment
from cli.screen import printable
from config.errors import ConfigError
from config.home import Home, open_home

if TYPE_CHECKING:
    from archive.model import CaptureRow
    from crawler.replay.shelf import Shelf
    from crawler.replay.told import Told

_SHOWN = 20
"""Addresses of each kind that a person is shown; --json has more."""


def register(app: typer.Typer) -> None:
    @app.command()
    def replay(
        url: Annotated[str, typer.Argument(metavar="URL", help="The page's address.")],
        at: Annotated[
            str, typer.Option(help="As it was then: 2026-01-31, 2026-01-31T12:00Z, or 3d ago. Default: the newest.")
        ] = "",
        output: Annotated[Path | None, typer.Option("-o", "--output", help="Write a picture of it, F.png.")] = None,
        html: Annotated[Path | None, typer.Option(help="Write the document as its scripts leave it, F.html.")] = None,
        window: Annotated[bool, typer.Option("--open", help="Show it in a window, until you close it.")] = False,
        list_: Annotated[bool, typer.Option("--list", help="Only list when it was captured.")] = False,
        portal: Annotated[str, typer.Option(help="Only what this portal's crawls captured.")] = "",
        warc: Annotated[
            list[Path] | None, typer.Option(help="Replay this WARC or WACZ instead of a home. May be given again.")
        ] = None,
        with_quarantined: Annotated[
            bool,
            typer.Option("--with-quarantined", help="Also files with words an agency meant to black out: for editors."),
        ] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show an archived page as it was: offline, from the archive alone."""
        if window and (output or html):
            raise ConfigError("--open shows a window and writes nothing", todo="leave out -o and --html, or --open")
        if window:
            _display()
        when = _time(at) if at else None
        opened = None if warc else open_home(home)
        shelf = _shelf(opened, warc or [], portal, editor=with_quarantined)
        if list_:
            _list(shelf, url, as_json=as_json)
            return
        import asyncio

        from crawler.replay.viewer import page_of, render, show

        page = page_of(shelf, url, when)
        configured = opened.settings.browser if opened else ""
        timezone = _timezone(opened, page.portal)
        if window:
            _tell(page, asyncio.run(show(shelf, page, configured, timezone)), as_json=as_json)
            return
        view = asyncio.run(render(shelf, page, configured, timezone))
        written = [*_written(output, view.picture), *_written(html, view.document)]
        _tell(page, view.told, as_json=as_json, ended=view.url, written=written)


def _shelf(opened: Home | None, warcs: list[Path], portal: str, *, editor: bool) -> Shelf:
    if opened is None:
        from crawler.replay.files import FileShelf

        files = FileShelf(warcs)
        for problem in files.problems:
            warn(f"recordwatch: {printable(problem)}")
        return files
    from archive.holdings import Holdings
    from crawler.replay.shelf import CatalogShelf

    return CatalogShelf(Holdings(opened), portal, editor=editor)


def _time(text: str) -> datetime:
    """The last instant of the day, minute or second that is named."""
    try:
        at = moment(text)
    except ConfigError as error:
        raise ConfigError(f"--at {text!r} is no time", todo="Use 2026-01-31, 2026-01-31T12:00Z, 3d or 12h") from error
    if len(text.strip()) == len("2026-01-31") and text.count("-") == 2:
        return datetime.combine(at, time.max, UTC)
    if "T" not in text.upper() or at.microsecond:
        return at
    return at + (timedelta(seconds=1) if at.second else timedelta(minutes=1)) - timedelta(microseconds=1)


def _timezone(opened: Home | None, portal: str) -> str:
    """The portal's, where it is still watched."""
    if opened is None or not portal:
        return "UTC"
    try:
        return opened.portal(portal).timezone
    except ConfigError:
        return "UTC"


def _display() -> None:
    import os
    import sys

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise ConfigError("there is no screen here to open a window on", todo="-o page.png writes a picture instead")


def _written(path: Path | None, content: bytes) -> list[str]:
    if path is None or not content:
        return []
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"this file cannot be written: {error.strerror}", where=str(path)) from error
    return [str(path)]


def _list(shelf: Shelf, url: str, *, as_json: bool) -> None:
    from crawler.replay.errors import NeverCaptured
    from crawler.replay.shelf import nearest

    rows = shelf.times(url)
    if not rows:
        raise NeverCaptured(url, nearest(shelf, url))
    listed = [
        {"at": row.at if as_json else f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "portal": row.portal,
         "method": row.method, "answer": row.status or row.kind, "type": row.mime, "bytes": row.payload_length,
         "url": row.url, "capture": row.id}
        for row in rows
    ]  # fmt: skip
    emit(listed, as_json=as_json, columns=["at", "portal", "method", "answer", "type", "bytes"], empty="")


def _tell(page: CaptureRow, told: Told, *, as_json: bool, ended: str = "", written: list[str] | None = None) -> None:
    """What the page is, what it was answered from, and what was not there."""
    if as_json:
        row = {
            "url": page.url, "at": page.at, "portal": page.portal, "crawl": page.crawl, "capture": page.id,
            "shown": ended or page.url, "written": written or [], "requests": told.requests, "same_crawl": told.same,
            "another_crawl": told.elsewhere, "alike": told.alike, "missing": told.missing,
            "held_back": list(told.held_back), "captures": list(told.captures), "notes": list(told.notes),
        }  # fmt: skip
        write_json(row)
        return
    whose = f"  [{page.portal}]" if page.portal else ""
    say(printable(f"{page.url}  as it was on {page.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC{whose}"))
    if ended and ended != page.url:
        say(printable(f"  it led to {ended}"))
    answered = told.same + told.elsewhere + len(told.alike)
    say(f"answered from the archive: {answered} of {_requests(told.requests)}; nothing was asked of the live web")
    if told.elsewhere:
        say(f"  {told.elsewhere} with what another crawl captured")
    _listed("answered with what answers the same question in other words", told.alike, "is")
    _listed("asked for and never captured", told.missing, "")
    _listed("held back (--with-quarantined is for editors; what is restricted is shown to nobody)", told.held_back, "")
    for note in told.notes:
        say(printable(f"  {note}"))
    for path in written or []:
        say(f"written: {path}")


def _listed(what: str, addresses: Mapping[str, Any], link: str) -> None:
    if not addresses:
        return
    say(f"{what}: {len(addresses)}")
    for asked, more in list(addresses.items())[:_SHOWN]:
        said = f"{link} {more}" if link else "" if more in {"never captured", "held back"} else f"({more})"
        say(printable(f"  {asked} {said}".rstrip()), indent="    ")
    if len(addresses) > _SHOWN:
        say(f"  and {len(addresses) - _SHOWN} more: --json has them")


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
