"""Sends what was asked for: one step after the other, each written down, so that whoever comes next goes on from there.

Killed between DocumentCloud's making a document and our note of it, the next try finds that document by our id in its
data, and makes no second one.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from archive.holdings import Holdings
from archive.ids import uuid7
from archive.payload import payload
from archive.retry import patience, patiently
from config.errors import ConfigError, RecordwatchError
from releases.alerts.wording import web_link
from releases.documentcloud.asking import fields, refuse
from releases.documentcloud.client import Busy, Client, Refused
from releases.models import File, FileVersion, Sending

CLAIM = timedelta(minutes=10)
"""How long one that somebody works on is left alone by others; renewed while bytes go."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""After the first, second … try that did not reach its end; after one more it has failed."""
LOOK_AGAIN = timedelta(seconds=15)
LONGEST = timedelta(hours=12)
"""After which we no longer ask whether it is readable there."""
_PIECE = 1024 * 1024
_UNDONE = {"gzip": 47, "x-gzip": 47, "deflate": 47}


def due(now: datetime) -> list[str]:
    """Ids of those to go on with, oldest first."""
    waiting = Sending.objects.filter(state__in=("waiting", "sending", "processing"), next_at__lte=now)
    return list(waiting.order_by("asked_at", "id").values_list("id", flat=True)[:100])


def go_on(holdings: Holdings, ident: str, note: Callable[[Sending], None] = lambda _sending: None) -> Sending:
    """Do what is to be done now for one of them, unless another process does. Raises nothing for DocumentCloud's sake.
    `note` hears of each step and of bytes that went.
    """
    sending = _claimed(ident)
    if sending is None:
        return Sending.objects.get(id=ident)
    client = Client(holdings.home)
    with suppress(_Lost):
        _worked_on(holdings, client, sending, note)
    client.close()
    Sending.objects.filter(id=sending.id, claimed=sending.claimed).update(claimed="")
    note(sending)
    return sending


def _worked_on(holdings: Holdings, client: Client, sending: Sending, note: Callable[[Sending], None]) -> None:
    try:
        if sending.state == "processing":
            _ask(client, sending)
        else:
            _send(holdings, client, sending, note)
    except Busy as error:
        _later(sending, error)
    except (Refused, ConfigError) as error:
        _put(sending, state="failed", problem=_line(error))
    except RecordwatchError as error:  # the store, the archive
        _later(sending, error)


class _Lost(Exception):
    """Another process goes on with it: our time was over."""


def _claimed(ident: str) -> Sending | None:
    seen = Sending.objects.filter(id=ident, state__in=("waiting", "sending", "processing")).first()
    now, mine = datetime.now(UTC), uuid7()
    if seen is None or seen.next_at > now:
        return None
    same = Sending.objects.filter(id=ident, next_at=seen.next_at, claimed=seen.claimed)
    if not same.update(claimed=mine, next_at=now + CLAIM):
        return None
    seen.claimed, seen.next_at = mine, now + CLAIM
    return seen


def _send(holdings: Holdings, client: Client, sending: Sending, note: Callable[[Sending], None]) -> None:
    file = File.objects.filter(pk=sending.file).first()
    version = FileVersion.objects.filter(file=sending.file, number=sending.version, digest=sending.digest).first()
    if file is None or version is None:
        raise Refused("this version is not in the catalog any more")
    refuse(file, version)
    known = sending.state == "sending"  # begun before: it may have been made, and we were killed
    if sending.document is not None and _is_gone(client, sending.document):
        _put(sending, document=None, address="")
    if sending.document is None:
        _put(sending, state="sending")
        made = patiently(
            _Making(client, sending, fields(holdings.home, sending, file, version), known), seconds=patience()
        )
        _made(sending, made)
    note(sending)
    number = sending.document or 0
    said = patiently(lambda: client.document(number), seconds=patience())
    if said.get("status") == "nofile":
        with _spooled(holdings, version) as body:
            size = body.seek(0, 2)
            _put(sending, size=size)

            def told(sent: int) -> None:
                _put(sending, sent=sent, next_at=datetime.now(UTC) + CLAIM)
                note(sending)

            def put() -> None:
                # A fresh address each time: it holds five minutes.
                client.put(_presigned(client.document(number)), body, size, told)

            refuse(file, version)
            patiently(put, seconds=patience())
        patiently(lambda: _process(client, number), seconds=patience())
    elif said.get("status") == "error":  # as the documentation says: have it processed anew
        patiently(lambda: _process(client, number), seconds=patience())
    _put(sending, state="processing", sent=sending.size, attempts=0, problem="", next_at=datetime.now(UTC) + LOOK_AGAIN)


def _is_gone(client: Client, number: int) -> bool:
    """Whether somebody deleted the document there."""
    try:
        patiently(lambda: client.document(number), seconds=patience())
    except Refused as error:
        if error.status == 404:
            return True
        raise
    return False


class _Making:
    """Makes the document; after an answer that did not come, looks first whether it was made."""

    def __init__(self, client: Client, sending: Sending, made_of: dict[str, Any], known: bool) -> None:
        self._client, self._sending, self._fields, self._look = client, sending, made_of, known

    def __call__(self) -> dict[str, Any]:
        if self._look and (found := self._client.unfinished(self._sending.id)) is not None:
            return found
        self._look = True
        return self._client.create(self._fields)


def _made(sending: Sending, said: dict[str, Any]) -> None:
    number = said.get("id")
    if not isinstance(number, int):
        raise Refused("DocumentCloud made a document, and did not say which")
    _put(sending, document=number, address=web_link(str(said.get("canonical_url") or ""))[:2000])


def _presigned(said: dict[str, Any]) -> str:
    address = said.get("presigned_url")
    if not isinstance(address, str) or not web_link(address):
        raise Refused("DocumentCloud did not say where the bytes go")
    return address


def _process(client: Client, number: int) -> None:
    try:
        client.process(number)
    except Refused:
        # It is an error to have processed what is being processed: an answer of ours got lost.
        if client.document(number).get("status") == "nofile":
            raise


def _ask(client: Client, sending: Sending) -> None:
    """Whether it is readable there by now."""
    said = client.document(sending.document or 0)
    _put(sending, address=web_link(str(said.get("canonical_url") or ""))[:2000] or sending.address)
    status = said.get("status")
    if status == "success":
        _put(sending, state="done", problem="")
    elif status == "error":
        why = client.errors(sending.document or 0)
        _put(sending, state="failed", problem=f"DocumentCloud could not read it{f': {why}' if why else ''}")
    elif datetime.now(UTC) - sending.asked_at > LONGEST:
        _put(sending, state="done", problem="DocumentCloud has worked on it for twelve hours; look there")
    else:
        _put(sending, next_at=datetime.now(UTC) + LOOK_AGAIN)


def _spooled(holdings: Holdings, version: FileVersion) -> BinaryIO:
    """The version's bytes, checked against its digest, any coding undone; a file without a name, to be closed.

    Raises Refused: they are not what the catalog says.
    """
    coding = payload(holdings, version.capture).coding
    undo = zlib.decompressobj(_UNDONE[coding[0]]) if len(coding) == 1 and coding[0] in _UNDONE else None
    if coding and undo is None:
        raise Refused(f"it was served in a coding that is not undone here: {', '.join(coding)}")
    holdings.home.spool.mkdir(parents=True, exist_ok=True)
    body: Any = tempfile.TemporaryFile(dir=holdings.home.spool)  # noqa: SIM115  the caller closes it
    digest = hashlib.sha256()
    try:
        with closing(holdings.open_payload(version.capture)) as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                body.write(undo.decompress(piece) if undo else piece)
        if version.digest != f"sha256:{digest.hexdigest()}":
            raise Refused("its bytes are not what the catalog says", todo="`recordwatch verify` says more")  # noqa: TRY301
    except BaseException:
        body.close()
        raise
    return body  # type: ignore[no-any-return]


def _later(sending: Sending, error: RecordwatchError) -> None:
    """It did not reach its end: again later, or never."""
    if sending.attempts >= len(WAITS):
        _put(sending, state="failed", problem=_line(error))
        return
    wait = max(WAITS[sending.attempts], timedelta(seconds=error.wait if isinstance(error, Busy) else 0))
    _put(sending, attempts=sending.attempts + 1, problem=_line(error), next_at=datetime.now(UTC) + wait)


def _put(sending: Sending, **values: Any) -> None:
    """Write down where it stands, while it is ours."""
    for name, value in values.items():
        setattr(sending, name, value)
    if not Sending.objects.filter(id=sending.id, claimed=sending.claimed).update(**values):
        raise _Lost


def _line(error: RecordwatchError) -> str:
    return " ".join(str(error).split())[:600]
