"""Writing a new portal file: whole or not at all, and never over another."""

from __future__ import annotations

import os
import shutil
from importlib import resources
from pathlib import Path

from config.errors import ConfigError
from config.home import Home
from config.portal import read_portal


def shipped() -> dict[str, Path]:
    """Portal files that ship with recordwatch, by slug."""
    folder = Path(str(resources.files("spiders") / "portals"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def refuse_watched(home: Home, slug: str) -> Path:
    """Where the file of `slug` goes. Raises ConfigError where there is one already."""
    target = home.portals / f"{slug}.toml"
    if target.exists():
        raise ConfigError(
            f"{slug} is watched already", where=str(target), todo="edit that file to change it, or give another --slug"
        )
    return target


def watched_at(home: Home, url: str) -> str:
    """The slug of a watched portal with this address; empty where there is none."""
    for path in sorted(home.portals.glob("*.toml")):
        try:
            if read_portal(path).url.rstrip("/") == url.rstrip("/"):
                return path.stem
        except ConfigError:
            continue
    return ""


def write_new(home: Home, slug: str, text: str) -> Path:
    """The file of `slug` with `text`. Raises ConfigError where there is one already, or the disk refuses."""
    target = refuse_watched(home, slug)
    part = home.portals / f".{slug}.{os.getpid()}.part"
    try:
        home.portals.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        read_portal(part)  # what cannot be read back is no portal file
        try:
            os.link(part, target)
        except FileExistsError:
            refuse_watched(home, slug)
            raise
        except OSError:  # a disk without hard links
            with target.open("x", encoding="utf-8") as file, part.open(encoding="utf-8") as source:
                shutil.copyfileobj(source, file)
    except OSError as error:
        raise ConfigError(f"the portal file could not be written: {error.strerror}", where=str(target)) from error
    finally:
        part.unlink(missing_ok=True)
    return target
