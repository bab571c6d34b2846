"""A home that watches a `FileSite`, crawled in this process, with days that pass in its database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.catalog.database import open_database
from config.home import open_home
from tests.acceptance.file_site import Counted, FileSite
from tests.unit.cli.conftest import Verb

SLUG = "files"
PORTAL = """\
slug = "files"
name = "Cases with files (FICTIONAL)"
agency = "Nobody"
place = "Nowhere"
url = "{url}/"
spider = "pages"
schedule = "daily"
allow_private_network = true
[politeness]
delay = 0.0
[parameters]
follow = ["main a.case"]
[recheck]
{recheck}
[limits]
{limits}
"""
SECONDS = 86400 - 300
"""Between two crawls of a daily portal."""


class Watch:
    """Crawls of the real verb."""

    def __init__(self, run: Verb, folder: Path, site: FileSite) -> None:
        self._run, self._site = run, site
        self.home = folder / "home"
        (self.home / "portals").mkdir(parents=True)
        (self.home / "recordwatch.toml").write_text('[operator]\nname = "a test"\ncontact = "t@example.org"\n', "utf-8")
        self.write()
        self.said: dict[str, Any] = {}

    def write(self, *, seconds: float | None = None, longest_days: float = 30.0, limits: str = "") -> None:
        """The portal file; `seconds`: what asking again may take."""
        share = 0.25 if seconds is None else seconds / SECONDS
        recheck = f"share = {share!r}\nlongest_days = {longest_days!r}"
        text = PORTAL.format(url=self._site.url, recheck=recheck, limits=limits)
        (self.home / "portals" / f"{SLUG}.toml").write_text(text, "utf-8")

    def crawl(self) -> Counted:
        """One crawl, and what it asked for; it must be healthy."""
        self._site.counted()
        done = self._run("crawl", SLUG, "--json", "--home", self.home)
        assert done.code == 0, done
        self.said = json.loads(done.out)
        assert self.said["verdict"] == "healthy", self.said
        return self._site.counted()

    @property
    def kinds(self) -> list[str]:
        """Events of the last crawl that are no baseline."""
        return sorted(event["kind"] for event in self.said["events"] if not event["backfill"])

    @property
    def notes(self) -> str:
        return "\n".join(self.said["warnings"])

    def days_pass(self, days: float) -> None:
        """Everything that was, was so many days earlier."""
        from django.db.models import F

        from archive.catalog.models import Capture, Crawl
        from releases.models import File, FileVersion

        open_database(open_home(self.home).database_url)
        by = timedelta(days=days)
        File.objects.update(first_seen_at=F("first_seen_at") - by)
        File.objects.filter(checked_at__isnull=False).update(checked_at=F("checked_at") - by)
        FileVersion.objects.update(at=F("at") - by)
        Capture.objects.update(at=F("at") - by)
        Crawl.objects.update(started_at=F("started_at") - by, ended_at=F("ended_at") - by)

    def checked(self) -> dict[str, datetime]:
        """Path → when its bytes were last asked for."""
        from releases.models import File

        return {url.removeprefix(self._site.url): at.astimezone(UTC) for url, at in File.objects.values_list("url", "checked_at") if at}  # fmt: skip

    def record(self, path: str) -> tuple[dict[str, Any], str]:
        """`recordwatch record`, for machines and for people."""
        told = [self._run("record", SLUG, path, *more, "--home", self.home) for more in (["--json"], [])]
        assert [one.code for one in told] == [0, 0], told
        return json.loads(told[0].out), told[1].out
