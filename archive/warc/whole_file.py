"""A WARC that is written at once: it appears whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.warc.naming import OPEN
from archive.warc.open_file import file_sha256, sync_folder
from archive.warc.spool_errors import spool_error
from config.faults import fault


@dataclass(slots=True)
class Seal:
    """Of the finished file; known when the block is left."""

    sha256: str = ""
    """Lowercase hex."""
    size: int = 0


@contextmanager
def whole_warc(folder: Path, name: str) -> Iterator[tuple[BinaryIO, Seal]]:
    """`folder/name`, to be written by the block: under a name that `recover` removes, and renamed when it is durable.

    Raises:
        SpoolFull, SpoolFailed, for an OSError of the block's too. Nothing is left behind then.
    """
    final, seal = folder / name, Seal()
    part = final.with_name(name + OPEN)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as out:
            yield out, seal
            seal.size = out.tell()
            out.flush()
            os.fsync(out.fileno())
        seal.sha256 = file_sha256(part)
        part.rename(final)
        sync_folder(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise spool_error(error, folder) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fault("warc.sealed")
