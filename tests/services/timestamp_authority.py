"""A real RFC 3161 authority on loopback: a small HTTP server around `openssl ts -reply`."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test timestamp root
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/leaf.pem
signer_key = {folder}/leaf.key
certs = {folder}/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


@dataclass
class TimestampAuthority:
    """`mode`: `good`, `error` (HTTP 500), `garbage`, `replay` (an old answer to every question)."""

    url: str
    ca_file: Path
    mode: str = "good"
    asked: int = 0


@contextmanager
def timestamp_authority() -> Iterator[TimestampAuthority]:
    """Make a root, a timestamping certificate and a server that signs with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _certificates(folder)
        state = TimestampAuthority("", folder / "root.pem")
        answers: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                state.asked += 1
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = b"this is no timestamp" if state.mode == "garbage" else _reply(folder, query)
                answers.append(answer)
                answer = answers[0] if state.mode == "replay" else answer
                self.send_response(500 if state.mode == "error" else 200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            state.url = f"http://127.0.0.1:{server.server_port}/"
            try:
                yield state
            finally:
                server.shutdown()
                thread.join()


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def _certificates(folder: Path) -> None:
    (folder / "conf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    new = ["req", "-config", "conf", "-newkey", "rsa:2048", "-nodes"]
    _openssl(folder, *new, "-x509", "-extensions", "root", "-days", "30", "-keyout", "root.key", "-out", "root.pem")
    _openssl(folder, *new, "-subj", "/CN=Test timestamper", "-keyout", "leaf.key", "-out", "leaf.csr")
    sign = [
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-CAcreateserial",
        "-days",
        "30",
    ]
    _openssl(folder, *sign, "-extfile", "conf", "-extensions", "leaf", "-out", "leaf.pem")


def _reply(folder: Path, query: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "query").write_bytes(query)
        reply = Path(name) / "reply"
        _openssl(
            folder, "ts", "-reply", "-config", "conf", "-section", "authority",
            "-queryfile", f"{name}/query", "-out", str(reply),
        )  # fmt: skip
        return reply.read_bytes()
