"""`recordwatch quarantine`: passages that an agency meant to black out, and what editors decide about them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cli.output import HomeOption, JsonOption, emit, open_catalog, warn, when, write_json
from config.home import Home, open_home

ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it is kept.")]
IdsArgument = Annotated[list[str], typer.Argument(help="Ids, or their last characters, as `list` shows them.")]
_SHORT = 8


def register(app: typer.Typer) -> None:
    quarantine = typer.Typer(no_args_is_help=True, help="Passages that an agency meant to black out: for editors.")
    app.add_typer(quarantine, name="quarantine")

    @quarantine.command("list")
    def list_(
        everything: Annotated[bool, typer.Option("--all", help="Those decided on too.")] = False,
        portal: Annotated[str, typer.Option(help="Only of this portal.")] = "",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """What is held back: where it stands and why, never the words."""
        open_catalog(open_home(home))
        from releases.quarantine.listing import listed

        rows = listed(portal=portal, states=None if everything else ("held",))
        shown = rows if as_json else [_line(row) for row in rows]
        columns = ["id", "state", "case", "file", "page", "passages", "letters", "why", "since"]
        emit(shown, as_json=as_json, columns=columns, empty="nothing is in quarantine")

    @quarantine.command()
    def show(
        ident: Annotated[str, typer.Argument(metavar="ID", help="The id, or its last characters.")],
        words: Annotated[bool, typer.Option("--words", help="Print the words too. Who may see this screen?")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """One page's held passages; their words only with --words, and only to a terminal."""
        import sys

        from archive.holdings import Holdings
        from config.errors import ConfigError

        if words and (as_json or not sys.stdout.isatty()):
            raise ConfigError("the words are printed to a terminal alone", todo="leave out --json, pipes and files")
        holdings = Holdings(open_home(home))
        from releases.quarantine.listing import listed, words_of
        from releases.quarantine.plan import same_passages

        chosen = next(iter(same_passages([ident]).values()))[0]
        row = next(row for row in listed(states=None) if row["id"] == chosen)
        if as_json:
            write_json(row)
            return
        for name, value in row.items():
            typer.echo(f"{name.replace('_', ' '):<12}  {when(value) if hasattr(value, 'astimezone') else value}")
        if words:
            for passage in words_of(holdings, chosen):
                typer.echo(f"  {' '.join(passage.split())}")

    @quarantine.command()
    def release(ids: IdsArgument, by: ByOption, why: WhyOption, home: HomeOption = None) -> None:
        """Show these passages again, everywhere: an editor has decided that they may be read."""
        _decide(open_home(home), ids, "released", by, why)

    @quarantine.command()
    def keep(ids: IdsArgument, by: ByOption, why: WhyOption, home: HomeOption = None) -> None:
        """Keep these passages hidden; they leave the list of what is to be decided."""
        _decide(open_home(home), ids, "kept", by, why)


def _decide(home: Home, ids: list[str], state: Literal["released", "kept"], by: str, why: str) -> None:
    from archive.holdings import Holdings

    holdings = Holdings(home)
    from releases.quarantine.decide import decide

    done = decide(holdings, ids, state, by, why)
    pages = "1 page's passages are" if done == 1 else f"the passages of {done} pages are"
    warn(f"{pages} {'shown again' if state == 'released' else 'kept hidden'}")


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"][-_SHORT:], "state": row["state"], "case": f"{row['portal']} {row['key']}", "file": row["file"],
        "page": row["page"], "passages": row["passages"], "letters": row["characters"], "why": row["reason"],
        "since": when(row["since"]),
    }  # fmt: skip
