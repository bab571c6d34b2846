"""A host that refuses our TLS: `true` says so in a sentence, `"direct"` reads it, under the same rules."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from crawler.capture import retry
from tests.browser.scene import DETAIL, PORTAL, Scene
from tests.replicas.spa import ODD, SpaReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
DIRECT = PORTAL.replace("browser = true", 'browser = "direct"')


def greases(hello: bytes) -> bool:
    """Whether a ClientHello's first cipher suite is a reserved one (RFC 8701), as Chromium's is and no library's."""
    session = 5 + 4 + 2 + 32  # record and handshake headers, version, random
    suites = session + 1 + hello[session] + 2
    return hello[suites] & 0x0F == 0x0A and hello[suites] == hello[suites + 1]


class Picky(SpaReplica):
    """Speaks TLS with Chromium alone. Its certificate comes with its authority's, as Chromium is told to trust that."""

    def __init__(self, *hazards: str) -> None:
        super().__init__(*hazards)
        self.turned_away = 0
        authority = trustme.CA()
        leaf = authority.issue_cert(*self.hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        with leaf.private_key_and_cert_chain_pem.tempfile() as chain:
            Path(chain).write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())
            context.load_cert_chain(chain)
        self.authority, self.context, self._server.context = authority, context, context
        finish = self._server.finish_request

        def choosy(request: socket.socket, address: Any) -> None:
            hello = request.recv(512, socket.MSG_PEEK)
            if hello[:1] == b"\x16" and not greases(hello):
                self.turned_away += 1
                request.close()
                return
            finish(request, address)

        self._server.finish_request = choosy  # type: ignore[method-assign, assignment]


@pytest.fixture
def picky() -> Iterator[Picky]:
    retry.set_sleeping(False)
    with Picky() as replica:
        yield replica
    retry.set_sleeping(True)


def test_what_refuses_our_tls_is_read_directly(verb: Verb, tmp_path: Path, picky: Picky):
    picky.hazards |= {"redirect", "cookies", "digest", "post"}
    for key in list(picky.cases)[2:]:
        del picky.cases[key]
    scene = Scene(verb, tmp_path, picky, DIRECT + DETAIL)
    plain = scene.file.read_text("utf-8").replace('"direct"', "true")
    scene.file.write_text(plain, "utf-8")
    said = scene.crawl(code=3)
    assert picky.turned_away
    assert "down" in said.out
    assert 'browser = "direct"' in said.out

    scene.file.write_text(plain.replace("browser = true", 'browser = "direct"'), "utf-8")
    turned = picky.turned_away
    said = scene.crawl()
    assert "healthy — 2 records, 2 files" in said.out, said.out
    assert picky.turned_away == turned, "nothing went another way"
    told = [one for one in scene.archived() if one.headers.get("Recordwatch-Told-By")]
    kinds = {one.kind for one in told}
    assert kinds >= {"request", "response"}
    assert all(one.headers["Recordwatch-Told-By"].startswith("Chromium ") for one in told)
    archived = scene.exchanges()
    served = scene.served()
    assert {one for one in archived if one.status == 200} == {one for one in served if one.status == 200}
    assert sum(archived.values()) == sum(served.values()), "redirects included"
    bodies = [
        one.body for one in told if one.headers["WARC-Target-URI"].endswith("/odd.bin") and one.kind == "response"
    ]
    assert bodies == [ODD]
    assert {asked.headers["user-agent"].split("/")[0] for asked in picky.asked} == {"recordwatch"}
    sent = {asked.path: asked.headers.get("cookie", "") for asked in picky.asked}
    assert sent["/list"] == "route=a"
    assert sent["/api/session"] == "route=a; seen=by-script"
    hosts = {one.headers["WARC-Target-URI"].split("/")[2] for one in told}
    assert hosts == set(picky.hosts)
    assert verb("verify", "--full", "--home", scene.home).code == 0
