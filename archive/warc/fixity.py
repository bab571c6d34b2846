"""Does a record still say what its digests say?"""

from __future__ import annotations

from archive.warc.claims import Claim, claim_of
from archive.warc.head import Dechunker, parse_head
from archive.warc.reader import PIECE, Problem, WarcRecord, read_head
from archive.warc.source import Damage


def verify_record(record: WarcRecord) -> list[Problem]:
    """Reads the whole block and says what does not agree: block digest, payload digest, Content-Length.

    The payload digest is over the entity body after de-chunking, before content-decoding. A revisit's
    is its original's and is not checked here.
    """
    problems: list[Problem] = []
    block = _claim(record, "WARC-Block-Digest", problems)
    payload = _claim(record, "WARC-Payload-Digest", problems) if record.headers.type != "revisit" else None
    http = record.headers.get("Content-Type").replace(" ", "").lower().startswith("application/http")
    try:
        _hash_block(record, block, payload, http)
    except Damage as damage:
        return [*problems, Problem(str(damage), record.offset, record.headers.id)]
    if record.block.short:
        problems.append(Problem("the record ends before its Content-Length", record.offset, record.headers.id))
    return problems + [
        Problem(f"{claim.name} does not match what is stored", record.offset, record.headers.id)
        for claim in (block, payload)
        if claim is not None and not claim.holds
    ]


def _claim(record: WarcRecord, name: str, problems: list[Problem]) -> Claim | None:
    value = record.headers.get(name)
    try:
        return claim_of(name, value) if value else None
    except ValueError:
        problems.append(Problem(f"{name} is not a digest we can check: {value[:80]}", record.offset, record.headers.id))
        return None


def _hash_block(record: WarcRecord, block: Claim | None, payload: Claim | None, http: bool) -> None:
    dechunker: Dechunker | None = None
    if http:
        raw_head, start = read_head(record.block)
        if block:
            block.hash.update(raw_head)
        if b"chunked" in raw_head.lower() and parse_head(raw_head).chunked:
            dechunker = Dechunker()
    else:
        start = record.block.read(PIECE)
    while start:
        if block:
            block.hash.update(start)
        if payload:
            payload.hash.update(dechunker.feed(start) if dechunker else start)
        start = record.block.read(PIECE)
