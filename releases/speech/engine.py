"""Speech engines behind one call: `transcribe`. Local programs and packages with a model that is there already.

Each runs in a process of its own without a network, with limits: recordings are as hostile as any file.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, cast

import msgspec

from config.errors import ConfigError
from config.home import Speech
from config.programs import WHISPER, require
from releases.sandbox.program import Allowed, ProgramFailed, run
from releases.speech.model import Segment, Transcript, Why

Name = Literal["whisper.cpp", "faster-whisper", "pocketsphinx"]

SLOWEST = 20
"""Times as long as a recording lasts that an engine may listen to it, on the clock."""
_LEAST_SECONDS = 120
_MEMORY = {"whisper.cpp": 12 * 1024**3, "faster-whisper": 12 * 1024**3, "pocketsphinx": 2 * 1024**3}
_LISTENER = Path(__file__).with_name("listener.py")
_SAMPLE = 1024**2
_ABOUT_A_MODEL = "docs/howto/recordings.md says where models come from"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that is here, with its model."""

    name: Name
    model: str
    """Path; empty only for pocketsphinx: the English one that it brings."""
    program: str
    """Of whisper.cpp: its path."""
    label: str
    """Name and version, name and digest of the model: what transcripts name as their source."""

    def speaks(self, language: str) -> bool:
        """Whether it can be asked for `language` (`en`, `es-MX`)."""
        return self.name != "pocketsphinx" or bool(self.model) or language.casefold().startswith("en")


def open_engine(settings: Speech, whisper: str = "") -> Engine:
    """The engine of `[speech]`. `whisper`: `programs.whisper`.

    Raises:
        ConfigError: none is named, it is not installed, or its model is not there: one sentence.
    """
    if not settings.engine:
        raise ConfigError(
            "no speech engine is named",
            where="recordwatch.toml",
            todo=f"`[speech] engine` in recordwatch.toml names one; {_ABOUT_A_MODEL}",
        )
    path = Path(settings.model).expanduser()
    if settings.model and not path.exists():
        raise ConfigError(f"speech.model = {settings.model!r}: there is no such file or folder", todo=_ABOUT_A_MODEL)
    if not settings.model and settings.engine != "pocketsphinx":
        raise ConfigError(f"{settings.engine} needs speech.model: the path of a model", todo=_ABOUT_A_MODEL)
    program = require(WHISPER, whisper) if settings.engine == "whisper.cpp" else ""
    version = _whisper_version(program) if program else _package(settings.engine)
    model = f"{path.name[:24]} {digest(path)[:8]}" if settings.model else "English model of its own"
    label = f"{settings.engine} {version}".strip() + f" ({model})"
    return Engine(settings.engine, str(path.absolute()) if settings.model else "", program, label[:64])


def transcribe(engine: Engine, wav: Path, language: str, seconds: float) -> Transcript:
    """What is said in `wav` (16 kHz, one channel, 16 bits), whatever it holds.

    Args:
        engine: who listens.
        wav: in a folder that the engine may write to.
        language: `en`, `es-MX`; empty: the engine finds out, where it can.
        seconds: how long it lasts.

    Raises:
        OSError: the engine cannot be started.
    """
    allowed = Allowed(max(_LEAST_SECONDS, SLOWEST * seconds), _MEMORY[engine.name], 256 * 1024**2)
    short = language.partition("-")[0].lower()
    hear = _by_program if engine.program else _by_package
    try:
        with TemporaryDirectory(dir=wav.parent) as folder:
            language, segments = hear(engine, wav, short, Path(folder), allowed)
    except ProgramFailed as failed:
        return Transcript((), short, engine.label, cast("Why", failed.why), failed.error.replace(str(wav), "it"))
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        return Transcript((), short, engine.label, "crashed", "the engine's answer makes no sense")
    kept = tuple(segment for segment in segments if segment.text.strip() and 0 <= segment.start <= segment.end)
    return Transcript(kept, language, engine.label)


class _Answer(msgspec.Struct):
    language: str
    segments: list[tuple[float, float, str, float | None]]


def _by_package(engine: Engine, wav: Path, language: str, folder: Path, allowed: Allowed) -> tuple[str, list[Segment]]:
    command = [sys.executable, "-I", "-B", str(_LISTENER), engine.name, engine.model, language, str(wav)]
    answer = msgspec.json.decode(run(command, folder, allowed), type=_Answer)
    return answer.language, [Segment(*segment) for segment in answer.segments]


class _Token(msgspec.Struct):
    text: str = ""
    p: float | None = None


class _Offsets(msgspec.Struct):
    """Milliseconds."""

    begin: int = msgspec.field(name="from")
    end: int = msgspec.field(name="to")


class _Said(msgspec.Struct):
    offsets: _Offsets
    text: str
    tokens: list[_Token] = []


class _Result(msgspec.Struct):
    language: str = ""


class _Whispered(msgspec.Struct):
    transcription: list[_Said]
    result: _Result = msgspec.field(default_factory=_Result)


def _by_program(engine: Engine, wav: Path, language: str, folder: Path, allowed: Allowed) -> tuple[str, list[Segment]]:
    command = [
        engine.program, "-m", engine.model, "-f", str(wav), "-l", language or "auto", "-ojf", "-of", "heard", "-np",
    ]  # fmt: skip
    run(command, folder, allowed)
    try:
        # Words that it breaks within a character of several bytes.
        text = (folder / "heard.json").read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        raise ProgramFailed("damaged", "whisper.cpp wrote no answer") from None
    answer = msgspec.json.decode(text, type=_Whispered)
    return answer.result.language or language, [
        Segment(one.offsets.begin / 1000, one.offsets.end / 1000, one.text.strip(), _mean(one.tokens))
        for one in answer.transcription
    ]


def _mean(tokens: list[_Token]) -> float | None:
    rated = [token.p for token in tokens if token.p is not None and not token.text.startswith("[_")]
    return sum(rated) / len(rated) if rated else None


def _package(name: str) -> str:
    module = name.replace("-", "_")
    try:
        if find_spec(module) is not None:
            return installed(name)
    except PackageNotFoundError:
        pass
    extra = (
        "`pip install 'recordwatch[speech]'` brings it" if name == "faster-whisper" else f"`pip install {name}` does"
    )
    raise ConfigError(f"the speech engine {name} is not installed", where="recordwatch.toml", todo=extra)


@cache
def _whisper_version(program: str) -> str:
    """Of those that say it; older ones do not know the question."""
    with TemporaryDirectory(prefix="recordwatch-") as folder:
        try:
            said = run([program, "--version"], Path(folder), Allowed(20)).decode("utf-8", "replace").split()
        except (ProgramFailed, OSError):
            return ""
    return next((word.strip("v,") for word in said if word.strip("v")[:1].isdigit()), "")[:12]


@cache
def digest(model: Path) -> str:
    """SHA-256 of what tells one model from another: names, sizes, first and last bytes; they may have gigabytes."""
    made = hashlib.sha256()
    files = [model] if model.is_file() else sorted(path for path in model.rglob("*") if path.is_file())
    for path in files:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
            file.seek(max(0, size - _SAMPLE))
            made.update(f"{path.name} {size}\n".encode() + head + file.read(_SAMPLE))
    return made.hexdigest()
