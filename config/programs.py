"""Programs beside Python that some features need: where they are, and what to say when they are not.

Nothing here is needed to crawl, archive, diff and alert. Whoever needs a program asks `require` for its
path; whoever can do without asks `find`. `recordwatch doctor` lists them all.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Program:
    """One program. `name` is its key in `[programs]` of recordwatch.toml."""

    name: str
    looked_for: tuple[str, ...]
    """Names under which systems install it, the best first."""
    gives: str
    """What recordwatch does with it, as the end of "… is needed for"."""
    package: str
    """What the package managers of Debian, Fedora and Homebrew call it, where they agree."""


class ProgramMissing(ConfigError):
    """A program that a feature needs is not on this machine, or not where the settings say."""

    def __init__(self, program: Program, configured: str = "") -> None:
        said = f"programs.{program.name} = {configured!r}: there is no such program" if configured else ""
        super().__init__(
            said or f"{program.looked_for[0]} is not on this machine; it is needed for {program.gives}",
            where="recordwatch.toml" if configured else "",
            todo=f"Your system's package `{program.package}` brings it;"
            f' `[programs] {program.name} = "/path"` in recordwatch.toml names another',
        )
        self.program = program


FFMPEG = Program(
    "ffmpeg", ("ffmpeg",), "poster frames, playable copies of streamed video, and sound to transcribe", "ffmpeg"
)
FFPROBE = Program("ffprobe", ("ffprobe",), "durations, streams and codecs of every kind of media", "ffmpeg")
TESSERACT = Program("tesseract", ("tesseract",), "the text of scanned documents", "tesseract-ocr")
WHISPER = Program(
    "whisper", ("whisper-cli", "whisper-cpp"), "transcripts of recordings with whisper.cpp", "whisper-cpp"
)

PROGRAMS = (FFMPEG, FFPROBE, TESSERACT, WHISPER)
"""All of them; a browser is found by `crawler.capture.browser.chromium`."""


def find(program: Program, configured: str = "") -> str:
    """Path of `program`: the configured one, else the first that PATH has; empty when there is none.

    Raises:
        ProgramMissing: `configured` is set, and there is no such program.
    """
    if configured:
        path = shutil.which(str(Path(configured).expanduser()))
        if path is None:
            raise ProgramMissing(program, configured)
        return path
    return next((path for name in program.looked_for if (path := shutil.which(name))), "")


def require(program: Program, configured: str = "") -> str:
    """As `find`. Raises ProgramMissing where there is none: one sentence that says how to get it."""
    path = find(program, configured)
    if not path:
        raise ProgramMissing(program)
    return path
