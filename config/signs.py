"""What processes leave in the home's `locks/` for others to see: that `run` came by, how far a crawl is. All of it can be
lost. Standard library alone: cron calls `run` every minute.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

EVERY = 1.0
"""Seconds between two signs of one crawl, at least: a sign costs about a tenth of a millisecond."""
_VERIFIED = "verify.seen"

Show = Callable[[str, int, int], None]
"""Called with stage, done and known so far."""


@dataclass(frozen=True, slots=True)
class Underway:
    """A crawl, or the check of a portal file, that is going on."""

    portal: str
    kind: str
    """crawl, check"""
    began: str
    """ISO 8601, as `at`."""
    at: str
    """When it last told how far it is."""
    stage: str
    done: int
    known: int
    """0: not known yet."""
    pid: int
    born: str
    """What tells this process from a later one of the same number; empty where the system does not say."""


def came_by(home: Path, who: Literal["run", "keeper"] = "run") -> None:
    """`who` looks after this home now."""
    with suppress(OSError):
        (home / "locks" / f"{who}.seen").touch()


def last_seen(home: Path, who: Literal["run", "keeper"] = "run") -> datetime | None:
    """When `who` last looked after this home; None: never, or the sign is lost."""
    try:
        return datetime.fromtimestamp((home / "locks" / f"{who}.seen").stat().st_mtime, UTC)
    except OSError:
        return None


def mark_verified(home: Path, *, full: bool, findings: int) -> None:
    """`verify` has looked at everything that is held."""
    said = {"at": datetime.now(UTC).isoformat(), "full": full, "findings": findings}
    with suppress(OSError):
        _write(home / "locks" / _VERIFIED, said)


def last_verified(home: Path) -> dict[str, Any] | None:
    """What `mark_verified` said last, with `at` as a time."""
    said = _read(home / "locks" / _VERIFIED)
    try:
        return said | {"at": datetime.fromisoformat(said["at"]).astimezone(UTC)}
    except (KeyError, TypeError, ValueError):
        return None


@contextmanager
def underway(home: Path, slug: str, kind: str, show: Show) -> Iterator[Show]:
    """A function for progress that leaves signs while the block runs, and calls `show` as well."""
    file = home / "locks" / f"{slug}.progress"
    began, pid = datetime.now(UTC).isoformat(timespec="seconds"), os.getpid()
    born, last = _born(pid), 0.0

    def note(stage: str, done: int, known: int) -> None:
        nonlocal last
        show(stage, done, known)
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            at = datetime.now(UTC).isoformat(timespec="seconds")
            with suppress(OSError):  # a full disk is said by what has to write
                _write(file, asdict(Underway(slug, kind, began, at, stage, done, known, pid, born)))

    try:
        note("", 0, 0)
        last = 0.0
        yield note
    finally:
        with suppress(OSError):
            file.unlink()


def all_underway(home: Path) -> list[Underway]:
    """What goes on now on this machine, by portal. Signs of processes that are gone are passed over."""
    found = []
    for file in sorted((home / "locks").glob("*.progress")):
        with suppress(TypeError):
            one = Underway(**_read(file))
            if isinstance(one.pid, int) and _alive(one.pid, one.born):
                found.append(one)
    return found


def at_work(home: Path, name: str, child: int = 0) -> None:
    """This process works on `name`, by its process `child` if that is not 0; `works` tells others for as long as both
    this process is there and `no_longer` was not called.
    """
    pid = os.getpid()
    said = {"pid": pid, "born": _born(pid), "child": child, "child_born": _born(child) if child else ""}
    with suppress(OSError):
        _write(home / "locks" / f"{name}.work", said)


def works(home: Path, name: str) -> bool:
    """Whether the process that said that it works on `name` is still there."""
    said = _read(home / "locks" / f"{name}.work")
    return isinstance(said.get("pid"), int) and _alive(said["pid"], str(said.get("born")))


def left_behind(home: Path, name: str) -> int:
    """The process that `at_work` named as its own for `name`, if that is still there; else 0."""
    said = _read(home / "locks" / f"{name}.work")
    child = said.get("child")
    return child if isinstance(child, int) and child and _alive(child, str(said.get("child_born"))) else 0


def no_longer(home: Path, name: str) -> None:
    """Nobody works on `name` any more."""
    with suppress(OSError):
        (home / "locks" / f"{name}.work").unlink()


def _alive(pid: int, born: str) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass  # somebody else's, and alive
    except (OSError, OverflowError):
        return False
    return _born(pid) == born


def _born(pid: int) -> str:
    """When the system began this process, in its own unit (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _write(file: Path, said: dict[str, Any]) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(json.dumps(said), "utf-8")
    part.replace(file)


def _read(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
