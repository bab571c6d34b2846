"""A long line reaches whoever reads it whole, also where Python's own buffer is switched off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
INTERRUPTED = """
import signal, sys
from cli.screen import prepare
prepare()
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)  # a write that is interrupted takes a part of the line
try:
    sys.stdout.write("x" * 8_000_000 + "\\n")
    sys.stdout.flush()
finally:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)  # one that is under way finds nobody at home
"""


def test_a_long_line_is_never_cut_short() -> None:
    for unbuffered in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", INTERRUPTED],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            capture_output=True,
        )
        assert (done.returncode, len(done.stdout), done.stderr) == (0, 8_000_001, b"")
