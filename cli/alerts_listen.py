"""`recordwatch alerts listen` answers mute links; `alerts rotate-secret` gives a webhook a new secret."""

from __future__ import annotations

import contextlib
import ipaddress
from typing import Annotated

import typer

from cli.output import HomeOption, JsonOption, open_catalog, warn, write_json
from config.errors import ConfigError
from config.home import open_home


def register(group: typer.Typer) -> None:
    @group.command()
    def listen(
        bind: Annotated[str, typer.Option(metavar="ADDRESS:PORT", help="Where to listen; your https server passes /alerts/mute/ on.")] = "127.0.0.1:8477",
        home: HomeOption = None,
    ) -> None:  # fmt: skip
        """Answer the links that stop messages, until Ctrl-C. They start with `link` of recordwatch.toml."""
        host, port = _address(bind)
        opened = open_home(home)
        open_catalog(opened)
        from releases.alerts.unsubscribe_server import MuteServer

        try:
            server = MuteServer(host, port)
        except OSError as error:
            raise ConfigError(
                f"cannot listen: {error.strerror}", where=bind, todo="--bind 127.0.0.1:ANOTHER_PORT"
            ) from error
        if not opened.settings.link.startswith("https:"):
            warn(
                'messages carry no such link yet: set `link = "https://…"` in recordwatch.toml to this server\'s public address'
            )
        if not ipaddress.ip_address(host).is_loopback:
            warn(
                "this address can be reached from elsewhere without encryption; better 127.0.0.1 behind an https server"
            )
        typer.echo(f"listening on http://{bind}/alerts/mute/")
        with server, contextlib.suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.2)

    @group.command("rotate-secret")
    def rotate(
        ident: Annotated[str, typer.Argument(metavar="ID", help="A webhook subscription's id (its end is enough) or name.")],
        finish: Annotated[bool, typer.Option("--finish", help="Forget the older secret: the receiver knows the new one.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """Sign with a new secret, and with the old one too until `--finish`."""
        open_catalog(open_home(home))
        from releases.alerts.webhook_secrets import forget_older, rotate_secret

        found = forget_older(ident) if finish else rotate_secret(ident)
        secret = found.secret.split()[0]
        if as_json:
            write_json({"id": found.id, "secret": secret, "secrets": len(found.secret.split())})
        elif finish:
            typer.echo(f"messages to {found.name} are signed with one secret again")
        else:
            typer.echo(f"new secret: {secret}")
            typer.echo(f"messages are signed with both until `recordwatch alerts rotate-secret {found.id} --finish`")


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError  # noqa: TRY301  one message for every wrong address
    except ValueError:
        raise ConfigError(f"{bind!r} is no address to listen on", todo="127.0.0.1:8477, or [::1]:8477") from None
    return host, int(port)
