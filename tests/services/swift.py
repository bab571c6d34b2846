"""A real S3 server for tests: OpenStack Swift with its s3api, `with swift() as server:`.

Installed apart, in `.services/` (see requirements.lock here), because its dependencies are not ours.
It checks Content-MD5 and signatures, honours `If-None-Match: *`, and does multipart; it ignores
object-lock headers. It keeps attributes in xattrs, so the temporary folder must have them.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from config.home import StoreConfig
from tests.services.group import folder, free_port, listening, running

SERVICES = Path(os.environ.get("RECORDWATCH_SERVICES", Path(__file__).parents[2] / ".services"))
ACCESS_KEY = "test:tester"
SECRET_KEY = "testing"
SECRET_ENV = "RECORDWATCH_TEST_SECRET"


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it listens and who may come in."""

    endpoint: str
    access_key: str
    secret_key: str
    port: int
    ca_file: str = ""

    def config(self, bucket: str = "", **more: Any) -> StoreConfig:
        """The `[store]` settings for `bucket`, by default a new one. Puts the secret into the environment."""
        os.environ[SECRET_ENV] = self.secret_key
        known: dict[str, Any] = {
            "kind": "s3",
            "bucket": bucket or self.new_bucket(),
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "secret_key_env": SECRET_ENV,
            "ca_file": self.ca_file,
        }
        return StoreConfig(**(known | more))

    def new_bucket(self) -> str:
        """Make an empty bucket; returns its name."""
        name = f"test-{uuid.uuid4().hex}"
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            verify=self.ca_file or None,
            config=Config(s3={"addressing_style": "path"}),
        )
        try:
            client.create_bucket(Bucket=name)
        finally:
            client.close()
        return name


@contextmanager
def swift(*, min_part_bytes: int = 1 << 20) -> Iterator[S3Server]:
    """Start Swift (about 2 s) and yield it. `min_part_bytes`: the smallest part but the last it takes."""
    python = SERVICES / "bin" / "python"
    if not python.exists():
        raise RuntimeError(f"{python} is missing: `make services` installs Swift there")
    with folder("recordwatch-swift-") as path:
        _need_xattrs(path)
        ports = {"proxy": free_port(), "account": free_port(), "container": free_port(), "object": free_port()}
        _rings(path, ports)
        _configs(path, ports, min_part_bytes)
        commands = [
            [str(python), str(SERVICES / "bin" / f"swift-{kind}-server"), str(path / f"{kind}.conf")] for kind in ports
        ]
        endpoint = f"http://127.0.0.1:{ports['proxy']}"
        with running(path, commands, ready=lambda: all(map(listening, ports.values())) and _healthy(endpoint)):
            yield S3Server(endpoint, ACCESS_KEY, SECRET_KEY, ports["proxy"])


def _rings(path: Path, ports: dict[str, int]) -> None:
    # One Python for all three rings: starting it costs more than the rings do.
    code = """
import sys
from swift.common.ring import RingBuilder
for spec in sys.argv[1:]:
    kind, port = spec.split(":")
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 1.0,
                     "replication_ip": "127.0.0.1", "replication_port": int(port)})
    builder.rebalance()
    builder.get_ring().save(f"{kind}.ring.gz")
"""
    specs = [f"{kind}:{port}" for kind, port in ports.items() if kind != "proxy"]
    subprocess.run([SERVICES / "bin" / "python", "-c", code, *specs], cwd=path, check=True, capture_output=True)


def _configs(path: Path, ports: dict[str, int], min_part_bytes: int) -> None:
    (path / "devices" / "d1").mkdir(parents=True)
    (path / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = tests\n\n[storage-policy:0]\nname = only\ndefault = yes\n\n"
    )
    for kind, port in ports.items():
        common = (
            f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nuser = {getpass.getuser()}\n"
            f"swift_dir = {path}\ndevices = {path / 'devices'}\nmount_check = false\n"
            "disable_fallocate = true\nfallocate_reserve = 0\nlog_level = WARNING\n"
            f"recon_cache_path = {path}\n\n"
        )
        if kind != "proxy":
            common += f"[pipeline:main]\npipeline = {kind}-server\n\n[app:{kind}-server]\nuse = egg:swift#{kind}\n"
        else:
            common += _PROXY.format(min_part_bytes=min_part_bytes)
        (path / f"{kind}.conf").write_text(common)


_PROXY = """[pipeline:main]
pipeline = catch_errors healthcheck proxy-logging cache s3api tempauth bulk slo copy versioned_writes symlink proxy-logging proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 30

[filter:catch_errors]
use = egg:swift#catch_errors
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
dns_compliant_bucket_names = true
min_segment_size = {min_part_bytes}
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
minimum_segment_size = 1
rate_limit_after_segment = 10000
[filter:copy]
use = egg:swift#copy
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""


def _healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/healthcheck", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _need_xattrs(path: Path) -> None:
    if sys.platform != "linux":
        return
    try:
        os.setxattr(path, "user.probe", b"1")
    except OSError as error:
        raise RuntimeError(
            f"Swift needs a temporary folder with extended attributes; {path} has none: set TMPDIR"
        ) from error
