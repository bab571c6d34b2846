"""The newsroom in the test's own process: fast, and its tables can be looked at. For what needs no socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections
from django.test import Client

from archive.holdings import Holdings
from config.home import open_home
from releases.models import Account

PASSWORD = "a password for tests alone"


class Newsroom:
    """An opened home and clients of its pages."""

    def __init__(self, holdings: Holdings) -> None:
        self.holdings = holdings
        self.home = holdings.home

    @classmethod
    @contextmanager
    def over(cls, home: Path) -> Iterator[Newsroom]:
        """Open `home` in this process."""
        from web.start import configure

        try:
            yield cls(configure(open_home(home)))
        finally:
            connections.close_all()

    def client(self, role: str = "") -> Client:
        """A browser: without an account, or logged in with this role (its account is made when it is first asked for)."""
        client = Client(SERVER_NAME="127.0.0.1")
        if role:
            client.force_login(self.account(role))
        return client

    def account(self, role: str, name: str = "") -> Account:
        """The account of this role."""
        name = name or f"a-{role}"
        found = Account.objects.filter(username=name).first()
        return found or Account.objects.create_user(name, f"{name}@example.org", PASSWORD, role=role)

    def get(self, path: str, role: str = "", **headers: Any) -> Any:
        """One page."""
        return self.client(role).get(path, **headers)
