"""A process that has imported what the verbs need, and forks one for each verb (or program) it is asked for.

Run by `tests.services.forked`, with a socket as its standard input. A request brings a line of its own, and what shall
be the verb's input, output and errors. Over that line go the process's id, then how it ended; when it closes before,
or the socket does, the process is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import faults
from crawler.capture import retry
from tests.acceptance.measured import measured
from tests.services import tables

LARGEST = 200_000
"""Bytes of one request."""
PARTS = (
    "archive.recover", "archive.store.s3", "archive.verify", "cli.alerts", "cli.alerts_deliveries", "cli.crawl", "cli.deadlines", "cli.deposit", "cli.quarantine",
    "cli.record", "cli.recover", "cli.releases", "cli.restrict", "cli.run", "cli.search", "cli.timeline", "cli.verify",
    "concurrent.futures.process", "crawler.capture.browser.handler", "crawler.capture.handler", "crawler.check", "crawler.doubts",
    "crawler.run", "crawler.settings", "django.db.migrations.loader", "django.db.models.sql.compiler", "encodings.idna", "queuelib",
    "releases.alerts.matching", "releases.alerts.message_ways", "releases.ledger.queries", "releases.search.documents",
    "releases.search.memory", "releases.search.search", "requests", "rich.table", "scrapy.downloadermiddlewares.cookies", "scrapy.downloadermiddlewares.httpcache",
    "scrapy.downloadermiddlewares.httpproxy", "scrapy.extensions", "scrapy.logformatter", "scrapy.pqueues", "scrapy.resolver", "scrapy.squeues",
    "spiders.sites", "spiders.sites.pages", "spiders.sites.sample", "stringprep", "typer._adapters", "uvloop",
)  # fmt: skip
"""Imported once, for all. What else a verb wants it imports itself."""


@dataclass(frozen=True, slots=True)
class Child:
    """A verb that runs: its process, a handle that is readable once it ended, and who asked for it."""

    pid: int
    handle: int
    line: socket.socket


def main() -> None:
    """Serve until the socket closes. In a child: run the verb."""
    from archive.catalog.database import prepare_models

    prepare_models()
    for part in PARTS:
        importlib.import_module(part)
    tables.made()
    gc.freeze()  # else each child copies what its collector walks through
    # A fork has one thread, and would share the reactor's handles.
    assert len(os.listdir("/proc/self/task")) == 1, "an import started a thread"
    assert "twisted.internet.reactor" not in sys.modules, "an import chose a reactor"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # our end is that of the tests
    request = _Parent(socket.socket(fileno=os.dup(0))).serve()
    if request is not None:
        _become(request)
        sys.argv = ["recordwatch", *request["words"]]
        try:
            if request["costs"]:
                measured(Path(request["costs"]))
            else:
                importlib.import_module(request["program"]).main()
        except SystemExit as ended:
            _end(ended.code)
            raise


class _Parent:
    def __init__(self, asked: socket.socket) -> None:
        self.asked = asked
        self.children: dict[int, Child] = {}
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(asked, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any] | None:
        """In a child what is asked of it; None when the tests are over."""
        while True:
            for key, _ in self.waiting.select():
                if key.fileobj is self.asked:
                    message, handles, _, _ = socket.recv_fds(self.asked, LARGEST, 4)
                    if not message:
                        for child in self.children.values():
                            signal.pidfd_send_signal(child.handle, signal.SIGKILL)
                        self.asked.close()
                        return None
                    line, streams = socket.socket(fileno=handles[0]), handles[1:]
                    pid = os.fork()
                    if pid == 0:
                        self._forget(line)
                        for number, handle in enumerate(streams):
                            os.dup2(handle, number)
                            os.close(handle)
                        return dict(json.loads(message))
                    self._watch(pid, line, streams)
                elif key.data is not None and key.fd in self.waiting.get_map():
                    self._hear(key.data, ended=key.fd == key.data.handle)

    def _watch(self, pid: int, line: socket.socket, streams: list[int]) -> None:
        for handle in streams:
            os.close(handle)
        child = self.children[pid] = Child(pid, os.pidfd_open(pid), line)
        self.waiting.register(child.handle, selectors.EVENT_READ, child)
        self.waiting.register(child.line, selectors.EVENT_READ, child)
        self._tell(child, pid)

    def _hear(self, child: Child, *, ended: bool) -> None:
        if ended:
            _, status = os.waitpid(child.pid, 0)
            self._tell(child, os.waitstatus_to_exitcode(status))
            for one in (child.handle, child.line):
                with contextlib.suppress(KeyError):
                    self.waiting.unregister(one)
            os.close(child.handle)
            child.line.close()
            del self.children[child.pid]
            return
        self.waiting.unregister(child.line)  # whoever asked is gone
        signal.pidfd_send_signal(child.handle, signal.SIGKILL)

    @staticmethod
    def _tell(child: Child, number: int) -> None:
        with contextlib.suppress(OSError):
            child.line.sendall(number.to_bytes(4, "big", signed=True))

    def _forget(self, line: socket.socket) -> None:
        """In a child: what belongs to the parent alone."""
        self.waiting.close()
        for other in self.children.values():
            os.close(other.handle)
            other.line.close()
        line.close()
        self.asked.close()


def _become(request: dict[str, Any]) -> None:
    """What a fresh process would be."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    importlib.reload(faults)
    retry.set_sleeping(os.environ.get("RECORDWATCH_SLEEPLESS") != "1")


def _end(code: object) -> None:
    """As the interpreter ends, but without taking to pieces what was imported: half of a quick verb's time, all of it
    copying what we share with our parent. What was never closed is still said. Returns where the interpreter knows better.
    """
    if code is not None and not isinstance(code, int):
        return  # it prints what this says
    gc.collect()
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # whoever listened is gone
    os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    main()
