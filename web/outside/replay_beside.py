"""Serves replay beside the newsroom, in a process of its own: the feed, the component that asks it, and the gate in front.

    browser ──ticket──► gate (newsroom.replay_listen) ──socket──► pywb ──secret──► feed (loopback) ──► catalog, store

Started by `web.beside` where the component is installed, and ended with it; the component is started again when it dies.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from config.home import open_home
from web.beside import HOPELESS, pause
from web.outside.replay_component import Component, folder_of, found

LOOK = 0.5
"""Seconds between two looks at whether the component lives, and who started us."""
_PAGES = {
    "not_found.html": "<!doctype html><title>Not archived</title><p>This address was never captured, or is not shown:</p>"
    "<p>{{ url | e }}</p>",
    "error.html": "<!doctype html><title>Not shown</title><p>The archive has no answer that can be shown here.</p>",
    "banner.html": "", "custom_banner.html": "", "index.html": "", "collinfo.json": "", "search.html": "", "query.html": "",
}  # fmt: skip
"""In place of pages of the component's own."""
log = logging.getLogger("recordwatch.replay")


def main(path: str) -> int:
    """Serve until told to stop, or until who started us is gone."""
    stopped, parent = threading.Event(), os.getppid()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    from web.start import configure

    home = open_home(path)
    component = found(folder_of(home))
    if component is None:
        return HOPELESS
    holdings = configure(home)
    # Imported late: they know the catalog's tables, which are ready only now.
    from web.outside.replay_gate import Gate, Origin
    from web.outside.replay_origin import links_of
    from web.outside.replay_serving import Counted, Feed, served

    Feed.holdings, Feed.secret = holdings, secrets.token_urlsafe(32)
    folder = Path(tempfile.mkdtemp(prefix="recordwatch-replay-"))
    servers: list[Counted] = []
    try:
        feed = served(("127.0.0.1", 0), Feed, servers)
        shelf = secrets.token_hex(16)
        _configured(folder, shelf, f"http://127.0.0.1:{feed.server_address[1]}/{Feed.secret}")
        Gate.origin = Origin(links_of(home), folder / "socket", shelf)
        host, _, port = home.settings.newsroom.replay_listen.rpartition(":")
        try:
            served((host.strip("[]"), int(port)), Gate, servers)
        except OSError as error:
            log.warning("replay cannot be served at %s: %s", home.settings.newsroom.replay_listen, error.strerror)
            return HOPELESS
        _kept_up(component, folder, lambda: stopped.wait(LOOK) or os.getppid() != parent)
        return 0
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        shutil.rmtree(folder, ignore_errors=True)


def _configured(folder: Path, shelf: str, feed: str) -> None:
    """The component's configuration (YAML takes JSON); in a folder that nobody else may enter."""
    (folder / "templates").mkdir()
    for name, text in _PAGES.items():
        (folder / "templates" / name).write_text(text, "utf-8")
    said = {
        "framed_replay": False,
        "enable_auto_fetch": False,
        "fuzzy_search_limit": 1,
        "collections": {shelf: {"index": f"cdx+{feed}/index", "archive_paths": f"{feed}/member/"}},
    }
    (folder / "config.yaml").write_text(json.dumps(said), "utf-8")


def _kept_up(component: Component, folder: Path, ended: Callable[[], bool]) -> None:
    """Run the component until `ended()`."""
    process = _started(component, folder)
    began, rest, died = time.monotonic(), 0.0, 0.0
    try:
        while not ended():
            if process is not None and process.poll() is None:
                continue
            if not died:
                died = time.monotonic()
                rest = pause(rest, died - began)
                why = "it cannot be started" if process is None else process.returncode
                log.warning("the replay component ended (%s); it is started again in %d s", why, rest)
            if time.monotonic() - died >= rest:
                process, began, died = _started(component, folder), time.monotonic(), 0.0
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # at once: nothing is lost
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _started(component: Component, folder: Path) -> subprocess.Popen[bytes] | None:
    """None where it cannot be: removed meanwhile, say. It gets nothing of our surroundings: no proxy, no credentials; and
    what it says is what people look at, so nobody keeps it.
    """
    words = ["-m", "gunicorn", "--bind", f"unix:{folder / 'socket'}", "--worker-class", "gevent", "--workers", "1",
             "--umask", "63", "--no-control-socket", "--graceful-timeout", "2", "--timeout", "120",
             "--worker-tmp-dir", str(folder), "pywb.apps.wayback:application"]  # fmt: skip
    environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", "NO_PROXY": "*", "no_proxy": "*"}
    null = subprocess.DEVNULL
    command = [str(component.python), "-W", "ignore", *words]
    try:
        (folder / "socket").unlink(missing_ok=True)
        return subprocess.Popen(command, cwd=folder, env=environment, stdin=null, stdout=null, stderr=null)
    except OSError:
        return None


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="recordwatch: %(message)s")
    sys.exit(main(sys.argv[1]))
