"""Portals that are not crawled for now: a file `portals/<slug>.paused` says since when, by whom and why.

It stands beside the portal's own file, so that it is kept, moved and backed up with it. Standard library alone: cron
asks every minute.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.errors import ConfigError

_MOST = 500
"""Characters of a name and of a reason."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause. Of a file that cannot be read, texts are empty: the portal is paused all the same."""

    since: str = ""
    """ISO 8601."""
    by: str = ""
    why: str = ""


def is_paused(home: Path, slug: str) -> bool:
    """Whether crawls of `slug` wait: for its schedule and `run --all`, not for whoever asks for one by name."""
    return _file(home, slug).exists()


def paused(home: Path, slug: str) -> Paused | None:
    """The pause of `slug`; None where it is crawled as its schedule says."""
    file = _file(home, slug)
    try:
        said = json.loads(file.read_text("utf-8"))
        return Paused(*(str(said[name])[:_MOST] for name in ("since", "by", "why")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Paused()


def pause(home: Path, slug: str, *, by: str, why: str) -> None:
    """Crawl `slug` no more until `resume`. One that is paused keeps what was said first.

    Raises:
        ConfigError: it is not watched, or no reason is given.
    """
    if not (home / "portals" / f"{slug}.toml").is_file():
        raise ConfigError(f"no portal {slug!r} is watched here", where=str(home / "portals"))
    if not why.strip():
        raise ConfigError("a pause needs a reason", todo="it is shown wherever the portal's state is")
    if is_paused(home, slug):
        return
    file = _file(home, slug)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    said = Paused(datetime.now(UTC).isoformat(timespec="seconds"), by[:_MOST], why.strip()[:_MOST])
    part.write_text(json.dumps(asdict(said), ensure_ascii=False) + "\n", "utf-8", "backslashreplace")
    part.replace(file)


def resume(home: Path, slug: str) -> bool:
    """Crawl `slug` as its schedule says again. Whether it was paused."""
    try:
        _file(home, slug).unlink()
    except FileNotFoundError:
        return False
    return True


def _file(home: Path, slug: str) -> Path:
    return home / "portals" / f"{slug}.paused"
