"""JSON lines that hold secrets: written where nobody else can read them, and read back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from config.errors import ConfigError


def write(rows: Iterable[Any], out: Path | None) -> None:
    """Write `rows` to the file `out`, which its owner alone can read then; None: to standard output."""
    data = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    if out is None:
        sys.stdout.write(data.decode())
        return
    with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)


def read(file: Path) -> list[dict[str, Any]]:
    """The rows of `file`. Raises ConfigError for what is no export."""
    try:
        lines = file.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=dict[str, Any]) for line in lines if line.strip()]
    except msgspec.DecodeError as error:
        raise ConfigError(f"not an export: {error}", where=str(file)) from error
