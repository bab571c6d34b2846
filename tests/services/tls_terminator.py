"""HTTPS in front of a plain server: `with tls_terminator(port) as (tls_port, ca_file):`."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.services.tcp_proxy import TcpProxy


@contextmanager
def tls_terminator(port: int) -> Iterator[tuple[int, str]]:
    """Forward TLS connections to `port` on loopback. `ca_file`: PEM of the authority made for this."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    with tempfile.TemporaryDirectory() as folder:
        ca_file = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(ca_file)
        with TcpProxy(port, context=context) as proxy:
            yield proxy.port, str(ca_file)
