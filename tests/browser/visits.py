"""Pages of a real server, rendered one after the other by one real browser behind a real door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import psutil

from archive.export_loaded import Loaded
from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.rendered import Rendered
from crawler.capture.browser.renderer import Renderer
from tests.unit.crawler.door.door_site import Memory, Site, open_door, portal


class Shelf:
    """Keeps what a visit leaves behind."""

    def __init__(self) -> None:
        self.resources: list[tuple[str, bytes]] = []
        self.loaded: dict[str, list[str]] = {}
        """By URL of a page: captures of what it loaded."""

    async def resource(self, uri: str, payload: bytes, mime: str, engine: str = "") -> str:
        self.resources.append((uri, payload))
        return uri

    async def metadata(self, capture: str, url: str, payload: bytes, mime: str, engine: str) -> str:
        self.loaded[url] = msgspec.json.decode(payload, type=Loaded).captures
        return f"{capture}{mime}{engine}"

    def named(self, kind: str) -> dict[str, bytes]:
        """Those of the last visit, by what stands behind the capture's id."""
        found = {}
        for uri, payload in self.resources:
            _, _, told, _, *name = uri.split(":")
            if told == kind:
                found[":".join(name)] = payload
        return found


class Visits:
    """`show` serves a page and renders it."""

    def __init__(self, runner: asyncio.Runner, site: Site, renderer: Renderer, shelf: Shelf, archive: Memory) -> None:
        self._runner, self.site, self.renderer, self.shelf = runner, site, renderer, shelf
        self.archive = archive
        self._number = 0

    def serve(self, path: str, body: str | bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.site.pages[path] = (200, [("Content-Type", kind)], body.encode() if isinstance(body, str) else body)

    def show(self, body: str, wanted: Wanted | None = None) -> Rendered:
        self._number += 1
        path = f"/page-{self._number}"
        self.serve(path, f"<!DOCTYPE html><html><head><link rel=icon href=data:,></head><body>{body}</body></html>")
        self.shelf.resources.clear()
        self.site.seen.clear()
        return self._runner.run(self.renderer.render(self.site.url + path, wanted or Wanted()))

    def asked(self) -> list[str]:
        """Paths that the server was asked for beside the page itself."""
        return [f"{seen.method} {seen.path}" for seen in self.site.seen if not seen.path.startswith("/page-")]

    def told(self) -> dict[str, Any]:
        """The record of the last visit; empty where there was nothing to say."""
        found = self.shelf.named("visit")
        return dict(msgspec.json.decode(found[""])) if found else {}


@contextmanager
def visits(**changes: Any) -> Iterator[Visits]:
    """A browser for as long as the block lasts; `changes` are of the portal."""
    site, shelf = Site(), Shelf()
    with asyncio.Runner() as runner:
        archive = Memory()
        opened = open_door(portal(site.url + "/", **changes), archive)
        door = runner.run(opened.__aenter__())
        renderer = Renderer("", door.portal, door, shelf)
        try:
            yield Visits(runner, site, renderer, shelf, archive)
        finally:
            runner.run(renderer.close())
            runner.run(opened.__aexit__(None, None, None))
            site.close()


def chromiums(which: Callable[[str], bool] = lambda words: True) -> list[psutil.Process]:
    """The processes of the browsers that this process started, by their command lines."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            known = "chrom" in process.name() and process.status() != psutil.STATUS_ZOMBIE
            if known and which(" ".join(process.cmdline())):
                found.append(process)
    return found


def is_first(words: str) -> bool:
    """Whether a command line is that of a browser's first process; those that are just ending have none."""
    return bool(words) and "--type=" not in words


def is_tab(words: str) -> bool:
    """Whether a command line is that of a process that shows pages."""
    return "--type=renderer" in words
