"""Serves the newsroom with gunicorn: some processes, each with some threads, and what works beside them."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import Any

from gunicorn.app.base import BaseApplication

from config.home import Home

PATIENCE = 30
"""Seconds in which requests that are being answered may end when the server stops."""


class Newsroom(BaseApplication):  # type: ignore[misc]
    """gunicorn's application: the home's settings as gunicorn's."""

    def __init__(self, home: Home, listen: str) -> None:
        self.home, self.listen = home, listen
        super().__init__()

    def load_config(self) -> None:
        newsroom = self.home.settings.newsroom
        chosen: dict[str, Any] = {
            "bind": self.listen,
            "workers": newsroom.processes,
            "threads": newsroom.threads,
            "worker_class": "web.shell.clients.Patient",
            "logger_class": "web.shell.clients.Discreet",
            "worker_connections": 400,  # open files of each process
            "timeout": 120,
            "graceful_timeout": PATIENCE,
            "keepalive": 0,  # kept connections stay with one process, which then has six of eight visitors
            "limit_request_line": 8190,
            "forwarded_allow_ips": "*" if newsroom.behind_proxy else "",
            "proc_name": "recordwatch serve",
            "accesslog": None,  # what people search for is written down nowhere
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": _settled,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application over the home as it was given: where it listens decides who may read without an account."""
        # Imported late: the process that looks after the others needs no Django.
        from django.core.wsgi import get_wsgi_application

        from web.start import configure

        configure(self.home)
        return get_wsgi_application()


def _settled(_worker: object) -> None:
    """What is loaded stays: the collector need not walk it again for every few hundred objects of a page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def serve(home: Home, listen: str) -> None:
    """Answer requests at `listen` (address:port) until told to stop."""
    os.environ["RECORDWATCH_HOME"] = str(home.path)
    os.environ["DJANGO_SETTINGS_MODULE"] = "web.settings"
    beside = subprocess.Popen([sys.executable, "-m", "web.beside", str(home.path)])
    try:
        Newsroom(home, listen).run()
    finally:
        beside.terminate()
        beside.wait(PATIENCE)
