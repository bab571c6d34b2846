"""`recordwatch documentcloud`: held versions of files, sent to the organisation's DocumentCloud."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, emit, open_catalog, write_json
from config.home import open_home

if TYPE_CHECKING:
    from releases.models import File, FileVersion, Sending


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True, help="Send files to the organisation's DocumentCloud, and see where they are."
    )
    app.add_typer(group, name="documentcloud")

    @group.command()
    def send(
        slug: Annotated[str, typer.Argument(help="The portal's slug.")],
        key: Annotated[str, typer.Argument(help="The record's key, or another name of it.")],
        file: Annotated[str, typer.Argument(help="The file: its name, address or id.")],
        version: Annotated[int, typer.Option(help="Number of the version; 0: the newest.")] = 0,
        access: Annotated[str, typer.Option(help="Who sees it there: private, organization or public.")] = "private",
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        """Send a file's bytes with title, agency, digest and time of capture; private unless you say otherwise."""
        opened = open_home(home)
        open_catalog(opened)
        from archive.holdings import Holdings
        from releases.documentcloud.asking import ask, refuse
        from releases.documentcloud.sending import go_on

        found, held = _held(slug, key, file, version)
        refuse(found, held)
        account = opened.settings.documentcloud.username or "nobody"
        if not yes:
            said = f"send version {held.number} ({held.size:,} bytes) to DocumentCloud's {account}, {access}?"
            typer.confirm(said, abort=True, err=True)
        made = ask(opened, found, held, access, None)
        done = go_on(Holdings(opened, opened=True), made.id, _progress)
        return _told(done, as_json=as_json)

    @group.command()
    def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Go on with what is due, and list all that was sent."""
        opened = open_home(home)
        open_catalog(opened)
        from archive.holdings import Holdings
        from releases.documentcloud.sending import due, go_on
        from releases.models import Sending

        for ident in due(datetime.now(UTC)):
            go_on(Holdings(opened, opened=True), ident)
        rows = [_row(one) for one in Sending.objects.order_by("-asked_at", "id")[:1000]]
        emit(rows, as_json=as_json, columns=("file", "version", "access", "state", "address", "problem"),
             empty="nothing was sent; `recordwatch documentcloud send SLUG KEY FILE`")  # fmt: skip


def _held(slug: str, key: str, name: str, number: int) -> tuple[File, FileVersion]:
    """Raises NoSuchVersion and what finding a record raises."""
    from releases.diff.versions import NoSuchVersion, file_versions_of, named_file
    from releases.ledger.queries import find
    from releases.models import File

    files = list(File.objects.filter(record=find(slug, key).id).order_by("first_seen_at", "id"))
    file = named_file(files, name, key)
    versions = file_versions_of([file])[file.id]
    held = [one for one in versions if number in {0, one.number}]
    if not held:
        raise NoSuchVersion("nothing of this file, or no such version, is held", where=file.url)
    return file, held[-1]


def _progress(sending: Sending) -> None:
    if sending.state == "sending" and sending.size:
        typer.echo(f"{sending.sent:,} of {sending.size:,} bytes", err=True)


def _told(sending: Sending, *, as_json: bool) -> int:
    if as_json:
        write_json(_row(sending))
    elif sending.state in {"processing", "done"}:
        typer.echo(f"DocumentCloud has it: {sending.address or sending.document}")
    else:
        typer.echo(f"it is not there yet: {sending.problem}", err=True)
        if sending.state != "failed":
            typer.echo("next: `recordwatch documentcloud status` goes on with it", err=True)
    return int(Exit.OK if sending.state in {"processing", "done"} else Exit.CRASH)


def _row(sending: Sending) -> dict[str, Any]:
    return {
        "id": sending.id, "file": sending.file, "version": sending.version, "digest": sending.digest,
        "access": sending.access, "state": sending.state, "document": sending.document, "address": sending.address,
        "asked_at": sending.asked_at, "problem": sending.problem,
    }  # fmt: skip
