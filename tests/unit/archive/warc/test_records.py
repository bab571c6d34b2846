"""What the writer puts on disk, record by record, against the bytes that crossed the wire."""

import asyncio
import base64
import gzip
import hashlib
import os
from datetime import UTC, datetime

import pytest

from archive.ids import uuid7
from archive.model import Failure, Held, Peer
from archive.warc.fixity import verify_record
from archive.warc.index import rows, scan
from archive.warc.reader import WarcReader
from archive.warc.record import now, parse_date

from .scene import CRAWL, HEAD, REQUEST, Wire, archive, chunks, crawl, make_writer, records

ODD_HEADS = {
    "case and order kept": b"HTTP/1.1 200 oK\r\nsERVER: a\r\nSet-Cookie: a=\xff\r\nSet-Cookie: b\r\nX-After : v\r\n\r\n",
    "line feeds only": b"HTTP/1.0 200 OK\nServer: a\n\n",
    "no reason, no colon": b"HTTP/1.1 200\r\nthis has no colon\r\nA: b\r\n\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Type: text/\r\n plain\r\n\r\n",
    "not http": b"ICY 200 OK\r\n\r\n",
}


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("head", ODD_HEADS.values(), ids=ODD_HEADS.keys())
@pytest.mark.parametrize("large", [1, 4 << 20])
def test_blocks_are_the_wire_bytes(tmp_path, head, large):
    body = b"body \x00\xff" * 1000
    answers, sealed = archive(tmp_path, [Wire(head=head, body=body)], large_bytes=large)
    warcs = [warc for warc in sealed if warc.captures]
    info, request, response = records(warcs[0].path)
    assert [info[0], request[0], response[0]] == ["warcinfo", "request", "response"]
    assert request[2] == REQUEST
    assert response[2] == head + body
    assert answers[0].payload_digest == sha(body) == response[1].get("WARC-Payload-Digest")
    assert response[1].get("WARC-Block-Digest") == sha(head + body)
    assert answers[0].payload == (body if large > 1 else None)


def test_an_exchange_is_tied_together(tmp_path):
    wire = Wire(body=b"x", interim=(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",))
    answers, sealed = archive(tmp_path, [wire])
    info, request, response, early = records(sealed[0].path)
    assert response[1].id == answers[0].capture
    assert request[1].get("WARC-Concurrent-To") == f"<urn:uuid:{response[1].id}>"
    assert response[1].get("WARC-Concurrent-To") == f"<urn:uuid:{request[1].id}>"
    assert early[1].get("WARC-Concurrent-To") == f"<urn:uuid:{response[1].id}>"
    assert (early[0], early[1].get("Content-Type"), early[2]) == ("metadata", "message/http", wire.interim[0])
    dates = {record[1].get("WARC-Date") for record in (request, response, early)}
    assert len(dates) == 1
    date = dates.pop()
    assert len(date) == len("2026-11-21T23:00:38.123456Z")
    assert parse_date(date) == answers[0].at
    for record in (request, response):
        assert record[1].get("WARC-IP-Address") == "192.0.2.7"
        assert record[1].all("WARC-Protocol") == ["http/1.1", "tls/1.3"]
        assert record[1].get("WARC-Cipher-Suite") == "TLS_AES_128_GCM_SHA256"
    assert info[1].get("WARC-Filename") == sealed[0].path.name
    text = info[2].decode()
    for line in ("software: recordwatch/0.1", "operator: Test Desk", "robots: obey", "portal: copa", f"crawl: {CRAWL}"):
        assert f"{line}\r\n" in text


def test_names_keys_and_digest_of_the_file(tmp_path):
    _, (warc,) = archive(tmp_path, [Wire(body=b"x")])
    stem = warc.path.name.removesuffix(".warc.gz")
    portal, at, short, number = stem.rsplit("-", 3)
    assert (portal, short, number) == ("copa", "456789ab", "00001")
    assert warc.key == f"warc/copa/{at[:4]}/{at[4:6]}/{warc.path.name}"
    data = warc.path.read_bytes()
    assert (warc.size, warc.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [path.name for path in warc.path.parent.iterdir()] == [warc.path.name]


def test_each_record_is_a_gzip_member_of_its_own(tmp_path):
    _, (warc,) = archive(tmp_path, [Wire(body=os.urandom(100_000)), Wire(body=b"y" * 50_000)])
    data = warc.path.read_bytes()
    for row in warc.captures:
        member = gzip.decompress(data[row.offset : row.offset + row.length])
        assert member.startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")
        assert member.endswith(b"\r\n\r\n")
        assert row.id.encode() in member
    assert warc.captures[0].length < 101_000
    assert warc.captures[1].length < 2_000


@pytest.mark.parametrize("large", [1, 4 << 20])
def test_payload_digest_is_after_chunking_and_before_content_decoding(tmp_path, large):
    packed = gzip.compress(b"<html>" * 500)
    body = chunks(packed[:10], packed[10:], trailer=b"X-Trailer: 1\r\n")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    wires = [Wire(head=head, body=body, chunked=True, piece=7), Wire(body=packed, url="https://portal.example/2")]
    answers, sealed = archive(tmp_path, wires, large_bytes=large)
    assert answers[0].payload_digest == sha(packed)
    assert answers[0].payload_length == len(packed)
    captures = {row.id: row for warc in sealed for row in warc.captures}
    second = captures[answers[1].capture]
    assert (second.kind, second.refers_to) == ("revisit-identical", answers[0].capture)
    for warc in sealed:
        with warc.path.open("rb") as file:
            assert [problem for record in WarcReader(file) for problem in verify_record(record)] == []


def test_identical_payload_revisit_is_exact(tmp_path):
    original = Held(
        "019bbbbb-0000-7000-8000-000000000000",
        "https://portal.example/old?a=b",
        datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        sha(b"same"),
        4,
    )
    asked = []

    def known(digests):
        asked.append(list(digests))
        return {original.payload_digest: original}

    head = HEAD.replace(b"nginx", b"other")
    answers, (warc,) = archive(tmp_path, [Wire(head=head, body=b"same")], known=known)
    kind, headers, block = records(warc.path)[2]
    assert asked == [[sha(b"same")]]
    assert (kind, block) == ("revisit", head)
    assert headers.get("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert headers.get("WARC-Payload-Digest") == sha(b"same")
    assert headers.get("WARC-Block-Digest") == sha(head)
    assert headers.get("WARC-Refers-To") == "<urn:uuid:019bbbbb-0000-7000-8000-000000000000>"
    assert headers.get("WARC-Refers-To-Target-URI") == "https://portal.example/old?a=b"
    assert headers.get("WARC-Refers-To-Date") == "2026-01-02T03:04:05.000006Z"
    assert answers[0].payload == b"same"
    assert (warc.captures[0].status, warc.captures[0].payload_length) == (200, 4)


def test_never_a_revisit_of_nothing_of_a_revisit_or_of_a_cut_body(tmp_path):
    cut = Failure("body", "connection reset", True, "disconnect")
    wires = [
        Wire(body=b""),
        Wire(body=b""),
        Wire(body=b"cut", failure=cut),
        Wire(body=b"cut"),
        Wire(body=b"cut"),
        Wire(body=b"cut", failure=cut),
        Wire(body=b"cut"),
    ]
    answers, (warc,) = archive(tmp_path, wires)
    kinds = [row.kind for row in warc.captures]
    assert kinds == ["response"] * 4 + ["revisit-identical", "response", "revisit-identical"]
    assert {row.refers_to for row in warc.captures if row.refers_to} == {answers[3].capture}


def test_a_batch_is_deduplicated_within_itself_with_one_look_up(tmp_path):
    asked = []

    def known(digests):
        asked.append(list(digests))
        return {}

    async def play(writer):
        answers = await asyncio.gather(
            *(Wire(url=f"https://portal.example/{n % 3}", body=b"%d" % (n % 3)).play(writer) for n in range(30))
        )
        return answers, await writer.seal()

    answers, (warc,) = crawl(tmp_path, play, known=known)
    assert [row.kind for row in warc.captures].count("response") == 3
    assert len(asked) <= 3, "the catalog is asked once per batch, not per exchange"
    assert len({answer.capture for answer in answers}) == 30


def test_not_modified(tmp_path):
    held = Held(
        "019bbbbb-0000-7000-8000-000000000000",
        "https://portal.example/case",
        datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        sha(b"same"),
        4,
        mime="text/html",
    )
    head = b'HTTP/1.1 304 Not Modified\r\nServer: nginx/1.26\r\nDate: Sat, 21 Nov 2026 23:00:00 GMT\r\nETag: "6553f1a2-4c"\r\nLast-Modified: Sat, 14 Nov 2026 23:00:00 GMT\r\nConnection: keep-alive\r\n\r\n'
    request = (
        b"GET /wp-content/uploads/2024/05/Log-2019-0004321.pdf HTTP/1.1\r\nHost: www.chicagocopa.org\r\n"
        b"User-Agent: recordwatch/0.1 (+https://example.org/newsroom; desk@example.org)\r\nAccept: */*\r\n"
        b'Accept-Encoding: gzip, br\r\nIf-None-Match: "6553f1a2-4c"\r\n'
        b"If-Modified-Since: Sat, 14 Nov 2026 23:00:00 GMT\r\n\r\n"
    )
    url = "https://www.chicagocopa.org/wp-content/uploads/2024/05/Log-2019-0004321.pdf"
    answers, (warc,) = archive(tmp_path, [Wire(url=url, head=head, held=held, request=request)])
    _, _, revisit, wire = records(warc.path)
    assert (revisit[0], revisit[2], wire[0], wire[2]) == ("revisit", b"", "resource", head)
    assert revisit[1].get("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert revisit[1].get("WARC-Refers-To-Date") == "2026-01-02T03:04:05.000006Z"
    assert revisit[1].get("WARC-Refers-To-Target-URI") == held.url
    assert wire[1].get("WARC-Concurrent-To") == f"<urn:uuid:{revisit[1].id}>"
    row = warc.captures[0]
    assert (row.kind, row.status, row.payload_digest, row.payload_length) == (
        "revisit-not-modified",
        304,
        sha(b"same"),
        4,
    )
    assert (row.etag, row.mime, row.refers_to) == ('"6553f1a2-4c"', "text/html", held.capture)
    assert answers[0].status == 304
    with warc.path.open("rb") as file:
        first = [record.offset for record in WarcReader(file)][1]
    assert warc.size - first <= 1800, "request, revisit and the wire 304 on disk"


def test_an_unchanged_page_of_a_plain_server_costs_1400_bytes(tmp_path):
    url = "http://portal.example:8080/cases/2019-0004321.html"
    request = (
        b"GET /cases/2019-0004321.html HTTP/1.1\r\nHost: portal.example:8080\r\nUser-Agent: recordwatch/0.1\r\n"
        b'Accept: */*\r\nIf-None-Match: "6553f1a2-4c"\r\nIf-Modified-Since: Sat, 14 Nov 2026 23:00:00 GMT\r\n\r\n'
    )
    head = (
        b"HTTP/1.1 304 Not Modified\r\nServer: nginx/1.26\r\nDate: Sat, 21 Nov 2026 23:00:00 GMT\r\n"
        b'ETag: "6553f1a2-4c"\r\nLast-Modified: Sat, 14 Nov 2026 23:00:00 GMT\r\nConnection: keep-alive\r\n\r\n'
    )
    held = Held(uuid7(), url, now(), sha(os.urandom(8)), 70_000, mime="text/html")
    peer = Peer("192.0.2.7", ("http/1.1",))
    wires = [Wire(url=url, head=head, held=held, request=request, peer=peer)] * 20
    _, (warc,) = archive(tmp_path, wires)
    with warc.path.open("rb") as file:
        first = [record.offset for record in WarcReader(file)][1]
    assert (warc.size - first) / 20 <= 1400


def test_a_fetch_without_an_answer(tmp_path):
    refused = Failure("connect", "Connection refused", True, attempt=2, resolved=("192.0.2.7", "2001:db8::7"))
    sent = Failure("head", "No answer within\r\nX: 60 s", True)
    wires = [Wire(request=b"", head=b"", peer=None, failure=refused, method="POST"), Wire(head=b"", failure=sent)]
    answers, (warc,) = archive(tmp_path, wires)
    _, first, request, second = records(warc.path)
    assert [record[0] for record in (first, request, second)] == ["metadata", "request", "metadata"]
    text = first[2].decode()
    for line in (
        "stage: connect",
        "error: Connection refused",
        "attempt: 2",
        "resolved: 192.0.2.7",
        "resolved: 2001:db8::7",
        "method: POST",
    ):
        assert f"{line}\r\n" in text
    assert b"error: No answer within X: 60 s\r\n" in second[2]
    assert [row.kind for row in warc.captures] == ["failed", "failed"]
    assert [row.method for row in warc.captures] == ["POST", "GET"]
    assert [row.error for row in warc.captures] == ["Connection refused", "No answer within X: 60 s"]
    assert [answer.status for answer in answers] == [0, 0]


@pytest.mark.parametrize("large", [1, 4 << 20])
@pytest.mark.parametrize("reason", ["length", "time", "disconnect", "unspecified", ""])
def test_a_cut_body_is_kept(tmp_path, large, reason):
    failure = Failure("body", "cut", True, reason)
    answers, (warc,) = archive(tmp_path, [Wire(body=b"abc" * 1000, failure=failure)], large_bytes=large)
    response = records(warc.path)[2]
    assert response[2] == HEAD + b"abc" * 1000
    assert response[1].get("WARC-Truncated") == (reason or "unspecified") == answers[0].truncated
    assert warc.captures[0].error == "cut"


def test_hostile_urls_and_values_stay_on_their_line(tmp_path):
    url = "https://portal.example/a b\r\nWARC-Type: warcinfo\r\n\r\nx\x00\u00fc\ud800"
    head = (
        b"HTTP/1.1 302 Found\r\nContent-Type: TEXT/" + b"x" * 400 + b"\r\nETag: a\x00b\r\nLocation: /\x01next\r\n\r\n"
    )
    peer = Peer("192.0.2.7\r\nX: y", ("http/1.1",))
    _, (warc,) = archive(tmp_path, [Wire(url=url, head=head, peer=peer)])
    _, request, response = records(warc.path)
    assert request[1].type == "request"
    assert not response[1].get("X")
    row = warc.captures[0]
    assert response[1].url == row.url == "https://portal.example/a%20b%0D%0AWARC-Type:%20warcinfo%0D%0A%0D%0Ax%00ü?"
    assert (row.etag, row.location, len(row.mime)) == ("ab", "https://portal.example/next", 255)
    with warc.path.open("rb") as file:
        assert tuple(rows(file, warc.key)[0]) == warc.captures


def test_derived_records_and_rows(tmp_path):
    async def play(writer):
        page = await Wire(body=b"<h1>x</h1>").play(writer)
        text = await writer.conversion(
            page.capture, page.url, "Fälle".encode(), "text/plain; charset=utf-8", "pypdfium2 5.15", page=3
        )
        fields = await writer.metadata(page.capture, page.url, b"{}", "application/json", "copa 2")
        verdict = await writer.resource("urn:recordwatch:verdict:1", b"healthy", "text/plain")
        await writer.flush()
        return text, fields, verdict, await writer.seal()

    text, fields, verdict, (warc,) = crawl(tmp_path, play)
    found = {record[1].id: record for record in records(warc.path)}
    assert found[text][0] == "conversion"
    assert found[text][2].decode() == "Fälle"
    assert found[text][1].get("WARC-Refers-To") == f"<urn:uuid:{warc.captures[0].id}>"
    assert found[fields][1].get("Content-Type") == "application/json"
    assert found[verdict][1].url == "urn:recordwatch:verdict:1"
    assert [(row.id, row.kind, row.engine, row.page) for row in warc.derived] == [
        (text, "conversion", "pypdfium2 5.15", 3),
        (fields, "metadata", "copa 2", 0),
    ]
    with warc.path.open("rb") as file:
        assert scan(file, warc.key).derived == list(warc.derived)


def test_rotation_and_payloads_from_the_spool(tmp_path):
    async def play(writer):
        bodies = [os.urandom(40_000) for _ in range(6)]
        answers = [
            await Wire(url=f"https://portal.example/{n}", body=body).play(writer) for n, body in enumerate(bodies)
        ]
        again = await Wire(url="https://portal.example/again", body=bodies[0]).play(writer)
        for answer, body in zip([*answers, again], [*bodies, bodies[0]], strict=True):
            with writer.open_payload(answer.capture) as payload:
                assert payload.read() == body
        return await writer.seal()

    sealed = crawl(tmp_path, play, rotate_bytes=100_000)
    assert len(sealed) == 3
    assert [len(warc.captures) for warc in sealed] == [3, 3, 1]
    assert sealed == sorted(sealed, key=lambda warc: warc.path.name)


def test_a_crawl_without_exchanges_leaves_nothing(tmp_path):
    _, sealed = archive(tmp_path, [])
    assert sealed == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_digests_of_both_spellings_are_verified(tmp_path):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    block = head + chunks(b"abc")
    for payload, good in ((b"abc", True), (chunks(b"abc"), False)):
        digest = base64.b32encode(hashlib.sha1(payload).digest()).decode()
        record = (
            b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\n"
            b"WARC-Payload-Digest: sha1:%b\r\nContent-Length: %d\r\n\r\n%b\r\n\r\n"
            % (digest.encode(), len(block), block)
        )
        path = tmp_path / "x.warc"
        path.write_bytes(record)
        with path.open("rb") as file:
            problems = [problem for found in WarcReader(file) for problem in verify_record(found)]
        assert (problems == []) is good


def test_a_silent_catalog_does_not_lose_evidence(tmp_path, caplog):
    def known(digests):
        raise ConnectionError("database is gone")

    _, (warc,) = archive(tmp_path, [Wire(body=b"x"), Wire(body=b"x")], known=known)
    assert [row.kind for row in warc.captures] == ["response", "revisit-identical"]
    assert "kept in full" in caplog.text


def test_a_closed_writer_says_so(tmp_path):
    async def run():
        writer = make_writer(tmp_path)
        await Wire(body=b"x").play(writer)
        await writer.close()
        await writer.close()
        with pytest.raises(Exception, match="writer is closed"):
            await Wire(body=b"x").play(writer)

    asyncio.run(run())
