"""What this machine can do: Python, clock, authorities, browser, programs, speech."""

from __future__ import annotations

import os
import platform
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path

from cli.doctor_line import Line, State, wrong
from config.home import Settings
from config.portal import Portal
from config.programs import FFMPEG, FFPROBE, TESSERACT, Program, ProgramMissing, require

_OLDEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right says less."""
_AGED = 90
"""Days after which the sites that yt-dlp knows have changed."""


def python() -> Iterator[Line]:
    yield Line("recordwatch", "works", f"on Python {platform.python_version()}", installed("recordwatch"))


def clock() -> Iterator[Line]:
    now = datetime.now(UTC)
    if now < _OLDEST:
        yield Line(
            "clock", "broken", f"it says {now:%Y-%m-%d %H:%M} UTC", todo="Set it: every capture carries its time"
        )
    else:
        yield Line("clock", "works", f"{now:%Y-%m-%d %H:%M} UTC")


def authorities(settings: Settings) -> Iterator[Line]:
    from crawler.capture.tls import client_context

    paths = ssl.get_default_verify_paths()
    own = client_context(settings.ca_file).cert_store_stats()["x509_ca"]
    folder = Path(paths.capath) if paths.capath else None
    if own or (folder and folder.is_dir() and any(folder.iterdir())):
        also = f", and those in {settings.ca_file}" if settings.ca_file else ""
        yield Line("authorities", "works", f"{own or 'the system has its'} authorities vouch for portals{also}")
    else:
        todo = "Your system's package `ca-certificates` brings them"
        yield Line("authorities", "broken", "no certificate authorities: no https portal can be reached", todo=todo)


def browser(settings: Settings, portals: Sequence[Portal], *, start: bool) -> Iterator[Line]:
    from crawler.capture.browser.chromium import find
    from crawler.capture.browser.errors import BrowserMissing

    asking = [portal.slug for portal in portals if portal.browser]
    try:
        path = find(settings.browser, _playwrights())
    except BrowserMissing as missing:
        yield wrong("browser", missing, "broken" if asking or settings.browser else "absent")
        return
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    version = next((word for word in said.stdout.split() if word[:1].isdigit()), "")
    if said.returncode or (start and not _shows_a_page(path)):
        yield Line("browser", "broken", f"{path} does not start", version, _last(said.stderr))
        return
    asked = f"; asked for by {', '.join(asking)}" if asking else ""
    yield Line("browser", "works", f"pages made by scripts{asked}", version)


def _playwrights() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _shows_a_page(path: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="recordwatch-") as folder:
        command = [path, "--headless", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        page = "data:text/html,<p></p><script>document.querySelector('p').textContent=6*7</script>"
        done = subprocess.run([*command, "--dump-dom", page], capture_output=True, text=True, timeout=60, check=False)
    return "<p>42</p>" in done.stdout


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def media(settings: Settings, portals: Sequence[Portal]) -> Iterator[Line]:
    """ffmpeg, ffprobe."""
    from releases.facts.probe import version

    asked = any(portal.text.transcribe and portal.media for portal in portals)
    configured = settings.programs
    for program, path, needed in ((FFMPEG, configured.ffmpeg, asked), (FFPROBE, configured.ffprobe, False)):
        found = _found(program, path, needed=needed)
        if isinstance(found, Line):
            yield found
        elif said := version(found):
            yield Line(program.name, "works", program.gives, said)
        else:
            yield Line(program.name, "broken", f"{found} does not say which version it is")


def ytdlp() -> Iterator[Line]:
    said = installed("yt-dlp")
    try:
        age = (datetime.now(UTC) - datetime.strptime(said[:10], "%Y.%m.%d").replace(tzinfo=UTC)).days
    except ValueError:
        age = 0
    state: State = "doubtful" if age > _AGED else "works"
    old = f"; it is {age} days old, and players have changed since" if age > _AGED else ""
    todo = "`pip install --upgrade yt-dlp` brings the newest" if old else ""
    yield Line("yt-dlp", state, f"videos and sound behind players{old}", said, todo)


def tesseract(settings: Settings, portals: Sequence[Portal]) -> Iterator[Line]:
    from releases.sandbox.program import ProgramFailed
    from releases.text.tesseract import tesseract as ask

    found = _found(TESSERACT, settings.programs.tesseract, needed=False)
    if isinstance(found, Line):
        yield found
        return
    languages = dict.fromkeys(one for portal in portals if portal.text.ocr for one in portal.languages)
    try:
        engine = ask(found, list(languages) or ["en"])
    except (ProgramFailed, OSError) as error:
        yield Line("tesseract", "broken", f"{found} does not work: {error}")
        return
    version = engine.engine.split()[1] if len(engine.engine.split()) > 2 else ""
    if engine.missing:
        packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in engine.missing)
        lacks = f"reads {engine.languages}, and not what portals have in `languages`: {', '.join(engine.missing)}"
        yield Line("tesseract", "doubtful", lacks, version, f"Your system's packages {packages} bring them")
    else:
        yield Line("tesseract", "works", f"{TESSERACT.gives} in {engine.languages.replace('+', ', ')}", version)


def speech(settings: Settings, portals: Sequence[Portal]) -> Iterator[Line]:
    from config.errors import ConfigError
    from releases.speech.engine import open_engine

    asking = [portal.slug for portal in portals if portal.text.transcribe]
    try:
        engine = open_engine(settings.speech, settings.programs.whisper)
    except ConfigError as missing:
        state: State = "broken" if asking or settings.speech.engine else "absent"
        asked = f"; {', '.join(asking)} would have recordings transcribed" if asking else ""
        line = wrong("speech", missing, state)
        yield Line(line.name, state, line.said + asked, todo=line.todo)
        return
    deaf = [
        portal.slug for portal in portals if portal.slug in asking and not any(map(engine.speaks, portal.languages))
    ]
    if deaf:
        yield Line("speech", "broken", f"{engine.label} understands no language of {', '.join(deaf)}")
    else:
        asked = (
            f"transcripts of recordings of {', '.join(asking)}"
            if asking
            else "transcripts, where a portal asks for them"
        )
        yield Line("speech", "works", asked, engine.label)


def _found(program: Program, configured: str, *, needed: bool) -> str | Line:
    """Its path; else a line that says how to get it."""
    try:
        return require(program, configured)
    except ProgramMissing as missing:
        return wrong(program.name, missing, "broken" if configured or needed else "absent")
