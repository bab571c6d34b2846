"""What other tools make of our WARCs. Their known errors are listed here; any other disagreement fails."""

import io
import json
import subprocess
import sys
from pathlib import Path

import fastwarc
import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.model import Failure
from archive.warc.index import cdxj_lines

from .scene import HEAD, Wire, archive, chunks

BIN = Path(sys.executable).parent
CHUNKED = HEAD.replace(b"Server: nginx", b"Transfer-Encoding: chunked")

KNOWN_ERRORS = {
    # warcio hashes the payload with its chunked framing (webrecorder/warcio; the same as heritrix3#769):
    # the digest that WARC 1.1 and warc-specifications#22 ask for is refused.
    "warcio": {"https://portal.example/chunked"},
    # FastWARC's payload check has the same fault.
    "fastwarc": {"https://portal.example/chunked"},
}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    wires = [
        Wire(url="https://portal.example/page", body=b"<html>" * 300),
        Wire(url="https://portal.example/chunked", head=CHUNKED, body=chunks(b"abc", b"def" * 90), chunked=True),
        Wire(url="https://portal.example/again", body=b"<html>" * 300),
        Wire(url="https://portal.example/empty", body=b""),
        Wire(url="https://portal.example/moved", head=b"HTTP/1.1 301 Moved\r\nLocation: /page\r\n\r\n"),
        Wire(
            url="https://portal.example/media",
            head=HEAD.replace(b"text/html; charset=utf-8", b"video/mp4"),
            body=bytes(range(256)) * 2000,
        ),
        Wire(
            url="https://portal.example/large",
            head=HEAD.replace(b"text/html; charset=utf-8", b"video/mp4"),
            body=bytes(range(255)) * 9000,
        ),
        Wire(url="https://portal.example/cut", body=b"cut", failure=Failure("body", "reset", True, "disconnect")),
        Wire(url="https://portal.example/gone", head=b"", failure=Failure("connect", "refused", True)),
    ]
    answers, warcs = archive(tmp_path_factory.mktemp("peers"), wires, large_bytes=1 << 20)
    return answers, warcs


def test_warcio_check(sealed):
    bad = set()
    for warc in sealed[1]:
        run = subprocess.run([BIN / "warcio", "check", "-v", warc.path], capture_output=True, text=True, check=False)
        record = ""
        for line in run.stdout.splitlines():
            if "WARC-Record-ID" in line:
                record = line.split("urn:uuid:")[1].split(">")[0]
            if "digest failed" in line or "error" in line.lower():
                bad.add(record)
        assert (run.returncode == 0) == (not bad & {row.id for row in warc.captures}), run.stdout + run.stderr
    urls = {row.url for warc in sealed[1] for row in warc.captures if row.id in bad}
    assert urls == KNOWN_ERRORS["warcio"]


def test_warcio_reads_the_same_bodies(sealed):
    answers, warcs = sealed
    payloads = {answer.capture: answer.payload for answer in answers if answer.payload is not None}
    seen = 0
    for warc in warcs:
        with warc.path.open("rb") as file:
            for record in ArchiveIterator(file):
                capture = record.rec_headers.get_header("WARC-Record-ID")[10:-1]
                if record.rec_type == "response" and capture in payloads:
                    assert record.content_stream().read() == payloads[capture]
                    seen += 1
    assert seen == 6


def test_fastwarc(sealed):
    bad = set()
    seen = []
    for warc in sealed[1]:
        with warc.path.open("rb") as file:
            for record in fastwarc.ArchiveIterator(file, parse_http=False):
                if record.headers["WARC-Type"] not in {"response", "revisit"}:
                    continue
                seen.append(record.record_id.removeprefix("<urn:uuid:").removesuffix(">"))
                assert record.verify_block_digest(consume=False)
                if record.headers["WARC-Type"] == "response":
                    record.parse_http()
                    if not record.verify_payload_digest(consume=False):
                        bad.add(record.headers["WARC-Target-URI"])
    assert sorted(seen) == sorted(row.id for warc in sealed[1] for row in warc.captures if row.kind != "failed")
    assert bad == KNOWN_ERRORS["fastwarc"]


def test_cdxj_indexer(sealed):
    """Keys, times, places and statuses are those of our index. Where there is no media type it has no
    field where we have `unk`.
    """
    from cdxj_indexer.main import CDXJIndexer

    for warc in sealed[1]:
        out = io.StringIO()
        CDXJIndexer(inputs=[str(warc.path)], output=out, sort=True).process_all()
        theirs = [split(line) for line in out.getvalue().splitlines()]
        ours = [split(line) for line in cdxj_lines(list(warc.captures))]
        assert [line[:2] for line in theirs] == [line[:2] for line in ours]
        for (_, _, their), (_, _, our) in zip(theirs, ours, strict=True):
            for name in ("url", "offset", "length", "filename", "digest", "status"):
                assert their.get(name) == our[name], (name, their, our)
            assert their.get("mime", "unk") == our["mime"]


def split(line):
    key, at, fields = line.split(" ", 2)
    return key, at, json.loads(fields)
