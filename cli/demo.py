"""`recordwatch demo`: the fictional sample portal over several days, end to end, in one screen."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli.output import say, warn
from cli.screen import width
from cli.story import hanging
from config.errors import ConfigError

SETTINGS = """\
# Made by `recordwatch demo`: mail is written to the folder `outbox` instead of being sent.
[operator]
name = "recordwatch demo"
contact = "demo@example.org"

[mail]
sender = "recordwatch@example.org"
folder = "outbox"
"""


def register(app: typer.Typer) -> None:
    @app.command()
    def demo(
        home: Annotated[str, typer.Option("--home", help="Folder for the demo's home; made anew.")] = "demo-home",
        days: Annotated[int, typer.Option(min=1, max=12, help="How many days of the story.")] = 12,
    ) -> int:
        """Watch the fictional sample portal for twelve days: archive, diff and alert, on this machine alone."""
        return tell(Path(home).absolute(), days)


def tell(path: Path, days: int) -> int:
    """Run the story in the home `path` and print it."""
    from rich.console import Console

    from sample.server import SamplePortal, portal_file
    from sample.story import DAYS

    _fresh_home(path)
    console = Console(highlight=False, width=width(), soft_wrap=width() is None)
    console.print("[bold]recordwatch demo[/] — a fictional police-review portal, watched for twelve days\n")
    with SamplePortal(day=1) as portal:
        (path / "portals" / "lake-harbor.toml").write_text(portal_file(portal.url), "utf-8")
        watcher = Watcher(path)
        for number in range(1, days + 1):
            portal.day = number
            console.print(f"[bold cyan]Day {number}[/] [dim]on the portal: {DAYS[number].headline}[/]", markup=True)
            for line in watcher.day():
                say(f"  {line}", indent=hanging(f"  {line}"))
    say()
    for line in watcher.ending():
        say(line)
    return 0


class Watcher:
    """The demo's newsroom: one home, a reporter and an editor."""

    def __init__(self, path: Path) -> None:
        from archive.holdings import Holdings
        from config.home import open_home
        from releases.alerts.outbox import enqueue
        from releases.alerts.subscriptions import subscribe

        self.home = open_home(path)
        self.holdings = Holdings(self.home, on_apply=enqueue)
        subscribe(self.home, "mailto:reporter@example.org", name="Lake Harbor, all of it",
                  filters={"portals": ["lake-harbor"]})  # fmt: skip
        subscribe(self.home, "mailto:editor@example.org", name="What agencies failed to black out", role="editor",
                  filters={"portals": ["lake-harbor"], "kinds": ["quarantined"], "health": False})  # fmt: skip

    def day(self) -> list[str]:
        """One crawl; its story, and the mail it caused."""
        from archive.portal_lock import portal_lock
        from cli.story import story
        from crawler.run import run_crawl
        from releases.alerts.matching import match_owed
        from releases.alerts.outbox import deliver_owed

        portal = self.home.portal("lake-harbor")
        before = set(self._mails())
        with portal_lock(self.home.locks, portal.slug):
            result = run_crawl(self.home, portal, self.holdings, max_records=None, progress=lambda *_: None)
        match_owed(self.holdings)
        deliver_owed(self.home)
        lines = [line.replace("lake-harbor: ", "", 1) for line in story(result)]
        for mail in sorted(set(self._mails()) - before):
            lines.append(f"✉ mail: {_subject(mail).strip()}")
        return lines

    def ending(self) -> list[str]:
        """What is held now, and how to look at it."""
        from archive.catalog.models import Capture, Warc
        from archive.verify import verify

        findings = list(verify(self.holdings, full=True))
        size = sum(Warc.objects.values_list("size", flat=True))
        path = shlex.quote(_from_here(self.home.path))
        home = f"--home {path}"
        lines = [
            f"Archived {Capture.objects.count()} exchanges in {Warc.objects.count()} WARC files "
            f"({size / 1e6:.1f} MB); verify --full: {'clean' if not findings else f'{len(findings)} FINDINGS'}.",
            "Look for yourself:",
            f"  recordwatch serve {home}   (the newsroom, in a browser)",
            f"  recordwatch releases {home}",
            f"  recordwatch record lake-harbor lh-2025-0105 {home}",
            f"  recordwatch diff lake-harbor lh-2025-0103 {home}",
            f"  recordwatch deadlines {home}",
            f"  recordwatch quarantine list {home}",
            f'  recordwatch search "shots fired" {home}',
            f"  recordwatch verify --full {home}",
            f"  recordwatch doctor {home}   (what works on this machine, and what more could)",
            f"  ls {path}/outbox   (the mails)",
        ]
        return [*(f"FINDING: {finding}" for finding in findings[:5]), *lines]

    def _mails(self) -> list[Path]:
        return list((self.home.path / self.home.settings.mail.folder).glob("*.eml"))


def _subject(mail: Path) -> str:
    from email import message_from_bytes, policy

    return str(message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"])


def _from_here(path: Path) -> str:
    """As somebody types it in this folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _fresh_home(path: Path) -> None:
    mark = path / "recordwatch.toml"
    if path.exists():
        if not (mark.is_file() and "recordwatch demo" in mark.read_text("utf-8")):
            raise ConfigError(
                "this folder exists and was not made by the demo", where=str(path), todo="--home names another"
            )
        warn(f"removing the last demo in {path}")
        shutil.rmtree(path)
    for folder in (path / "portals", path / "spool", path / "locks"):
        folder.mkdir(parents=True)
    mark.write_text(SETTINGS, "utf-8")
