"""What is said when a verb fails: one sentence, and never a traceback.

Foreseen trouble says what, where and what to do. For anything else the traceback is written to a file
in the home's `logs/`, which the sentence names; `--debug` prints it instead.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cli.exits import Exit
from config.errors import ConfigError, RecordwatchError
from config.home import home_path

_ASKED_WRONGLY = frozenset(
    {"UnknownRecordError", "NoSuchRecord", "NoSuchVersion", "NotHeld", "CatalogExists", "QuarantineRefused"}
)
"""Errors of layers that are imported late, and that another command line would avoid."""
_CAPTURING = frozenset({"crawl", "run", "recover"})


def guarded(work: Callable[[list[str]], int], arguments: list[str]) -> int:
    """The exit code of `work(arguments)`, whatever happens in it."""
    debug = "--debug" in arguments
    for name in ("stdout", "stderr"):  # closed by whoever started us: nobody listens
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  lives as long as we do
    try:
        code = work([word for word in arguments if word != "--debug"])
        sys.stdout.flush()
        if code == Exit.INTERRUPTED:  # typer's way to say so
            _last_words(_stopped(arguments))
    except BrokenPipeError:
        _forget_output()
        return Exit.OK  # whoever reads has read enough: `recordwatch releases | head -1`
    except BaseException as error:  # one sentence for whatever it is
        if isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError):  # click's way to say so
            _forget_output()
            return Exit.OK
        if debug and not isinstance(error, KeyboardInterrupt | SystemExit):
            traceback.print_exc()
        code, sentence = explained(error, arguments, logged=not debug)
        if sentence:
            _last_words(sentence)
    return code


def explained(error: BaseException, arguments: list[str], *, logged: bool = True) -> tuple[int, str]:
    """Exit code, and what to say; nothing where it was said already. `logged`: write an unforeseen traceback."""
    if isinstance(error, ConfigError) or type(error).__name__ in _ASKED_WRONGLY:
        return Exit.USAGE, str(error)
    if isinstance(error, RecordwatchError):
        return Exit.CRASH, str(error)
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return Exit.INTERRUPTED, _stopped(arguments)
    if isinstance(error, SystemExit):
        return int(error.code) if isinstance(error.code, int) else Exit.OK, ""
    if show := getattr(error, "show", None):  # click's: the command line is wrong
        show()
        return Exit.USAGE, ""
    if type(error).__module__.startswith("django.db"):
        return Exit.CRASH, _database(error)
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        return Exit.CRASH, f"{error.strerror}{place}. Nothing captured is lost; try again when that is mended"
    where = f"; the traceback is in {_write_down(error, arguments)}" if logged else ""
    what = " ".join(str(error).split())[:300]
    return Exit.CRASH, (
        f"this should not have happened: {type(error).__name__}{f': {what}' if what else ''}{where}. "
        "Nothing captured is lost, and the next run recovers. Please report it"
    )


def _stopped(arguments: list[str]) -> str:
    if _CAPTURING.isdisjoint(arguments[:2]):
        return "stopped"
    return "stopped; what was captured is kept, and the next run goes on from it"


def _database(error: BaseException) -> str:
    from archive.catalog.failures import database_errors

    try:
        with database_errors():
            raise error
    except RecordwatchError as ours:
        return str(ours)


def _write_down(error: BaseException, arguments: list[str]) -> Path:
    """Write the traceback into the home, else into the system's folder for temporary files."""
    text = f"recordwatch {' '.join(arguments)}\n\n{''.join(traceback.format_exception(error))}"
    name = f"recordwatch-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    home = _home(arguments)
    if (home / "recordwatch.toml").is_file():
        try:
            (home / "logs").mkdir(exist_ok=True)
            file = home / "logs" / name
            file.write_text(text, "utf-8", "backslashreplace")
        except OSError:
            pass
        else:
            return file
    file = Path(tempfile.gettempdir()) / name
    file.write_text(text, "utf-8", "backslashreplace")
    return file


def _home(arguments: list[str]) -> Path:
    given = None
    for word, after in zip(arguments, [*arguments[1:], None], strict=True):
        if word == "--home":
            given = after
        elif word.startswith("--home="):
            given = word.removeprefix("--home=")
    return home_path(given)


def _last_words(sentence: str) -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _forget_output()
    try:
        sys.stderr.write(f"recordwatch: {sentence}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody listens


def _forget_output() -> None:
    """Let what is still in the buffer of standard output go nowhere, so that the exit is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
