"""`recordwatch export`: one record's evidence as a WARC or a WACZ package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, warn, write_json
from config.home import Home, open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def export(
        slug: Annotated[str, typer.Argument(help="The portal's slug.")],
        key: Annotated[str, typer.Argument(help="The record's key, or another name of it.")],
        output: Annotated[
            Path, typer.Option("-o", "--output", help="The file to write: F.warc.gz, or F.wacz for replay tools.")
        ],
        file: Annotated[
            str, typer.Option(help="Write only this file of the record, as it was served: its name, address or id.")
        ] = "",
        with_quarantined: Annotated[
            bool,
            typer.Option(
                "--with-quarantined", help="Also captures with words an agency meant to black out: for editors."
            ),
        ] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        """Write everything that proves one record into one WARC, or WACZ package, that other tools open."""
        import dataclasses

        from archive.export import export_record
        from archive.holdings import Holdings
        from archive.wacz import export_wacz
        from config.errors import ConfigError

        if file:
            return _one_file(open_home(home), (slug, key, file), output, with_quarantined, as_json)
        if not output.name.endswith((".warc.gz", ".wacz")):
            raise ConfigError("the file's name must end in .warc.gz or .wacz", where=str(output))
        write = export_wacz if output.suffix == ".wacz" else export_record
        exported = write(Holdings(open_home(home)), slug, key, output, with_quarantined=with_quarantined)
        if as_json:
            write_json(dataclasses.asdict(exported))
        else:
            typer.echo(
                f"{exported.path}: {exported.captures} captures, {exported.members} WARC records, {exported.size} bytes"
            )
        if count := len(exported.held_back):
            captures = "1 capture is" if count == 1 else f"{count} captures are"
            warn(
                f"recordwatch: {captures} held back, for words that their agency meant to black out; "
                "an editor may release them (`recordwatch quarantine list`)"
            )
        if count := len(exported.restricted):
            captures = "1 capture is" if count == 1 else f"{count} captures are"
            warn(f"recordwatch: {captures} left out, under a restriction (`recordwatch restrict list`)")
        for capture in exported.missing:
            warn(f"recordwatch: capture {capture} is not in the catalog")
        return int(Exit.UNHEALTHY if exported.missing else Exit.OK)


def _one_file(home: Home, named: tuple[str, str, str], output: Path, with_quarantined: bool, as_json: bool) -> int:
    """The newest bytes of a file of a record. `named`: portal, record, file."""
    import dataclasses

    from archive.export import export_file
    from archive.holdings import Holdings

    holdings = Holdings(home)
    from releases.diff.versions import NoSuchVersion, file_versions_of, named_file
    from releases.ledger.queries import find
    from releases.models import File

    portal, key, name = named
    one = named_file(list(File.objects.filter(record=find(portal, key).id).order_by("first_seen_at", "id")), name, key)
    versions = file_versions_of([one])[one.id]
    if not versions:
        raise NoSuchVersion("nothing of this file is held", where=one.url)
    exported = export_file(holdings, versions[-1].capture, output, with_quarantined=with_quarantined)
    if as_json:
        write_json(dataclasses.asdict(exported))
    else:
        typer.echo(f"{exported.path}: {exported.size} bytes, {versions[-1].digest}")
    return int(Exit.OK)
