"""`recordwatch diff`: what changed between two versions of a record and its files, or between two captures."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, write_json
from config.home import open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def diff(
        first: Annotated[str, typer.Argument(metavar="PORTAL|CAPTURE", help="The portal; or the older capture's id.")],
        second: Annotated[
            str, typer.Argument(metavar="KEY|CAPTURE", help="The record's key; or the newer capture's id.")
        ],
        since: Annotated[
            str, typer.Option("--from", help="The older side: a version's number, a date, or a capture's id.")
        ] = "",
        until: Annotated[
            str, typer.Option("--to", help="The newer side, likewise. Default: the last two versions.")
        ] = "",
        file: Annotated[str, typer.Option(help="Only this file of the record: its name, address or id.")] = "",
        noise: Annotated[bool, typer.Option("--noise", help="Show what was set aside, too.")] = False,
        clauses: Annotated[
            bool,
            typer.Option(
                "--clauses", help="Contracts and policies clause by clause: added, changed, moved, renumbered."
            ),
        ] = False,
        other: Annotated[
            str,
            typer.Option(
                "--with",
                metavar="KEY",
                help="With --clauses: the newer side is a document of this record, e.g. the next term.",
            ),
        ] = "",
        other_file: Annotated[
            str, typer.Option("--with-file", help="With --clauses: the newer side is this file.")
        ] = "",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """What changed inside: fields, page text, documents page by page, pictures, recordings."""
        opened = open_home(home)
        from archive.holdings import Holdings

        holdings = Holdings(opened)
        from cli.diff_lines import told
        from releases.diff.sides import Comparer
        from releases.diff.versions import NoSuchVersion, is_capture, parse
        from releases.ledger.queries import find, recorded

        both = is_capture(first) and is_capture(second)
        if both and (since or until or file):
            raise NoSuchVersion(
                "--from, --to and --file choose versions of a record; two captures are compared as they are"
            )
        old, new = parse(since) if since else None, parse(until) if until else None
        if not both and not recorded(first):
            opened.portal(first)  # says which portals are watched
        if (other or other_file) and (both or not clauses):
            raise NoSuchVersion("--with and --with-file go with --clauses, PORTAL and KEY")
        if clauses:
            _clauses(holdings, first, second, old, new, file, other, other_file, both=both, as_json=as_json)
            return
        with Comparer(holdings) as comparer:
            if both:
                compared = comparer.captures(first.strip().lower(), second.strip().lower())
            else:
                compared = comparer.record(find(first, second), old, new, file=file)
        if as_json:
            write_json(compared)
            return
        from cli.styled import Screen

        screen = Screen()
        for line in told(compared, noise=noise):
            screen.say(line)


def _clauses(
    holdings: Any, first: str, second: str, old: Any, new: Any, file: str, other: str, other_file: str,
    *, both: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compare clause by clause, and show it."""
    from cli.diff_clauses import clause_lines
    from cli.styled import Screen, Styled
    from releases.diff.clauses_sides import ClauseComparer
    from releases.ledger.queries import find

    with ClauseComparer(holdings) as comparer:
        if both:
            found = [comparer.captures(first.strip().lower(), second.strip().lower())]
        elif other or other_file:
            record = find(first, second)
            found = [comparer.between(record, file, old, find(first, other) if other else record, other_file, new)]
        else:
            found = comparer.record(find(first, second), old, new, file=file)
    if as_json:
        for one in found:
            write_json(one)
        return
    screen = Screen()
    if not found:
        screen.say(
            Styled(
                "",
                (
                    (
                        "No clause differs, or only one version is held; --with and --with-file compare with another document.",
                        "",
                    ),
                ),
            )
        )
    for number, one in enumerate(found):
        if number:
            screen.say(Styled())
        for line in clause_lines(one):
            screen.say(line)
