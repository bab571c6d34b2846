"""The home: one folder that holds `recordwatch.toml`, the watched portals, and by default everything else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from config.errors import ConfigError
from config.portal import Portal, read_portal
from config.reading import read_toml
from config.services import DocumentCloud, Slack

MOST_PROCESSES = 64
LEAST_PART = 64 * 1024
"""Bytes. Amazon asks for 5 MiB; other services for less."""


class Operator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who watches. Goes into the User-Agent and into every WARC's warcinfo."""

    name: str = "a recordwatch user"
    contact: str = ""
    """Mail address or URL a portal's operator can write to."""


class StoreConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where WARCs live."""

    kind: Literal["folder", "s3"] = "folder"
    path: str = "archive"
    """`folder`: relative to the home, or absolute."""
    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    """Empty: boto3's own chain (environment, profile, instance role)."""
    secret_key_env: str = ""
    """Name of the environment variable that holds the secret key."""
    ca_file: str = ""
    part_bytes: int = 64 * 1024**2


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How mail leaves. With `folder`, messages are written there as .eml files instead."""

    sender: str = "recordwatch@localhost"
    host: str = ""
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    username: str = ""
    password_env: str = ""
    folder: str = ""


class Timestamps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An RFC 3161 authority. Without `authority`, seals carry our own signature and time only."""

    authority: str = ""
    ca_file: str = ""


class Programs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths of programs that some features need; empty: the one that the system has. `recordwatch doctor` lists them."""

    ffmpeg: str = ""
    ffprobe: str = ""
    tesseract: str = ""
    whisper: str = ""


class Speech(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What turns recordings into text, on this machine, where a portal file says `text.transcribe`."""

    engine: Literal["", "whisper.cpp", "faster-whisper", "pocketsphinx"] = ""
    """Empty: none."""
    model: str = ""
    """Path of the engine's model: a file or a folder that is there already; nothing is ever downloaded."""
    minutes: int = 240
    """Most minutes of one recording that are listened to."""
    run_minutes: int = 30
    """Most minutes, on the clock, that a crawl goes on listening after its news is out; the next one goes on."""
    gigabytes: int = 16
    """Largest recording that is listened to: while that lasts, its bytes lie in the home once more."""


class Newsroom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The web application, `recordwatch serve`. Its public address is `link`."""

    listen: str = "127.0.0.1:8400"
    """address:port. On anything but this machine alone (127.0.0.1, ::1), whoever reads needs an account."""
    public: bool = False
    """Whoever comes may read without an account, wherever they come from."""
    hosts: tuple[str, ...] = ()
    """Names it answers to, besides those of `listen` and `link`."""
    behind_proxy: bool = False
    """A proxy of yours stands in front and sets X-Forwarded-For and X-Forwarded-Proto; else these are not believed."""
    processes: int = 2
    threads: int = 4
    """Requests answered at once by each process."""
    session_days: int = 14
    """An account is asked for its password again after so many days without a visit."""
    replay_listen: str = "127.0.0.1:8401"
    """address:port of full-fidelity replay, where that component is installed; an origin of its own."""
    replay_link: str = ""
    """Public address of that; a host of its own. Empty: `http://localhost` and its port."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`recordwatch.toml`; every key is optional."""

    operator: Operator = Operator()
    store: StoreConfig = StoreConfig()
    database: str = ""
    """Empty: `catalog.sqlite3` in the home; else `postgresql://user@host/name`."""
    mail: Mail = Mail()
    timestamps: Timestamps = Timestamps()
    processes: int = 2
    """Portals crawled at once by `run`."""
    proxy: str = ""
    """Forward proxy for every request, `http://host:port`."""
    ca_file: str = ""
    """Further certificate authorities to trust, PEM."""
    resolve: dict[str, str] = {}
    """host → address:port, for tests and mirrors."""
    browser: str = ""
    """Path of the Chromium that loads pages made by scripts; empty: Playwright's own, else the system's."""
    programs: Programs = Programs()
    speech: Speech = Speech()
    link: str = ""
    """Public address of the newsroom, used in alerts; empty: none."""
    newsroom: Newsroom = Newsroom()
    slack: Slack = Slack()
    documentcloud: DocumentCloud = DocumentCloud()


@dataclass(frozen=True, slots=True)
class Home:
    """Paths and settings of one home."""

    path: Path
    settings: Settings

    @property
    def portals(self) -> Path:
        return self.path / "portals"

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    @property
    def locks(self) -> Path:
        return self.path / "locks"

    @property
    def transcripts(self) -> Path:
        """Recordings that are being listened to, and how far; may be deleted."""
        return self.path / "transcripts"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def index(self) -> Path:
        """The search index, derived and rebuildable."""
        return self.path / "index"

    @property
    def archive(self) -> Path:
        """The folder store (whatever the store's kind)."""
        return self.path / self.settings.store.path

    @property
    def database_url(self) -> str:
        return self.settings.database or f"sqlite:///{self.path / 'catalog.sqlite3'}"

    def portal(self, slug: str) -> Portal:
        """The watched portal `slug`. Raises ConfigError when it is not watched."""
        path = self.portals / f"{slug}.toml"
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in self.portals.glob("*.toml"))) or "none"
            raise ConfigError(
                f"no portal {slug!r} is watched here; watched: {known}",
                where=str(self.portals),
                todo="`recordwatch portals add` adds one",
            )
        portal = read_portal(path)
        if portal.slug != slug:
            raise ConfigError(f"slug = {portal.slug!r} does not match the file's name", where=str(path))
        return portal

    def watched(self) -> list[Portal]:
        """Every watched portal, by slug."""
        return [self.portal(path.stem) for path in sorted(self.portals.glob("*.toml"))]


def home_path(given: str | None) -> Path:
    """`--home`, else RECORDWATCH_HOME, else ./recordwatch-home."""
    return Path(given or os.environ.get("RECORDWATCH_HOME") or "recordwatch-home").expanduser().absolute()


def open_home(given: str | os.PathLike[str] | None = None) -> Home:
    """Open a home that `recordwatch init` made.

    Raises:
        ConfigError: there is no home, or `recordwatch.toml` is wrong.
    """
    path = home_path(os.fspath(given) if given is not None else None)
    file = path / "recordwatch.toml"
    if not file.is_file():
        raise ConfigError(
            "this is not a recordwatch home (no recordwatch.toml)",
            where=str(path),
            todo="`recordwatch init` makes one; --home or RECORDWATCH_HOME names another",
        )
    settings = read_toml(file, Settings, "docs/reference/settings.md")
    check_settings(settings, path, str(file))
    return Home(path, settings)


def check_settings(settings: Settings, home: Path, where: str) -> None:
    """Checks that no type expresses. Raises ConfigError."""

    def wrong(key: str, value: object, use: str) -> ConfigError:
        return ConfigError(f"{key} = {value!r}: {use}", where=where, todo="docs/reference/settings.md lists the keys")

    if not 1 <= settings.processes <= MOST_PROCESSES:
        raise wrong("processes", settings.processes, f"use 1 to {MOST_PROCESSES}")
    for key in ("minutes", "run_minutes", "gigabytes"):
        if getattr(settings.speech, key) < 1:
            raise wrong(f"speech.{key}", getattr(settings.speech, key), "use 1 or more")
    for key in ("listen", "replay_listen"):
        host, _, port = getattr(settings.newsroom, key).rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise wrong(f"newsroom.{key}", getattr(settings.newsroom, key), "use address:port, such as 127.0.0.1:8400")
    for key in ("processes", "threads", "session_days"):
        if not 1 <= getattr(settings.newsroom, key) <= MOST_PROCESSES * 6:
            raise wrong(f"newsroom.{key}", getattr(settings.newsroom, key), f"use 1 to {MOST_PROCESSES * 6}")
    if not 1 <= settings.mail.port <= 65535:
        raise wrong("mail.port", settings.mail.port, "use 1 to 65535")
    if settings.database and not settings.database.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise wrong(
            "database", _masked(settings.database), "use postgresql://user@host/name, or leave it out for SQLite"
        )
    if settings.store.kind == "s3" and not settings.store.bucket:
        raise wrong("store.bucket", "", "kind = 's3' needs the bucket's name")
    if settings.store.part_bytes < LEAST_PART:
        raise wrong(
            "store.part_bytes", settings.store.part_bytes, f"use {LEAST_PART:,} bytes or more (Amazon's S3: 5242880)"
        )
    if settings.proxy and not re.match(r"https?://[^/]", settings.proxy):
        raise wrong("proxy", _masked(settings.proxy), "use http://host:port")
    for key, value in (("link", settings.link), ("newsroom.replay_link", settings.newsroom.replay_link), ("timestamps.authority", settings.timestamps.authority),
                       ("store.endpoint", settings.store.endpoint), ("slack.api", settings.slack.api),
                       ("documentcloud.api", settings.documentcloud.api), ("documentcloud.accounts", settings.documentcloud.accounts)):  # fmt: skip
        if value and not re.match(r"https?://[^/]", value):
            raise wrong(key, value, "use an http:// or https:// address")
    for key, value in (("ca_file", settings.ca_file), ("store.ca_file", settings.store.ca_file),
                       ("timestamps.ca_file", settings.timestamps.ca_file)):  # fmt: skip
        if value and not (home / value).is_file():
            raise wrong(key, value, "there is no such file")


def _masked(url: str) -> str:
    """`url` without its password."""
    return re.sub(r"(?<=:)[^:@/]+(?=@)", "***", url)
