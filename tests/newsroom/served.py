"""A served newsroom: the real command in a process of its own, on the sample portal's ten days."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests


@dataclass(frozen=True, slots=True)
class Served:
    """Where it answers, and the home it shows."""

    url: str
    home: Path

    def get(self, path: str, **options: object) -> requests.Response:
        """One request as somebody without an account."""
        return requests.get(f"{self.url}{path}", timeout=30, **options)  # type: ignore[arg-type]


def tell_homes(folder: Path) -> None:
    """`folder/told` is a home in which the sample portal was watched for ten days, `folder/whole` for all twelve."""
    from cli.demo import Watcher, _fresh_home
    from sample.server import SamplePortal, portal_file
    from sample.story import DAYS

    whole = folder / "whole"
    _fresh_home(whole)
    with SamplePortal(day=1) as portal:
        (whole / "portals" / "lake-harbor.toml").write_text(portal_file(portal.url), "utf-8")
        watcher = Watcher(whole)
        for day in DAYS:
            portal.day = day
            watcher.day()
            if day == 10:
                shutil.copytree(whole, folder / "told")


def copy_of(home: Path, folder: Path) -> Path:
    """The same home again, for a test that changes it; without its search index, which a served one is still writing."""
    shutil.copytree(home, folder, ignore=lambda path, _names: {"index"} if Path(path) == home else set())
    return folder


def free_port() -> int:
    """One at which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, *options: str) -> Iterator[Served]:
    """Run `recordwatch serve` over `home` until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "cli", "serve", "--home", str(home), "--listen", f"127.0.0.1:{port}", *options]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    log = home / "served.log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=environment) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            until = time.monotonic() + 60
            while True:
                try:
                    requests.get(f"{url}/about", timeout=5)
                    break
                except (requests.ConnectionError, requests.Timeout):
                    assert process.poll() is None, log.read_text("utf-8", "replace")
                    assert time.monotonic() < until, log.read_text("utf-8", "replace")
                    time.sleep(0.05)
            yield Served(url, home)
        finally:
            process.terminate()
            process.wait(40)
