"""A home whose hosts are replicas: what the real command needs to crawl them as if they were out there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.replicas.server import PlatformReplica


def replica_home(path: Path, replicas: Iterable[PlatformReplica]) -> Path:
    """A home at `path` that resolves the replicas' hosts to them, and trusts their certificates."""
    path.mkdir(parents=True)
    resolve: Mapping[str, str] = {}
    authorities = b""
    for replica in replicas:
        resolve = {**resolve, **replica.resolve}
        authorities += replica.authority.cert_pem.bytes()
    (path / "authorities.pem").write_bytes(authorities)
    lines = ["[operator]", 'name = "a test"', 'contact = "test@example.org"', "[resolve]"]
    lines += [f'"{host}" = "{place}"' for host, place in resolve.items()]
    settings = "\n".join([f'ca_file = "{path / "authorities.pem"}"', *lines])
    (path / "recordwatch.toml").write_text(settings + "\n", "utf-8")
    return path


def written(path: Path, toml: str) -> Path:
    """A portal file that may be crawled on this machine."""
    path.write_text("allow_private_network = true\n" + toml, "utf-8")
    return path
