"""Starts server processes, waits until its standard input ends, ends them and removes their folder.

Run as a process of its own by `tests.services.group`: however suddenly the tests die, the pipe closes.
Arguments: folder, name of the ending signal, user id or empty, JSON list of commands.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time


def main() -> None:
    """See the module's text."""
    folder, ending, user, commands = sys.argv[1:]
    with open(f"{folder}/log", "ab") as log:
        servers = [
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                start_new_session=True,
                user=int(user) if user else None,
                extra_groups=[] if user else None,
            )
            for command in json.loads(commands)
        ]
    try:
        sys.stdin.buffer.read()
    finally:
        for server in servers:
            _send(server, getattr(signal, f"SIG{ending}"))
        until = time.monotonic() + 5
        for server in servers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(max(0.0, until - time.monotonic()))
            _send(server, signal.SIGKILL)
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _send(server: subprocess.Popen[bytes], number: int) -> None:
    # The group, not the process: it may have left children.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, number)


if __name__ == "__main__":
    main()
