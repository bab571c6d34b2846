"""One thing that `doctor` looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from config.errors import RecordwatchError

State = Literal["works", "absent", "doubtful", "broken"]


class Line(msgspec.Struct, frozen=True):
    """As `doctor --json` prints it."""

    name: str
    state: State
    """works; absent: not here, and nothing that is configured asks for it; doubtful: works, and should be looked
    after; broken: something that is configured does not work.
    """
    said: str
    """What it is and gives, or what is wrong: one sentence without a full stop."""
    version: str = ""
    todo: str = ""
    """How to get or mend it."""


def looked(name: str, check: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """The lines of `check`; whatever it raises is a broken line: one fault hides none of the others."""
    try:
        yield from check()
    except RecordwatchError as error:
        yield wrong(name, error)
    except OSError as error:
        yield Line(name, "broken", refused(error))
    except Exception as error:
        yield Line(name, "broken", f"{type(error).__name__}: {error}")


def refused(error: OSError) -> str:
    """What the system refuses, and of what."""
    said = error.strerror or str(error)
    return f"{error.filename}: {said}" if error.filename else said


def wrong(name: str, error: RecordwatchError, state: State = "broken") -> Line:
    """An error as a line."""
    return Line(name, state, f"{error.where}: {error.what}" if error.where else error.what, todo=error.todo)
