"""The site that the comparisons fetch: a portal of small URLs, served by nginx on loopback; and what a command costs.

A portal of N cases is 41 listing pages, a page per case and three small PDFs per case, the same bytes
every time. With the usual 2,000 cases that is 8,041 URLs.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTINGS = 41
CASES = 2000
MIB = 1 << 20

# Without byte code every process would compile its imports again; installed programs have theirs.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

PROGRAMS = {
    "nginx": "the server; `apt install nginx-light`, `dnf install nginx` or `brew install nginx`",
    "wget": "a competitor; `apt install wget`, `dnf install wget` or `brew install wget`",
    "curl": "a competitor; `apt install curl`, `dnf install curl` or `brew install curl`",
}


def need(*names: str) -> None:
    """Ends the script, with a word on how to get them, when a program is not on the PATH."""
    missing = [f"{name} ({PROGRAMS[name]})" for name in names if not find(name)]
    if missing:
        sys.exit("not on the PATH: " + ", ".join(missing))


def find(name: str) -> str | None:
    """Where a program is; nginx often lies where only root looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


@contextlib.contextmanager
def workshop() -> Iterator[Path]:
    """A folder for one script, removed at its end; in RECORDWATCH_BENCH when that is set."""
    folder = Path(tempfile.mkdtemp(prefix="recordwatch-bench-", dir=os.environ.get("RECORDWATCH_BENCH")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build_portal(folder: Path, cases: int = CASES) -> list[str]:
    """Writes the portal's files into `folder`; returns every path, `/` first."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvwy", k=chance.randint(2, 11))) for _ in range(2500)]

    def prose(sentences: int) -> list[str]:
        return [" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(sentences)]

    paths: list[str] = []

    def write(path: str, body: bytes) -> None:
        file = folder / (f"{path}index.html" if path.endswith("/") else path).lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        os.utime(file, (1_700_000_000, 1_700_000_000))
        paths.append(path)

    def page(title: str, main: str) -> bytes:
        pages = "".join(f'<li><a href="{listing(n)}">{n + 1}</a></li>' for n in range(LISTINGS))
        return (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>'
            f"<nav><ul>{pages}</ul></nav><main><h1>{title}</h1>{main}</main><footer>FICTIONAL</footer></body></html>"
        ).encode()

    def listing(number: int) -> str:
        return "/" if number == 0 else f"/list/{number + 1}/"

    per_page = -(-cases // LISTINGS)
    for number in range(LISTINGS):
        rows = "".join(
            f'<tr><td><a class="case" href="/case/{n:05}.html">Case {n:05}</a></td><td>{prose(1)[0]}</td></tr>'
            for n in range(number * per_page, min(cases, (number + 1) * per_page))
        )
        write(listing(number), page(f"Cases, page {number + 1}", f"<table>{rows}</table>"))
    for n in range(cases):
        files = [f"/files/{n:05}/{kind}.pdf" for kind in ("summary", "report", "photo-log")]
        links = "".join(f'<li><a href="{path}">{Path(path).stem} of case {n:05}</a></li>' for path in files)
        text = "".join(f"<p>{sentence}</p>" for sentence in prose(30))
        write(f"/case/{n:05}.html", page(f"Case {n:05}", f"{text}<ul>{links}</ul>"))
        for path in files:
            write(path, pdf(f"{Path(path).stem} of case {n:05}", prose(40)))
    return paths


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """A PDF of one page whose text is compressed, as nearly every PDF is: a crawler must not take it for text."""
    drawn = [f"BT /F1 11 Tf 60 790 Td 16 TL ({title}) Tj T*", *(f"({line}) Tj T*" for line in lines), "ET"]
    stream = zlib.compress("\n".join(drawn).encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
    ]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table_at = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table_at)


def build_large(file: Path, size: int) -> None:
    """`size` bytes that no compressor shortens; each 8 MiB differ from the others."""
    block = os.urandom(8 * MIB - 8)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        for number in range(size // (8 * MIB)):
            out.write(number.to_bytes(8, "big") + block)


class Nginx:
    """nginx, one worker, serving `root`. With `log`, each request is a line: status, body bytes, method, path.
    `say`: further directives, such as which validators it sends.
    """

    def __init__(self, folder: Path, root: Path, *, log: bool = False, say: str = "") -> None:
        need("nginx")
        self.log = folder / "access.log"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(
            f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        access = f'log_format counted "$status $body_bytes_sent $request_method $uri"; access_log {self.log} counted;'
        (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit; {user}
events {{ worker_connections 512; }}
http {{
  {temporary} {access if log else "access_log off;"}
  types {{ text/html html; application/pdf pdf; video/mp4 mp4; }}
  sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 300s; open_file_cache max=20000;
  server {{ listen 127.0.0.1:{port} backlog=1024; root {root}; {say} }}
}}
""")
        command = [find("nginx") or "nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.close()
                    sys.exit(f"nginx did not come up: {(self._process.stderr or sys.stdin).read()!r}")
                time.sleep(0.01)

    def counted(self) -> tuple[int, int, int]:
        """Requests since the last call, how many of them were answered 304, and body bytes sent."""
        lines = [line.split(" ", 3) for line in self.log.read_text("utf-8").splitlines()]
        os.truncate(self.log, 0)
        return len(lines), sum(line[0] == "304" for line in lines), sum(int(line[1]) for line in lines)

    def close(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Nginx:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class Cost:
    """What one command cost, with all its processes: seconds, user and system CPU seconds, peak RSS in MB."""

    wall: float
    cpu: float
    rss: float
    """Sum of its processes' peaks."""
    code: int
    said: dict[str, Any]
    """The last line of its output, when that is a JSON object."""


def measure(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    good: Iterable[int] = (0,),
    environment: Mapping[str, str] = _ENVIRONMENT,
) -> Cost:
    """Runs `command` to its end. Ends the script when it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(word) for word in command], cwd=cwd, env=environment, stdout=out, stderr=err)
        peaks: dict[int, int] = {}
        over = threading.Event()
        watching = threading.Thread(target=_watch, args=(process.pid, peaks, over))
        watching.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        over.set()
        watching.join()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, wrong = out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace")
    if code not in set(good):
        sys.exit(f"{' '.join(map(str, command))[:300]} ended with {code}\n{wrong[-3000:]}")
    said: dict[str, Any] = {}
    with contextlib.suppress(ValueError, IndexError):
        said = json.loads(text.splitlines()[-1])
    # ru_maxrss of a child is never less than its parent's was, so it serves only where no sample was taken.
    rss = (sum(peaks.values()) or usage.ru_maxrss) / 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, rss, code, said if isinstance(said, dict) else {})


def _watch(root: int, peaks: dict[int, int], over: threading.Event) -> None:
    while not over.wait(0.02):
        for pid in [root, *_below(root)]:
            with contextlib.suppress(OSError, ValueError, IndexError):
                status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
                peak = int(status.split("VmHWM:", 1)[1].split(None, 1)[0])
                peaks[pid] = max(peaks.get(pid, 0), peak)


def _below(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        children = [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text("ascii").split()
        ]
        return [*children, *(deeper for child in children for deeper in _below(child))]
    return []


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians, each figure for itself; what was said comes from the last."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.rss for cost in costs),
        costs[-1].code,
        costs[-1].said,
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table in Markdown, as docs/reference/performance.md has it."""
    lines = [head, ["---"] * len(head), *rows]
    sys.stdout.write("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n")
    sys.stdout.flush()


def verdict(what: str, ratio: float, bound: float, *, most: bool = False, unit: str = "") -> None:
    """One target: what was reached, what must be, and whether it is."""
    good = ratio <= bound if most else ratio >= bound
    sign = "≤" if most else "≥"
    sys.stdout.write(f"{'met   ' if good else 'MISSED'} {what}: {ratio:.4g}{unit}, target {sign} {bound:g}{unit}\n")
    sys.stdout.flush()


def portal_file(url: str, *, slug: str = "bench", connections: int = 8, more: str = "") -> str:
    """A portal file without delay, several connections, robots.txt obeyed."""
    return f"""
slug = "{slug}"
name = "Bench (FICTIONAL)"
agency = "Nobody"
place = "Nowhere"
url = "{url}/"
spider = "pages"
allow_private_network = true
[politeness]
delay = 0.0
connections = {connections}
{more}
"""


def make_home(folder: Path, portal: str, *, slug: str = "bench", settings: str = "") -> Path:
    """A home with one portal, without the command line's help."""
    for name in ("portals", "spool", "locks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "recordwatch.toml").write_text(settings, "utf-8")
    (folder / "portals" / f"{slug}.toml").write_text(portal, "utf-8")
    return folder
