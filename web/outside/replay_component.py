"""The replay component: pywb in an environment of its own in the home, installed by one command, unmodified.

It is licensed under the GPL, and never a part of this program: it is fetched on the user's machine, runs as a process of
its own, and is asked over HTTP.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from config.errors import RecordwatchError
from config.home import Home

LOCK = Path(__file__).with_name("replay.lock")
"""Every version by hash, no address of a registry: pip asks where this machine's configuration says."""
COMMAND = "recordwatch replayer install"
_SAID = "installed.json"
_PATIENCE = 900


class ComponentFailed(RecordwatchError):
    """The replay component cannot be installed, or does not start."""


@dataclass(frozen=True, slots=True)
class Component:
    """An installed one."""

    folder: Path
    version: str
    """Of pywb."""

    @property
    def python(self) -> Path:
        return _python(self.folder)


def folder_of(home: Home) -> Path:
    """Where a home has it."""
    return home.path / "components" / "replay"


def found(folder: Path) -> Component | None:
    """The component in `folder`; None where it is not, or not whole."""
    try:
        said = json.loads((folder / _SAID).read_text("utf-8"))
        version = str(said["pywb"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Component(folder, version) if _python(folder).exists() else None


def install(folder: Path) -> Component:
    """Make the environment anew, and put the locked versions into it. One that is there stays until the new one works; what an
    interrupted attempt left is thrown away.

    Raises:
        ComponentFailed: pip, or this machine, would not.
    """
    draft = folder.with_name(
        f"{folder.name}.new-{secrets.token_hex(4)}"
    )  # what was interrupted may still write to its own
    try:
        for left in folder.parent.glob(f"{folder.name}.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(parents=True)
        _run([sys.executable, "-m", "venv", str(draft / "venv")], "its environment cannot be made")
        pip = [str(_python(draft)), "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"]
        _run([*pip, "install", "--require-hashes", "--requirement", str(LOCK)], "pip could not install it")
        version = _run([str(_python(draft)), "-c", _VERSION], "it does not start").strip()
        (draft / _SAID).write_text(json.dumps({"pywb": version}) + "\n", "utf-8")
        remove(folder)
        draft.rename(folder)
    except OSError as error:
        raise ComponentFailed(f"the component cannot be written: {error.strerror}", where=str(folder)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Component(folder, version)


_REASONS = (
    (
        ("No space left", "quota exceeded"),
        "the disk is full",
        "free 200 MB where the home is, and where temporary files go",
    ),
    (
        ("ensurepip is not", "No module named venv"),
        "this Python has no venv",
        "install this system's package python3-venv",
    ),
    (
        ("connection broken by", "Failed to establish a new connection"),
        "the package index gives no answer",
        "see that this machine reaches the index that pip is configured for",
    ),
    (
        ("require a different python version", "requires a different Python"),
        f"pywb cannot be had for Python {sys.version_info[0]}.{sys.version_info[1]}",
        "run recordwatch with Python 3.11",
    ),
    (
        ("Failed building wheel", "Failed to build"),
        "a part of it comes without a finished package for this Python, and could not be built",
        "install a C compiler and Python's headers (Debian: build-essential, python3-dev)",
    ),
    (
        ("DO NOT MATCH THE HASHES",),
        "what the index gives is not what this version of recordwatch knows",
        "see which index pip is configured for",
    ),
)
"""What stands in the output; what it means; what to do."""
_VERSION = "import importlib.metadata, pywb.apps.frontendapp; print(importlib.metadata.version('pywb'))"


def remove(folder: Path) -> bool:
    """Whether it was there; it is no more. Raises OSError."""
    if not folder.exists():
        return False
    shutil.rmtree(folder)
    return True


def _python(folder: Path) -> Path:
    return folder / "venv" / "bin" / "python"


def _run(command: list[str], what: str) -> str:
    try:
        null = subprocess.DEVNULL
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_PATIENCE, stdin=null)
    except subprocess.TimeoutExpired as error:
        raise ComponentFailed(f"{what}: it took longer than {_PATIENCE // 60} minutes") from error
    if done.returncode:
        why, todo = reason(done.stdout, done.stderr)
        raise ComponentFailed(f"{what}: {why or f'it ended with {done.returncode}'}", todo=todo)
    return done.stdout


def reason(out: str, err: str) -> tuple[str, str]:
    """Why venv or pip failed, in a few words, and what to do about it: from what they wrote."""
    said = f"{err}\n{out}"
    for words, why, todo in _REASONS:
        if any(word in said for word in words):
            return why, f"{todo}, and try again"
    lines = [line.strip().removesuffix(".") for line in err.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "".join(
        errors[:1] or lines[-1:]
    ), "see that the index that pip is configured for has what is named, and try again"
