"""Walking a tree of folders that a portal shows level by level: bounded, and each folder once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from config.portal import Portal
from spiders.errors import PageError
from spiders.parameters import wrong_parameter

Path = tuple[str, ...]
"""Names of folders from the first one's children down."""


class WalkSettings(Protocol):
    """What the portal file says of the walk."""

    @property
    def skip(self) -> tuple[str, ...]: ...
    @property
    def depth(self) -> int: ...
    @property
    def folders(self) -> int: ...


class FolderWalk:
    """Which folders of one crawl are entered. Raises ConfigError for bounds that allow nothing."""

    def __init__(self, portal: Portal, settings: WalkSettings) -> None:
        for name in ("depth", "folders"):
            if getattr(settings, name) < 1:
                raise wrong_parameter(portal, name, getattr(settings, name), "use 1 or more")
        self._skip = frozenset(name.strip("/").casefold() for name in settings.skip)
        self._depth, self._most = settings.depth, settings.folders
        self._entered: set[str] = set()

    def enters(self, folder: str, url: str) -> bool:
        """Whether `folder` is asked for now: once, however many ways lead there.

        Raises:
            PageError: it is one more than `parameters.folders` allow.
        """
        if folder in self._entered:
            return False
        self._entered.add(folder)
        if len(self._entered) > self._most:
            most = f"at most {self._most:,} folders (parameters.folders)"
            raise PageError(url, "folders", most, "more: watch a folder further down, or raise it")
        return True

    def skips(self, path: Path) -> bool:
        """Whether the portal file leaves the folder at `path` out: by its name, or by its path."""
        return path[-1].casefold() in self._skip or "/".join(path).casefold() in self._skip

    def too_deep(self, path: Iterable[str]) -> str:
        """What to note of a folder below `parameters.depth`; empty for one that is not."""
        if len(tuple(path)) < self._depth:
            return ""
        return f"folders below parameters.depth = {self._depth} are not read"
