"""The one root of every error recordwatch raises on purpose.

A reader gets one clear sentence: what failed, where (URL, key, file), and what to do about it.
Whether a retry can help is part of the type, so that tenacity never has to guess.
"""

from __future__ import annotations


class RecordwatchError(Exception):
    """Something failed in a way a person should read about.

    Args:
        what: what happened, one sentence without a full stop.
        where: the URL, object key, file or portal it happened at; may be empty.
        todo: what the reader can do now; may be empty.
    """

    retryable: bool = False
    """True when the same call may succeed later without anyone changing anything."""

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(what, where, todo)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f". {self.todo}" if self.todo else ""
        return f"{self.what}{place}{advice}"


class ConfigError(RecordwatchError):
    """A setting is missing, of the wrong type or out of range; `where` names file and key."""


class RetryableError(RecordwatchError):
    """A failure that may pass by itself: a busy server, a cut connection, a database restart."""

    retryable = True
