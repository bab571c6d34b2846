"""What the WARC writer costs: small exchanges per second, one large body's MB/s and peak RSS.

    python bench/warc_writer.py [--small 20000] [--large-mib 2048] [--folder DIR]

Pages are text-like with unique content; the large body is incompressible. CPU of the writer's thread
is read from the kernel. Each figure is one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.model import Peer
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.fixity import verify_record
from archive.warc.index import scan
from archive.warc.reader import WarcReader

HEAD = b'HTTP/1.1 200 OK\r\nServer: nginx/1.26\r\nDate: Sat, 21 Nov 2026 23:00:00 GMT\r\nContent-Type: %b\r\nContent-Length: %d\r\nConnection: keep-alive\r\nETag: "65a1-5f3e"\r\n\r\n'
REQUEST = b"GET /cases/%d HTTP/1.1\r\nHost: portal.example\r\nUser-Agent: recordwatch/0.1 (+https://example.org/bot)\r\nAccept: */*\r\n\r\n"
PEER = Peer("192.0.2.7", ("http/1.1",))


def writer_in(folder: Path) -> CrawlWriter:
    return CrawlWriter(
        folder,
        portal="bench",
        crawl="019aaaaa-1234-7abc-8def-0123456789ab",
        info={"software": "bench"},
        known=lambda _digests: {},
    )


def pages(count: int) -> list[bytes]:
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 11))) for _ in range(3000)]
    return [
        ("<p>" + "</p>\n<p>".join(" ".join(chance.choices(words, k=12)) for _ in range(100))).encode()
        for _ in range(count)
    ]


async def small(folder: Path, count: int) -> dict[str, float]:
    bodies = pages(400)
    writer = writer_in(folder)
    thread_cpu = 0.0

    async def one(n: int) -> None:
        sink = writer.begin(f"https://portal.example/cases/{n}", "GET")
        body = b"%d" % n + bodies[n % 400]
        sink.connected(PEER)
        sink.sent(REQUEST % n)
        sink.head(HEAD % (b"text/html", len(body)), 200, [])
        await sink.data(body, body)
        await sink.finish()

    async def worker(numbers: range) -> None:
        for n in numbers:
            await one(n)

    began, cpu = time.perf_counter(), time.process_time()
    loop_cpu = time.thread_time()
    await asyncio.gather(*(worker(range(start, count, 16)) for start in range(16)))
    thread_cpu = writer.call(time.thread_time)
    took, cpu, loop_cpu = time.perf_counter() - began, time.process_time() - cpu, time.thread_time() - loop_cpu
    sealed = await writer.seal()
    await writer.close()
    size = sum(warc.size for warc in sealed)
    return {
        "exchanges_per_s": count / took,
        "writer_thread_ms_each": thread_cpu / count * 1000,
        "loop_ms_each": loop_cpu / count * 1000,
        "cpu_ms_each": cpu / count * 1000,
        "bytes_each": size / count,
        "payload_bytes_each": sum(map(len, bodies)) / 400,
    }


async def unchanged(folder: Path, count: int) -> dict[str, float]:
    from datetime import UTC, datetime

    from archive.model import Held

    held = Held(
        "019bbbbb-0000-7000-8000-000000000000", "https://portal.example/x", datetime.now(UTC), "sha256:" + "ab" * 32, 9
    )
    writer = writer_in(folder)
    head = b'HTTP/1.1 304 Not Modified\r\nServer: nginx/1.26\r\nDate: Sat, 21 Nov 2026 23:00:00 GMT\r\nETag: "65a1-5f3e"\r\n\r\n'

    async def worker(numbers: range) -> None:
        for n in numbers:
            sink = writer.begin(f"https://portal.example/cases/{n}", "GET", held=held)
            sink.connected(PEER)
            sink.sent(REQUEST % n)
            sink.head(head, 304, [])
            await sink.finish()

    began = time.perf_counter()
    await asyncio.gather(*(worker(range(start, count, 16)) for start in range(16)))
    took = time.perf_counter() - began
    thread_cpu = writer.call(time.thread_time)
    sealed = await writer.seal()
    await writer.close()
    return {
        "unchanged_per_s": count / took,
        "writer_thread_ms_each": thread_cpu / count * 1000,
        "bytes_each": sum(warc.size for warc in sealed) / count,
    }


async def large(folder: Path, mib: int) -> dict[str, float]:
    writer = writer_in(folder)
    piece = memoryview(os.urandom(8 << 20))
    stalls: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            stalls.append(time.perf_counter() - began - 0.005)

    watching = asyncio.create_task(watch())
    began, cpu = time.perf_counter(), time.process_time()
    sink = writer.begin("https://portal.example/video.mp4", "GET")
    sink.connected(PEER)
    sink.sent(REQUEST % 0)
    sink.head(HEAD % (b"video/mp4", mib << 20), 200, [(b"Content-Length", b"%d" % (mib << 20))])
    for n in range(mib * 4):
        part = piece[(n % 31) * 262144 :][:262144]
        await sink.data(part, part)
    await sink.finish()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    await writer.close()
    return {
        "large_mb_per_s": (mib << 20) / took / 1e6,
        "cpu_s_per_gb": cpu / ((mib << 20) / 1e9),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "worst_loop_stall_ms": max(stalls, default=0) * 1000,
    }


def reading(folder: Path) -> dict[str, float]:
    paths = sorted(folder.rglob("*.warc.gz"))
    size = sum(path.stat().st_size for path in paths)
    began = time.perf_counter()
    found = 0
    for path in paths:
        with path.open("rb") as file:
            found += len(scan(file, path.name).captures)
    index = time.perf_counter() - began
    began = time.perf_counter()
    for path in paths:
        with path.open("rb") as file:
            assert not [problem for record in WarcReader(file) for problem in verify_record(record)]
    verify = time.perf_counter() - began
    return {
        "captures": found,
        "index_mb_per_s": size / index / 1e6,
        "verify_mb_per_s": size / verify / 1e6,
        "index_captures_per_s": found / index,
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--small", type=int, default=20_000)
    options.add_argument("--large-mib", type=int, default=2048)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(dir=chosen.folder))
    try:
        if chosen.large_mib:  # first, so that the peak is its own
            print(json.dumps(asyncio.run(large(folder / "large", chosen.large_mib))), flush=True)
        if chosen.small:
            print(json.dumps(asyncio.run(small(folder / "small", chosen.small))), flush=True)
            print(json.dumps(reading(folder / "small")), flush=True)
            print(json.dumps(asyncio.run(unchanged(folder / "same", chosen.small))), flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
