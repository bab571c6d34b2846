"""`recordwatch deposit`: what came another way than over the wire, on the same timelines, never called captured."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.event_words import count_of, size
from cli.exits import Exit
from cli.output import HomeOption, JsonOption, open_catalog, say, warn, write_json
from cli.screen import printable
from config.errors import ConfigError
from config.home import open_home

OWN = {
    "title": "--title", "printed_key": "recordwatch itself", "about": "--about", "how": "--how", "source": "--source",
    "deposited_by": "--by", "received_date": "--received", "document_date": "--dated", "note": "--note",
}  # fmt: skip
"""Fields that have an option of their own: one of these names among the further ones would be lost, or hide ours."""


def register(app: typer.Typer) -> None:
    @app.command()
    def deposit(
        slug: Annotated[str, typer.Argument(metavar="PORTAL", help="The portal whose timelines it belongs to.")],
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What was handed in; one or more files.")],
        how: Annotated[str, typer.Option(help="How it came, one sentence. Readers see it.")],
        about: Annotated[
            list[str] | None, typer.Option(help="Key or number of a record it is about. May be given again.")
        ] = None,
        title: Annotated[str, typer.Option(help="What it is. Default: the first file's name.")] = "",
        kind: Annotated[str, typer.Option(help="Kind of record: memo, report, letter, video …")] = "deposit",
        source: Annotated[str, typer.Option(help="Whom it came from. Leave it out to protect them.")] = "",
        by: Annotated[str, typer.Option(help="Who deposits it.")] = "",
        received: Annotated[str, typer.Option(help="Day it came, 2026-11-22.")] = "",
        dated: Annotated[str, typer.Option(help="Day that the document itself names, 2026-11-22.")] = "",
        note: Annotated[str, typer.Option(help="What else is to be known.")] = "",
        field: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A further field.")] = None,
        tell: Annotated[
            bool, typer.Option("--tell", help="Tell the portal's subscribers. Without it nobody is.")
        ] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        """Archive files that were handed in, beside the records they are about."""
        if not how.strip():
            raise ConfigError("--how is empty: readers want to know how it came", todo="one sentence")
        fields = dict(_field(one) for one in field or [])
        opened = open_home(home)
        portal = opened.portal(slug)
        open_catalog(opened)
        from archive.portal_lock import PortalLocked
        from crawler.deposit import deposit as take_in
        from releases.ledger.deposit import Said

        said = Said(
            title.strip() or files[0].name, kind.strip() or "deposit", how.strip(), source.strip(), by.strip(),
            _day("received", received), _day("dated", dated), note.strip(), tuple(about or ()), fields, tell,
        )  # fmt: skip
        try:
            done = take_in(opened, portal, files, said)
        except PortalLocked as error:
            warn(f"recordwatch: {error}")
            return int(Exit.LOCKED)
        if as_json:
            write_json({
                "portal": slug, "key": done.key, "about": done.about, "captures": done.captures, "digests": done.digests,
                "size": done.size, "captured_too": done.captured_too, "warnings": done.warnings,
            })  # fmt: skip
            return int(Exit.OK)
        beside = f", beside {', '.join(done.about)}" if done.about else ""
        say(
            printable(
                f"deposited: {said.title}  [{done.key}], {count_of(len(files), 'file')}, {size(done.size)}{beside}"
            )
        )
        for digest in done.digests:
            say(f"  {digest}")
        for url in done.captured_too:
            say(printable(f"  the very same bytes were captured from {url}"))
        for warning in done.warnings:
            warn(printable(f"recordwatch: {warning}"))
        where = f" --home {home}" if home else ""
        say(f"next: `recordwatch record {slug} {done.about[0] if done.about else done.key}{where}`")
        return int(Exit.OK)


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ConfigError(f"--field {text!r}: use NAME=VALUE")
    if option := OWN.get(name.strip()):
        raise ConfigError(f"--field {name.strip()}: that is said by {option}")
    return name.strip(), value.strip()


def _day(option: str, text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat() if text.strip() else ""
    except ValueError as error:
        raise ConfigError(f"--{option} {text!r}: use a day such as 2026-11-22") from error
