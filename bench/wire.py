"""The wire client alone, into a sink that drops everything: MB/s of one large body, CPU of small requests.

    python bench/wire.py [--gib 2] [--requests 5000] [--loop uvloop|asyncio]

The server is a process of its own; CPU and RSS are this process's. Each figure is the median of
three alternating runs.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import socket
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import trustme
import uvloop

from archive.model import Archived, Failure, Peer
from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeLimits, WireRequest

SMALL = b"x" * 4000
LIMITS = ExchangeLimits()


class NullSink:
    """Counts entity bytes."""

    entity = 0

    def connected(self, peer: Peer) -> None: ...
    def sent(self, data: bytes) -> None: ...
    def interim(self, raw: bytes) -> None: ...
    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None: ...

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        del raw
        self.entity += len(entity)

    async def finish(self) -> Archived:
        return Archived("", datetime.now(UTC), "", 200, "", self.entity, None)

    async def fail(self, failure: Failure) -> Archived:
        raise SystemExit(failure.error)


def serve(listener: socket.socket, body_bytes: int, pem: str) -> None:
    """Answer /small, /large and /chunked on one connection at a time, until killed."""
    context = None
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    block = bytes(range(256)) * 4096
    chunk = b"%x\r\n%s\r\n" % (16384, block[:16384]) * 64
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            sock = context.wrap_socket(sock, server_side=True)
        while request := sock.recv(65536):
            if b"/small" in request:
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4000\r\n\r\n" + SMALL)
            elif b"/chunked" in request:
                sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in range(body_bytes >> 20):
                    sock.sendall(chunk)
                sock.sendall(b"0\r\n\r\n")
            else:
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % body_bytes)
                for _ in range(body_bytes >> 20):
                    sock.sendall(block)
        sock.close()


async def body(client: WireClient, url: str, size: int) -> tuple[float, float]:
    """MB/s, and CPU seconds per GB."""
    sink = NullSink()
    start, cpu = time.perf_counter(), time.process_time()
    await client.exchange(WireRequest(url), sink, LIMITS)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert sink.entity == size
    return size / wall / 1e6, cpu / (size / 1e9)


async def small(client: WireClient, url: str, count: int) -> tuple[float, float]:
    """Requests per second, and CPU milliseconds per request."""
    headers = ((b"User-Agent", b"recordwatch"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip"))
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        await client.exchange(WireRequest(url, headers=headers), NullSink(), LIMITS)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return count / wall, cpu / count * 1000


async def main(plain: str, secure: str, ca_file: str, size: int, count: int) -> None:
    runs: dict[str, list[tuple[float, float]]] = {}
    for _ in range(3):
        for scheme, base in (("http", plain), ("https", secure)):
            client = WireClient(NetworkPolicy(lambda _: True), ca_file=ca_file)
            runs.setdefault(f"{scheme} length", []).append(await body(client, base + "/large", size))
            runs.setdefault(f"{scheme} chunked", []).append(await body(client, base + "/chunked", size))
            runs.setdefault(f"{scheme} small", []).append(await small(client, base + "/small", count))
            await client.close()
    for name, figures in runs.items():
        speed, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        units = ("requests/s", "ms CPU per request") if "small" in name else ("MB/s", "CPU s/GB")
        print(f"{name:14} {speed:8.0f} {units[0]:11} {cpu:6.3f} {units[1]}")
    print(f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--gib", type=float, default=2)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    options = parser.parse_args()
    total = int(options.gib * 1024) << 20
    with tempfile.TemporaryDirectory() as folder:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(f"{folder}/ca.pem")
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(f"{folder}/server.pem")
        processes = []
        urls = []
        for scheme, pem in (("http", ""), ("https", f"{folder}/server.pem")):
            listener = socket.create_server(("127.0.0.1", 0))
            urls.append(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
            process = multiprocessing.Process(target=serve, args=(listener, total, pem), daemon=True)
            process.start()
            processes.append(process)
        try:
            factory = uvloop.new_event_loop if options.loop == "uvloop" else None
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(main(urls[0], urls[1], f"{folder}/ca.pem", total, options.requests))
        finally:
            for process in processes:
                process.kill()
