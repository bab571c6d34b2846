"""`recordwatch init`: makes a home."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import HomeOption
from config.home import home_path

TEMPLATE = """\
# recordwatch: every key is optional; docs/reference/settings.md explains them.

[operator]
# Portals see this in the User-Agent, and every WARC names it: how can they reach you?
name = "{name}"
contact = "{contact}"

# [store]                      # default: the folder `archive` in this home
# kind = "s3"
# bucket = "evidence"
# endpoint = "https://s3.example.org"
# access_key = "..."
# secret_key_env = "RECORDWATCH_S3_SECRET"

# database = "postgresql://recordwatch@localhost/recordwatch"   # default: catalog.sqlite3 in this home

# [mail]
# sender = "alerts@example.org"
# host = "smtp.example.org"
# port = 587
# security = "starttls"
# username = "alerts"
# password_env = "RECORDWATCH_MAIL_PASSWORD"
"""


def register(app: typer.Typer) -> None:
    @app.command()
    def init(
        home: HomeOption = None,
        name: Annotated[str, typer.Option(help="Who watches, e.g. the newsroom's name.")] = "a recordwatch user",
        contact: Annotated[str, typer.Option(help="Mail address or URL that portals can write to.")] = "",
    ) -> None:
        """Make a home: settings, the folder of watched portals, and room for the archive."""
        path = home_path(home)
        file = path / "recordwatch.toml"
        if file.exists():
            typer.echo(f"{path} is a recordwatch home already; nothing was changed")
            return
        for folder in (path / "portals", path / "spool", path / "locks"):
            folder.mkdir(parents=True, exist_ok=True)
        escaped = {
            key: value.replace("\\", "\\\\").replace('"', '\\"')
            for key, value in (("name", name), ("contact", contact))
        }
        file.write_text(TEMPLATE.format(**escaped), "utf-8")
        typer.echo(f"made {path}")
        typer.echo("next: `recordwatch portals add copa`, then `recordwatch crawl copa` or `recordwatch run` from cron")
