"""What the folder store and the witness log cost: `python -m bench.store [folder]`.

Small objects are fsynced with their folder, so the disk decides; `large` is a file that is linked, not
copied: its cost is reading it once for the digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from archive.log import WitnessLog
from archive.store.folder import FolderStore
from config.home import Timestamps

SMALL = 1000
LARGE = 1 << 30


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        store = FolderStore(folder / "store")
        log = WitnessLog(store, folder / "keys", Timestamps())
        put, append = [], []
        for number in range(SMALL):
            data = os.urandom(8000)
            start = time.perf_counter()
            kept = store.put_bytes(f"warc/bench/{number}.warc.gz", data)
            middle = time.perf_counter()
            log.append(kept.key, kept.sha256, kept.size)
            put.append(middle - start)
            append.append(time.perf_counter() - middle)
        print(json.dumps({"what": "put_bytes 8 kB", **_summary(put)}))
        print(json.dumps({"what": "log append", **_summary(append)}))
        start = time.perf_counter()
        report = log.verify()
        print(json.dumps({"what": f"log verify, {report.entries} entries", "s": round(time.perf_counter() - start, 3)}))
        start = time.perf_counter()
        WitnessLog(store, folder / "keys", Timestamps()).append("warc/bench/new", "0" * 64, 1)
        print(json.dumps({"what": "first append of a process", "ms": round((time.perf_counter() - start) * 1000, 2)}))
        path = folder / "large"
        piece = os.urandom(1 << 20)
        with path.open("wb") as file:
            for _ in range(LARGE >> 20):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        start, cpu = time.perf_counter(), time.process_time()
        store.put_file("warc/bench/large", path, sha256=sha256)
        took = time.perf_counter() - start
        rate = round(LARGE / took / 1e6)
        print(
            json.dumps({"what": "put_file 1 GiB, linked", "MB/s": rate, "CPU s": round(time.process_time() - cpu, 2)})
        )


def _summary(times: list[float]) -> dict[str, float]:
    return {
        "n": len(times),
        "total s": round(sum(times), 2),
        "median ms": round(statistics.median(times) * 1000, 2),
        "p99 ms": round(sorted(times)[int(len(times) * 0.99)] * 1000, 2),
    }


if __name__ == "__main__":
    main()
