"""A watched portal's TOML file, read, tried and saved in the browser."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from config.errors import ConfigError
from config.home import Home
from config.portal import Portal, read_portal
from config.schedule import ScheduleError, next_due

MOST = 256 * 1024
"""Bytes."""


def slugs(home: Home) -> list[str]:
    """Every watched portal, by name."""
    return [path.stem for path in sorted(home.portals.glob("*.toml"))]


def text_of(home: Home, slug: str) -> str:
    """The file's text. Raises OSError; ConfigError for one that is no text or too long to be edited here."""
    data = (home.portals / f"{slug}.toml").read_bytes()
    if len(data) > MOST:
        raise ConfigError(_("this portal file is too long to be edited here"), where=slug)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(_("this portal file is not UTF-8"), where=slug) from error


def mark(text: str) -> str:
    """What tells whether a file has changed since it was opened."""
    return hashlib.sha256(text.encode()).hexdigest()


def tried(slug: str, text: str) -> Portal:
    """The portal that this text describes.

    Raises:
        ConfigError: its text names key, value and what is allowed; `where` is empty.
    """
    if len(text.encode("utf-8", "replace")) > MOST:
        raise ConfigError(_("this is too long for a portal file"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{slug}.toml"
        file.write_bytes(text.encode("utf-8", "replace"))
        try:
            portal = read_portal(file)
        except ConfigError as error:
            raise ConfigError(error.what.replace(str(file), slug), todo=error.todo) from error
    if portal.slug != slug:
        raise ConfigError(_("slug = %(slug)r does not match the file's name") % {"slug": portal.slug})
    try:
        next_due(portal.schedule, None)
    except ScheduleError as error:
        raise ConfigError(str(error)) from error
    return portal


def opens_private(old: str, slug: str, new: Portal) -> bool:
    """Whether `new` may reach addresses inside the operator's own network that the file before could not."""
    if not new.allow_private_network:
        return False
    try:
        before = tried(slug, old).allow_private_network
    except ConfigError:
        return True
    if before is True or before == new.allow_private_network:
        return False
    if isinstance(before, tuple) and isinstance(new.allow_private_network, tuple):
        return not set(new.allow_private_network) <= set(before)
    return True


def save(home: Home, slug: str, text: str, opened: str) -> None:
    """Replace the file; the one before is kept as `<slug>.toml.bak`. The caller has `tried` the text.

    Raises:
        ConfigError: somebody else changed it since. OSError.
    """
    file = home.portals / f"{slug}.toml"
    before = file.read_bytes()
    if hashlib.sha256(before).hexdigest() != opened:
        raise ConfigError(
            _("somebody changed this file since you opened it"), todo=_("open it again; your text is below")
        )
    _written(file.with_name(f"{file.name}.bak"), before)
    _written(file, text.encode("utf-8"))


def _written(file: Path, data: bytes) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with part.open("wb") as draft:
        draft.write(data)
        draft.flush()
        os.fsync(draft.fileno())
    part.replace(file)
