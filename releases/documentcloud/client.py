"""DocumentCloud's API, as far as one upload needs it: https://www.documentcloud.org/help/api (read 2026-11).

Sign in at the accounts server (an access token holds five minutes); create the document, which says where its bytes go
(`presigned_url`, five minutes too); PUT them there, without the token; have it processed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec
import requests

from config.errors import RecordwatchError, RetryableError
from config.home import Home
from config.services import secret
from releases import outbound

_MOST_ANSWERED = 4 * 1024**2
_PIECE = 256 * 1024
_PAUSES = {429, 500, 502, 503, 504}
UPLOAD = "recordwatch_upload"
"""Key of a document's data that holds our own id of it."""


class Refused(RecordwatchError):
    """DocumentCloud will not take it: trying again changes nothing.

    Args:
        status: what it answered with; 0: it was not asked.
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "", status: int = 0) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status = status


class Busy(RetryableError):
    """DocumentCloud does not answer, or asks for patience.

    Args:
        wait: seconds that it asked for; 0 where it did not say.
    """

    def __init__(self, what: str, *, where: str = "", wait: float = 0.0) -> None:
        super().__init__(what, where=where)
        self.wait = wait


class Client:
    """One account. To be closed; used in one thread."""

    def __init__(self, home: Home) -> None:
        self._settings = home.settings.documentcloud
        self._home = home
        self._session = outbound.session(home)
        self._session.headers["user-agent"] = "recordwatch"
        self._token = ""

    def close(self) -> None:
        self._session.close()

    def create(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A new document without bytes. Raises Refused, Busy: after Busy it may be there all the same."""
        return self._asked("POST", "documents/", fields)

    def unfinished(self, ident: str) -> dict[str, Any] | None:
        """The document without bytes that was made for our upload `ident`, if there is one. Raises Refused, Busy."""
        found = self._asked("GET", "documents/?status=nofile&ordering=-created_at&per_page=100")
        for one in found.get("results", []):
            if isinstance(one, dict) and ident in (one.get("data") or {}).get(UPLOAD, []):
                return one
        return None

    def document(self, number: int) -> dict[str, Any]:
        """As it is now; while it has no bytes, with a fresh `presigned_url`. Raises Refused, Busy."""
        return self._asked("GET", f"documents/{number}/")

    def errors(self, number: int) -> str:
        """What went wrong when it was processed; may be empty. Raises Refused, Busy."""
        found = self._asked("GET", f"documents/{number}/errors/").get("results", [])
        said = [str(one.get("message", "")) for one in found if isinstance(one, dict)]
        return " ".join(said[-1].split())[:300] if said else ""

    def process(self, number: int) -> None:
        """Have its bytes made readable. Raises Refused, Busy."""
        self._asked("POST", f"documents/{number}/process/", {})

    def put(self, presigned: str, body: BinaryIO, size: int, note: Callable[[int], None]) -> None:
        """Hand over the bytes; `note` hears how many so far. Raises Refused, Busy."""
        with requests.Session() as bare:  # the token is for DocumentCloud, not for where its bytes lie
            bare.trust_env, bare.proxies = False, self._session.proxies
            bare.mount("https://", self._session.get_adapter("https://"))
            try:
                answer = bare.put(
                    presigned, data=_Counted(body, size, note), allow_redirects=False, timeout=outbound.TIMEOUT
                )
            except requests.RequestException as error:
                raise Busy(f"the upload was cut off: {outbound.reason(error)}") from None
            with answer:
                if answer.status_code not in {200, 201, 204}:
                    # 403: its five minutes are over. A new try asks for a new address.
                    raise Busy(f"the upload was answered with {answer.status_code}", wait=outbound.retry_after(answer))

    def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        fresh = not self._token
        if fresh:
            self._sign_in()
        try:
            return self._once(method, f"{self._settings.api.rstrip('/')}/{path}", body, self._token)
        except _Unknown as error:
            if fresh:
                raise Refused(f"the account may not do this: {error.what}", where=error.where) from None
            self._token = ""
            return self._asked(method, path, body)

    def _sign_in(self) -> None:
        key = "[documentcloud] password"
        password = secret(self._settings.password_env, self._settings.password_file, self._home.path, key)
        url = f"{self._settings.accounts.rstrip('/')}/token/"
        try:
            said = self._once("POST", url, {"username": self._settings.username, "password": password}, "")
        except (_Unknown, Refused):
            raise Refused(
                f"the accounts server does not take the password of {self._settings.username!r}", where=url,
                todo="an operator sets it anew: docs/howto/documentcloud.md",
            ) from None  # fmt: skip
        self._token = str(said.get("access", ""))
        if not self._token.isascii() or not self._token.isprintable() or not self._token:
            raise Refused("the accounts server gave no token", where=url)

    def _once(self, method: str, url: str, body: dict[str, Any] | None, token: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["content-type"] = "application/json"
            data = msgspec.json.encode(body)
        where = url.partition("?")[0]
        try:
            with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False, stream=True, timeout=outbound.TIMEOUT
            ) as answer:
                said = _read(answer)
                status = answer.status_code
                wait = outbound.retry_after(answer)
        except requests.RequestException as error:
            raise Busy(f"DocumentCloud gave no answer: {outbound.reason(error)}", where=where) from None
        if status in _PAUSES:
            raise Busy(f"DocumentCloud answered {status}", where=where, wait=wait)
        if status in {401, 403}:
            raise _Unknown(_why(said) or f"it answered {status}", where=where)
        if not 200 <= status < 300:
            raise Refused(
                f"DocumentCloud answered {status}: {_why(said) or 'without a reason'}", where=where, status=status
            )
        return said if isinstance(said, dict) else {}


class _Unknown(RecordwatchError):
    """The token is none, or no longer, or may not do this."""


class _Counted:
    """A body of known length that tells how much of it was taken, a few times a second at most."""

    def __init__(self, body: BinaryIO, size: int, note: Callable[[int], None]) -> None:
        self._body, self._size, self._note = body, size, note

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        self._body.seek(0)
        done, said = 0, 0.0
        while piece := self._body.read(_PIECE):
            yield piece
            done += len(piece)
            if time.monotonic() - said > 1.0 or done == self._size:
                said = time.monotonic()
                self._note(done)


def _read(answer: requests.Response) -> Any:
    data = b""
    for piece in answer.iter_content(65536):
        data += piece
        if len(data) > _MOST_ANSWERED:
            return None
    try:
        return msgspec.json.decode(data) if data.strip() else {}
    except msgspec.MsgspecError:
        return None


def _why(said: Any) -> str:
    """The reason in an answer that is an error: `{"error": …}`, `{"detail": …}`, `{"field": [….]}`."""
    if not isinstance(said, dict):
        return ""
    told = [f"{name}: {value}" if name not in {"error", "detail"} else str(value) for name, value in said.items()]
    return " ".join("; ".join(told).split())[:300]
