"""A misbehaving network in front of a real S3 server: a typed error, or success after a retry."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from archive.store import s3_multipart
from archive.store.base import ObjectMissing, StoreRefused, StoreUnavailable
from archive.store.retry import ATTEMPTS
from archive.store.s3 import S3Store
from config.errors import ConfigError
from config.home import StoreConfig
from tests.services.tcp_proxy import TcpProxy

PART = 1 << 20
PUT = rb"PUT /\S+/(object|big)"


@pytest.fixture
def proxy(swift_server):
    with TcpProxy(swift_server.port) as proxy:
        yield proxy


@pytest.fixture
def direct(swift_server):
    return S3Store(swift_server.config(part_bytes=PART))


@pytest.fixture
def store(swift_server, proxy, direct):
    """The same bucket as `direct`, through the proxy."""
    config = swift_server.config(direct.bucket, part_bytes=PART, endpoint=proxy.endpoint)
    store = S3Store(config, timeouts=(2.0, 2.0))
    store.put_bytes("first", b"the probe is done, connections are open")
    return store


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(os.urandom(3 * PART + 12345))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def read(store, key):
    with store.open(key) as stream:
        return stream.read()


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("reset", 0),
        ("status_500", 0),
        ("cut_upload", 60_000),
        ("corrupt_upload", 60_000),
        ("lose_answer", 0),
        ("hang", 0),
    ],
)
def test_one_failure_of_a_put_is_healed(store, direct, proxy, kind, after):
    data = os.urandom(200_000)
    plan = proxy.plan(kind, PUT, after=after)
    store.put_bytes("object", data)
    assert plan.hits == 1
    assert read(direct, "object") == data


@pytest.mark.parametrize(
    ("kind", "after"), [("reset", 0), ("status_500", 0), ("corrupt_upload", 60_000), ("cut_upload", 60_000)]
)
def test_a_lasting_failure_is_a_retryable_error_and_leaves_nothing(store, direct, proxy, kind, after):
    plan = proxy.plan(kind, PUT, after=after, times=1000)
    with pytest.raises(StoreUnavailable) as caught:
        store.put_bytes("object", os.urandom(200_000))
    assert caught.value.retryable
    assert "object" in caught.value.where
    assert proxy.endpoint in caught.value.where
    assert plan.hits == ATTEMPTS
    with pytest.raises(ObjectMissing):
        direct.stat("object")


@pytest.mark.parametrize(
    ("kind", "after"),
    [("reset", 0), ("status_500", 0), ("cut_upload", 500_000), ("corrupt_upload", 500_000), ("lose_answer", 0)],
)
def test_one_failure_of_a_part_is_healed(store, direct, proxy, big, kind, after):
    path, sha256 = big
    plan = proxy.plan(kind, rb"PUT /\S+partNumber=2", after=after)
    store.put_file("big", path, sha256=sha256)
    assert plan.hits == 1
    assert read(direct, "big") == path.read_bytes()
    sent = [line for line in proxy.requests if "partNumber" in line]
    assert len(sent) == 5, "only the broken part is sent again"


@pytest.mark.parametrize("kind", ["lose_answer", "reset", "status_500"])
def test_a_lost_answer_to_the_completion_is_healed(store, direct, proxy, big, kind):
    path, sha256 = big
    plan = proxy.plan(kind, rb"POST /\S+uploadId=")
    store.put_file("big", path, sha256=sha256)
    assert plan.hits == 1
    assert read(direct, "big") == path.read_bytes()


def test_a_part_that_never_arrives_leaves_no_object_and_no_upload(store, direct, proxy, big):
    path, sha256 = big
    proxy.plan("cut_upload", rb"PUT /\S+partNumber=3", after=500_000, times=1000)
    with pytest.raises(StoreUnavailable, match="part 3"):
        store.put_file("big", path, sha256=sha256)
    with pytest.raises(ObjectMissing):
        direct.stat("big")
    assert "Uploads" not in direct._client.list_multipart_uploads(Bucket=direct.bucket)
    proxy.heal()
    store.put_file("big", path, sha256=sha256)
    assert read(direct, "big") == path.read_bytes()


def test_a_broken_read_goes_on_where_it_broke(store, direct, proxy, big):
    path, sha256 = big
    direct.put_file("big", path, sha256=sha256)
    cuts = [proxy.plan("cut_download", rb"GET /\S+/big", after=after) for after in (300, 700_000, 1_500_000)]
    assert read(store, "big") == path.read_bytes()
    assert [cut.hits for cut in cuts] == [1, 1, 1]
    proxy.plan("cut_download", rb"GET /\S+/big", after=700_000)
    with store.open("big", 1_000_000, 1_200_000) as stream:
        assert stream.read() == path.read_bytes()[1_000_000:2_200_000]


def test_a_read_that_never_goes_on_is_an_error_not_a_short_object(store, direct, proxy, big):
    path, sha256 = big
    direct.put_file("big", path, sha256=sha256)
    with store.open("big") as stream:
        proxy.plan("reset", rb"GET /\S+/big", times=1000)
        for link in proxy._links:
            link.reset()
        with pytest.raises(StoreUnavailable):
            stream.read()


def test_a_read_never_mixes_two_objects(store, direct, proxy, big):
    path, sha256 = big
    direct.put_file("big", path, sha256=sha256)
    with store.open("big") as stream:
        stream.read(1000)
        # Somebody with the bucket's keys breaks the rule behind our back.
        direct._client.put_object(Bucket=direct.bucket, Key="big", Body=os.urandom(path.stat().st_size))
        for link in proxy._links:
            link.reset()
        with pytest.raises(StoreRefused, match="replaced"):
            stream.read()


def test_a_slow_server_is_waited_for(store, direct, proxy, big):
    path, sha256 = big
    proxy.plan("trickle", times=1000)
    store.put_file("big", path, sha256=sha256)
    assert read(store, "big") == path.read_bytes()


def test_a_store_that_is_down(swift_server):
    with TcpProxy(swift_server.port) as proxy:
        endpoint = proxy.endpoint
    store = S3Store(swift_server.config("nowhere", endpoint=endpoint), timeouts=(2.0, 2.0))
    for call in (
        lambda: store.put_bytes("k", b"x"),
        lambda: store.stat("k"),
        lambda: list(store.list()),
        lambda: read(store, "k"),
    ):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert endpoint in str(caught.value)


def test_wrong_secret_and_missing_bucket_are_permanent(swift_server, monkeypatch):
    store = S3Store(swift_server.config("no-such-bucket"))
    for call in (
        lambda: store.put_bytes("k", b"x"),
        lambda: store.stat("k"),
        lambda: list(store.list()),
        lambda: read(store, "k"),
    ):
        with pytest.raises(StoreRefused, match="bucket"):
            call()
    config = swift_server.config()
    monkeypatch.setenv(config.secret_key_env, "wrong")
    with pytest.raises(StoreRefused, match="access key"):
        S3Store(config).put_bytes("k", b"x")


def test_an_unknown_certificate_is_refused(swift_tls, swift_server):
    with pytest.raises(StoreRefused, match="ca_file"):
        S3Store(swift_tls.config(swift_server.new_bucket(), ca_file="")).stat("k")


def test_settings_are_checked():
    for config, named in [
        (StoreConfig(kind="s3"), "bucket"),
        (StoreConfig(kind="s3", bucket="b", access_key="x"), "secret_key_env"),
        (StoreConfig(kind="s3", bucket="b", part_bytes=10), "part_bytes"),
    ]:
        with pytest.raises(ConfigError) as caught:
            S3Store(config)
        assert named in caught.value.where


def test_killed_in_the_middle_of_an_upload(swift_server, direct, big, monkeypatch):
    path, sha256 = big
    config = swift_server.config(direct.bucket, part_bytes=PART)
    code = f"""
from pathlib import Path
from archive.store.s3 import S3Store
from config.home import StoreConfig
S3Store({config!r}).put_file("big", Path({str(path)!r}), sha256={sha256!r})
"""
    killed = subprocess.run([sys.executable, "-c", code], env=os.environ | {"RECORDWATCH_FAULT": "store.part:4"})
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(ObjectMissing):
        direct.stat("big")
    uploads = direct._client.list_multipart_uploads(Bucket=direct.bucket)["Uploads"]
    assert [upload["Key"] for upload in uploads] == ["big"]
    direct.put_file("big", path, sha256=sha256)
    assert read(direct, "big") == path.read_bytes()
    assert direct.clean() == 0, "an upload this young may belong to a living process"
    monkeypatch.setattr(s3_multipart, "STALE", timedelta(days=-1))
    assert direct.clean() == 1
    assert "Uploads" not in direct._client.list_multipart_uploads(Bucket=direct.bucket)
    assert read(direct, "big") == path.read_bytes()


def test_a_service_that_ignores_conditions_is_noticed(direct, monkeypatch):
    real = direct._client.put_object
    monkeypatch.setattr(
        direct._client, "put_object", lambda **given: real(**{k: v for k, v in given.items() if k != "IfNoneMatch"})
    )
    assert direct._honours_conditions() is False
    direct.put_bytes("k", b"first")
    direct.put_bytes("k", b"first")
    with pytest.raises(Exception, match="other content"):
        direct.put_bytes("k", b"second")
    assert read(direct, "k") == b"first"
