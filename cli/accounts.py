"""`recordwatch accounts`: who may log in to the newsroom, and what they may do there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import private_lines
from cli.output import HomeOption, JsonOption, emit, open_catalog, say, when, write_json
from config.errors import ConfigError
from config.home import Home, open_home

NameArgument = Annotated[str, typer.Argument(help="The account's name, or its mail address.")]
ROLES = "reader, reporter, editor or operator; each may do more than the one before"


def register(app: typer.Typer) -> None:
    accounts = typer.Typer(no_args_is_help=True, help="Who may log in to the newsroom, and what they may do there.")
    app.add_typer(accounts, name="accounts")

    @accounts.command()
    def add(
        name: Annotated[str, typer.Argument(help="What they log in with.")],
        email: Annotated[str, typer.Option(help="Their mail address: a forgotten password needs one.")] = "",
        role: Annotated[str, typer.Option(help=f"{ROLES[:1].upper()}{ROLES[1:]}.")] = "reporter",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make an account, and print the link with which its owner sets a password."""
        opened = _opened(home)
        from web.accounts import people

        account = people.add(name, email, role, who=None)
        _say_link(opened, account, f"{name} is {role}", as_json=as_json)

    @accounts.command()
    def link(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Print a link that sets a new password: once, within 24 hours. Earlier ones end."""
        opened = _opened(home)
        from web.accounts import people
        from web.accounts.audit import note

        account = people.named(name)
        if not account.is_active:
            raise ConfigError(f"{account.username} is disabled", todo="`recordwatch accounts enable` lets it in again")
        note(None, "account.link", account.username, {"by": "link"})
        _say_link(opened, account, account.username, as_json=as_json)

    @accounts.command()
    def teams(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Teams that nobody who may log in is in any more. `accounts adopt` puts somebody into one."""
        _opened(home)
        from web.desk.teams import left_alone

        rows = [{"id": team.id, "name": team.name, "made": team.created_at} for team in left_alone()]
        emit(rows, as_json=as_json, columns=("id", "name", "made"), empty="every team has somebody in it")

    @accounts.command()
    def adopt(
        team: Annotated[str, typer.Argument(help="The team's id; its end is enough.")],
        name: NameArgument,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Put a reporter into a team that was left alone: they see then all that is the team's."""
        _opened(home)
        from web.accounts import people
        from web.desk.teams import adopt as do

        account = people.named(name)
        found = do(team, account)
        if as_json:
            write_json({"team": found.id, "name": found.name, "account": account.username})
        else:
            say(f"{account.username} is in {found.name} now")

    @accounts.command("list")
    def list_(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Every account: role, address, last login."""
        _opened(home)
        from releases.models import Account

        rows = [
            {
                "name": account.username, "role": account.role, "email": account.email,
                "state": "active" if account.is_active else "disabled",
                "last_login": account.last_login if as_json else when(account.last_login),
            }
            for account in Account.objects.order_by("username").iterator()
        ]  # fmt: skip
        emit(rows, as_json=as_json, columns=("name", "role", "email", "state", "last_login"),
             empty="there is no account yet; `recordwatch accounts add NAME --role operator` makes the first")  # fmt: skip

    @accounts.command()
    def role(
        name: NameArgument,
        to: Annotated[str, typer.Argument(metavar="ROLE", help=f"{ROLES[:1].upper()}{ROLES[1:]}.")],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Give an account another role."""
        _change(home, name, "role", as_json=as_json, role=to)

    @accounts.command()
    def disable(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Let nobody log in with it any more, and end its sessions; what it made stays."""
        _change(home, name, "disable", as_json=as_json)

    @accounts.command()
    def enable(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Let a disabled account in again."""
        _change(home, name, "enable", as_json=as_json)

    @accounts.command("export")
    def export_all(
        out: Annotated[Path | None, typer.Option("-o", "--output", help="A file only you can read; else standard output.")] = None,
        home: HomeOption = None,
    ) -> None:  # fmt: skip
        """Accounts with the hashes of their passwords, as JSON lines: they are not in the archive."""
        _opened(home)
        from web.accounts.carry import exported

        private_lines.write(exported(), out)

    @accounts.command("import")
    def import_all(
        file: Annotated[Path, typer.Argument(help="What `accounts export` wrote.", exists=True, dir_okay=False)],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Take over an export; accounts that are here already stay as they are."""
        _opened(home)
        from web.accounts.carry import imported

        rows = private_lines.read(file)
        try:
            new = imported(rows)
        except ValueError as error:
            raise ConfigError(f"not an export: {error}", where=str(file)) from error
        write_json({"accounts": new}) if as_json else typer.echo(f"took over {new} accounts")


def _opened(given: str | None) -> Home:
    home = open_home(given)
    open_catalog(home)
    return home


def _change(given: str | None, name: str, what: str, *, as_json: bool, role: str = "") -> None:
    _opened(given)
    from web.accounts import people

    account = people.named(name)
    if what == "role":
        people.set_role(account, role, who=None)
    else:
        {"disable": people.disable, "enable": people.enable}[what](account, who=None)
    state = "active" if account.is_active else "disabled"
    if as_json:
        write_json({"name": account.username, "role": account.role, "state": state})
    else:
        typer.echo(f"{account.username}: {account.role}, {state}")


def _say_link(home: Home, account: Any, said: str, *, as_json: bool) -> None:
    from web.accounts import links

    base = home.settings.link.rstrip("/") or f"http://{home.settings.newsroom.listen}"
    address = links.address_of(base, "password", links.make(account))
    if as_json:
        write_json({"name": account.username, "role": account.role, "email": account.email, "link": address})
        return
    say(f"{said}. While `recordwatch serve` runs, this link sets a password, once, within 24 hours:")
    typer.echo(address)
