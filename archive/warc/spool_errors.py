"""What a spool that takes no more bytes says."""

from __future__ import annotations

import errno
from pathlib import Path

from config.errors import RecordwatchError


class SpoolFull(RecordwatchError):
    """The disk of the spool is full, or its quota used up; what was journalled before is whole."""


class SpoolFailed(RecordwatchError):
    """The spool could not be written; what was journalled before is whole."""


def spool_error(error: OSError, path: Path) -> RecordwatchError:
    """The typed error of a failed write to the spool."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return SpoolFull(
            f"No room to archive: {error.strerror}", where=str(path), todo="Free space on this disk, then crawl again"
        )
    return SpoolFailed(f"The spool could not be written: {error.strerror or error}", where=str(path))
